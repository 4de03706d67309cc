import { GuardError } from "../errors.ts";
import { isLoopback } from "./loopback.ts";
import { SECRET_VARIABLES, type SecretVariable } from "./secret-variables.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Keys for Tencent Cloud. They reach no output, log, trail or report. */
export interface Credentials {
  readonly secretId: string;
  readonly secretKey: string;
  /** Null for keys that do not expire. */
  readonly token: string | null;
}

const FAMILIES = [
  { secretId: "TENCENTCLOUD_SECRET_ID", secretKey: "TENCENTCLOUD_SECRET_KEY", token: "TENCENTCLOUD_TOKEN" },
  // SCF's own spelling, filled from the function's run role (domain.md §7). The SDK does not read it.
  { secretId: "TENCENTCLOUD_SECRETID", secretKey: "TENCENTCLOUD_SECRETKEY", token: "TENCENTCLOUD_SESSIONTOKEN" },
] as const;

const FIX =
  "set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY (and TENCENTCLOUD_TOKEN for temporary keys), or give the function a run role";

/**
 * The credentials in the environment: a person's spelling first, then SCF's. A half set is an error and never mixed with
 * the other spelling's half. Throws GuardError (user) `NoCredentials` or `HalfCredentials`.
 */
export function readCredentials(env: Environment): Credentials {
  for (const names of FAMILIES) {
    const secretId = filled(env, names.secretId);
    const secretKey = filled(env, names.secretKey);
    if (secretId === null && secretKey === null) continue;
    if (secretId !== null && secretKey !== null) return { secretId, secretKey, token: filled(env, names.token) };
    const [present, missing] = secretId === null ? [names.secretKey, names.secretId] : [names.secretId, names.secretKey];
    throw new GuardError("HalfCredentials", "user", `${present} is set, but ${missing} is not`, `set ${missing} too`);
  }
  throw new GuardError("NoCredentials", "user", "no credentials for tencent cloud in the environment", FIX);
}

/** What a secret's variable holds; null when it is not set. */
export function secretIn(env: Environment, name: SecretVariable): string | null {
  return filled(env, name);
}

/** `SLACK_BOT_TOKEN`, null when it is not set. */
export function readSlackToken(env: Environment): string | null {
  return filled(env, "SLACK_BOT_TOKEN");
}

/** `SLACK_SIGNING_SECRET`, null when it is not set. */
export function readSigningSecret(env: Environment): string | null {
  return filled(env, "SLACK_SIGNING_SECRET");
}

/** Where webhooks go, and the key that signs them. Both are secrets. */
export interface WebhookSecrets {
  readonly url: string;
  /** Null: messages are not signed. */
  readonly secret: string | null;
}

/**
 * `EIP_GUARD_WEBHOOK_URL` and `EIP_GUARD_WEBHOOK_SECRET`; null where no address is set. The error does not show the address.
 *
 * @throws GuardError (user) `WebhookAddress` where it is neither https nor http on loopback
 */
export function readWebhook(env: Environment): WebhookSecrets | null {
  const url = filled(env, "EIP_GUARD_WEBHOOK_URL");
  if (url === null) return null;
  const { protocol } = URL.canParse(url) ? new URL(url) : { protocol: "" };
  if (protocol === "https:" || (protocol === "http:" && isLoopback(url)))
    return { url, secret: filled(env, "EIP_GUARD_WEBHOOK_SECRET") };
  throw new GuardError(
    "WebhookAddress",
    "user",
    "EIP_GUARD_WEBHOOK_URL is no https address",
    "set it to an address that begins with https:// (http:// only on loopback)",
  );
}

/** Every secret that the environment holds, so that outputs can be searched for them and none gets out. */
export function secretsIn(env: Environment): readonly string[] {
  const names = [...FAMILIES.flatMap((family) => Object.values(family)), ...Object.keys(SECRET_VARIABLES)];
  return names.map((name) => filled(env, name)).filter((value) => value !== null);
}

/** Without the newline that a copied or mounted secret often ends in: it would only spoil the signature. */
function filled(env: Environment, name: string): string | null {
  const value = env[name]?.trim();
  return value === undefined || value === "" ? null : value;
}
