import * as z from "zod";
import { known, type Reading, unknown } from "../core/terms/known.ts";
import { type Answer, type Call, type CallFailure, createTransport, type Secret, type TransportOptions } from "./transport.ts";

/** Secrets of the Secrets Manager. A value that was read stays in memory: no message here holds one. */

export interface SecretPlace {
  readonly region: string;
  readonly name: string;
  /** Null: the newest. */
  readonly version: string | null;
}

/** Why a secret can't be had: what a person does about it differs. */
export type SecretTrouble = "missing" | "disabled" | "forbidden" | "unusable" | "other";

export type SecretAnswer =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly trouble: SecretTrouble; readonly why: string };

const versions = z.object({ Versions: z.array(z.object({ VersionId: z.string().min(1), CreateTime: z.number() })) });
const values = z.object({ SecretString: z.string().nullish(), SecretBinary: z.string().nullish() });

export interface SecretReaderOptions extends TransportOptions {
  /** Our own keys. */
  readonly keys: Secret;
}

/** Reads secrets by our own keys, and can do nothing else. */
export function createSecretReader({ keys, ...options }: SecretReaderOptions): (place: SecretPlace) => Promise<SecretAnswer> {
  const transport = createTransport(options);
  return (place) => readSecret((call, schema) => transport.call("own", keys, call, schema), place);
}

type Ask = <T>(call: Call, schema: z.ZodType<T>) => Promise<Answer<T>>;

/**
 * The value of a secret. `GetSecretValue` demands a version, so that of a secret without one the list is asked first; it has no state for a
 * version, only for the whole secret. Two versions of one second can't be told apart.
 */
async function readSecret(ask: Ask, place: SecretPlace): Promise<SecretAnswer> {
  const { region, name } = place;
  let { version } = place;
  if (version === null) {
    const listed = await ask({ action: "ListSecretVersionIds", region, parameters: { SecretName: name } }, versions);
    if (!listed.ok) return refusal(listed, "ListSecretVersionIds", place);
    const newest = newestOf(listed.value.Versions);
    if (newest === null) return unusable(place, "its newest version can't be told: write the version, as name@version");
    version = newest;
  }
  const parameters = { SecretName: name, VersionId: version };
  const got = await ask({ action: "GetSecretValue", region, parameters }, values);
  return got.ok ? textOf(got.value, place) : refusal(got, "GetSecretValue", place);
}

function newestOf(all: z.output<typeof versions>["Versions"]): string | null {
  const newest = Math.max(...all.map(({ CreateTime }) => CreateTime));
  const [one, other] = all.filter(({ CreateTime }) => CreateTime === newest);
  return one === undefined || other !== undefined ? null : one.VersionId;
}

function textOf({ SecretString, SecretBinary }: z.output<typeof values>, place: SecretPlace): SecretAnswer {
  if (SecretString !== null && SecretString !== undefined && SecretString.trim() !== "") return { ok: true, value: SecretString };
  try {
    const value = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(SecretBinary ?? "", "base64"));
    return value.trim() === "" ? unusable(place, "it is empty") : { ok: true, value };
  } catch {
    return unusable(place, "it holds bytes that are no text");
  }
}

function unusable(place: SecretPlace, why: string): SecretAnswer {
  return { ok: false, trouble: "unusable", why: `${told(place)} can't be used: ${why}` };
}

/** `secret eip-guard-slack of ap-guangzhou`. */
function told({ region, name, version }: SecretPlace): string {
  return `secret ${name}${version === null ? "" : `@${version}`} of ${region}`;
}

function refusal<T>(
  { failure }: Extract<Answer<T>, { readonly ok: false }>,
  action: "ListSecretVersionIds" | "GetSecretValue",
  place: SecretPlace,
): SecretAnswer {
  const { code, message } = failure;
  const trouble = troubleOf(failure);
  const words = {
    missing: "is not there",
    disabled: "is disabled, or about to be deleted",
    forbidden: "may not be read",
  } as const;
  const what = trouble === "other" || trouble === "unusable" ? "can't be read" : words[trouble];
  return {
    ok: false,
    trouble,
    why: `${told(place)} ${what} (right ssm:${action}): ${code === "" ? message : `${code}: ${message}`}`,
  };
}

function troubleOf({ code }: CallFailure): SecretTrouble {
  if (code === "ResourceNotFound" || code.startsWith("ResourceNotFound.")) return "missing";
  if (code === "ResourceUnavailable.ResourceDisabled" || code === "ResourceUnavailable.ResourcePendingDelete") return "disabled";
  // Reading takes the right to decrypt with the key of KMS, too.
  if (/^(UnauthorizedOperation|AuthFailure\.UnauthorizedOperation)/.test(code)) return "forbidden";
  return "other";
}

/** The same as a reading, for a kubeconfig. */
export function secretReading(answer: SecretAnswer): Reading<string> {
  return answer.ok
    ? known(answer.value)
    : unknown(answer.why, answer.trouble === "forbidden" ? "forbidden" : "kubeconfig-unread");
}
