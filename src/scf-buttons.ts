import { existsSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { answerPress, type ButtonOptions, openButtons } from "./buttons.ts";
import type { Environment } from "./config/credentials.ts";
import { loadConfig } from "./config/load.ts";
import { instant } from "./core/terms/time.ts";
import { GuardError } from "./errors.ts";
import { BUTTON_SECRETS, environmentOf, lookUpSecrets } from "./secrets.ts";
import type { SignedRequest } from "./slack/signature.ts";

/** An invocation of the buttons' function through its URL. */

/** A function URL's event, as far as it matters here; a gateway may say `isBase64` or `isBase64Encoded`. */
const urlEvent = z.object({
  body: z.string().nullish(),
  headers: z.record(z.string(), z.union([z.string(), z.array(z.string())])).nullish(),
  isBase64Encoded: z.boolean().nullish(),
  isBase64: z.boolean().nullish(),
});

export interface UrlAnswer {
  readonly isBase64Encoded: false;
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: "";
}

/** Opened once for each instance; tried again where it failed. */
let opened: Promise<ButtonOptions> | null = null;

/** @throws GuardError with the fix in its message: SCF shows nothing else of an error */
export async function invokeButtons(event: unknown, env: Environment, folder: string): Promise<UrlAnswer> {
  opened ??= open(env, folder);
  let options: ButtonOptions;
  try {
    options = await opened;
  } catch (error) {
    opened = null;
    if (!(error instanceof GuardError) || error.fix === "") throw error;
    throw new GuardError(error.code, error.fault, `${error.message}. Fix: ${error.fix}`, error.fix, { cause: error });
  }
  const { status } = await answerPress(requestOf(event), options);
  return { isBase64Encoded: false, statusCode: status, headers: {}, body: "" };
}

async function open(env: Environment, folder: string): Promise<ButtonOptions> {
  const beside = join(folder, "eip-guard.yaml");
  const named = env.EIP_GUARD_CONFIG;
  const path = named === undefined || named === "" ? beside : named;
  if (path === beside && !existsSync(beside)) {
    const why = "there is no eip-guard.yaml beside the function";
    throw new GuardError(
      "NoConfiguration",
      "user",
      why,
      "put it into the function's folder, or name another in EIP_GUARD_CONFIG",
    );
  }
  const { config } = await loadConfig({ path, env, cwd: folder });
  const clock = {
    now: () => instant(Date.now()),
    sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
  };
  const log = (why: string) => console.error(JSON.stringify({ level: "error", msg: "press failed", why }));
  const secrets = environmentOf(await lookUpSecrets(config, env, clock, BUTTON_SECRETS));
  return { ...(await openButtons(config, secrets, clock)), log };
}

/** What is no request at all has no signature either. */
function requestOf(event: unknown): SignedRequest {
  const parsed = urlEvent.safeParse(event);
  if (!parsed.success) return { body: Buffer.alloc(0), signature: undefined, timestamp: undefined };
  const { body, headers, isBase64Encoded, isBase64 } = parsed.data;
  const encoding = isBase64Encoded === true || isBase64 === true ? "base64" : "utf8";
  const named = (name: string) => Object.entries(headers ?? {}).find(([key]) => key.toLowerCase() === name)?.[1];
  return {
    body: Buffer.from(body ?? "", encoding),
    signature: one(named("x-slack-signature")),
    timestamp: one(named("x-slack-request-timestamp")),
  };
}

function one(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === "string" ? value : value?.[0];
}
