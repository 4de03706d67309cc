import { existsSync } from "node:fs";
import { join } from "node:path";
import { answerPress, type ButtonOptions, openButtons } from "./buttons.ts";
import type { Environment } from "./config/credentials.ts";
import { loadConfig } from "./config/load.ts";
import { instant } from "./core/terms/time.ts";
import { GuardError } from "./errors.ts";
import { BUTTON_SECRETS, environmentOf, lookUpSecrets } from "./secrets.ts";
import type { SignedRequest } from "./slack/signed-request.ts";

/** An invocation of the buttons' function through its URL. */

export interface UrlAnswer {
  readonly isBase64Encoded: false;
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: "";
}

export type ButtonsFunction = (request: SignedRequest, env: Environment, folder: string) => Promise<UrlAnswer>;

/** In milliseconds, opening included: Slack waits 3 s. */
const ANSWER_WITHIN = 2_000;

/**
 * The function, as one instance of it lives: what a press needs is opened once, and tried again where it failed.
 *
 * @throws GuardError, when it is called, with the fix in its message: SCF shows nothing else of an error
 */
export function buttonsFunction(): ButtonsFunction {
  let opened: Promise<ButtonOptions> | null = null;
  return async (request, env, folder) => {
    const began = performance.now();
    opened ??= open(env, folder);
    opened.catch(() => {
      opened = null;
    });
    const options = await inTime(opened);
    const answerWithin = Math.max(0, ANSWER_WITHIN - (performance.now() - began));
    const { status } = await answerPress(request, { ...options, answerWithin });
    return { isBase64Encoded: false, statusCode: status, headers: {}, body: "" };
  };
}

/** Without the signing secret nobody can be told anything: Slack shows the person that the press failed. */
async function inTime(opened: Promise<ButtonOptions>): Promise<ButtonOptions> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const why = `the secrets could not be read within ${ANSWER_WITHIN / 1_000} s, and the press was not taken`;
    const error = new GuardError("SecretsSlow", "cloud", why, "press again; where it stays, look whether SSM can be reached");
    timer = setTimeout(() => reject(error), ANSWER_WITHIN);
  });
  try {
    return await Promise.race([opened, late]);
  } catch (error) {
    if (!(error instanceof GuardError) || error.fix === "") throw error;
    throw new GuardError(error.code, error.fault, `${error.message}. Fix: ${error.fix}`, error.fix, { cause: error });
  } finally {
    clearTimeout(timer);
  }
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
