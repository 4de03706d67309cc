import { type Environment, readCredentials, readWebhook, secretIn } from "./config/credentials.ts";
import type { SecretVariable } from "./config/secret-variables.ts";
import type { SecretPlace } from "./config/sections/secrets.ts";
import type { Config } from "./config/sections.ts";
import { GuardError, whyOf } from "./errors.ts";
import type { Clock } from "./ports.ts";
import { proxiesOf } from "./proxy/environment.ts";
import type { SecretAnswer } from "./tencent/secrets.ts";

/**
 * The environment with the secrets that the configuration names in the Secrets Manager (contract.md, Secrets). The
 * environment wins. What was read is kept in memory, and nowhere else.
 */

/** What proves that a press comes from Slack: all that the buttons' function needs. */
export const BUTTON_SECRETS: readonly SecretVariable[] = ["SLACK_SIGNING_SECRET"];

/** Where one variable's secret comes from, and why it can't be had. */
export interface SecretLook {
  readonly variable: SecretVariable;
  readonly secret: SecretPlace;
  readonly from: "environment" | "ssm";
  /** Null: it is there. */
  readonly problem: GuardError | null;
}

export interface Secrets {
  readonly env: Environment;
  readonly looks: readonly SecretLook[];
}

/** Reads secrets by our own keys. */
export async function openSecrets(
  { tencent }: Config,
  env: Environment,
  clock: Clock,
): Promise<(place: SecretPlace) => Promise<SecretAnswer>> {
  const { createSecretReader } = await import("./tencent/secrets.ts");
  return createSecretReader({ ...tencent, clock, proxyFor: proxiesOf(env), keys: readCredentials(env) });
}

/** @param only the variables that are needed; left out: all */
export async function lookUpSecrets(
  config: Config,
  env: Environment,
  clock: Clock,
  only?: readonly SecretVariable[],
): Promise<Secrets> {
  const { secrets } = config;
  const named = secrets.named.filter(({ variable }) => only?.includes(variable) ?? true);
  const isSet = ({ variable }: { readonly variable: SecretVariable }) => secretIn(env, variable) !== null;
  const looks: SecretLook[] = named.filter(isSet).map((one) => ({ ...one, from: "environment", problem: null }));
  const missing = named.filter((one) => !isSet(one));
  if (missing.length === 0) return { env, looks };
  const readSecret = await openSecrets(config, env, clock);
  const read = await Promise.all(
    missing.map(async ({ variable, secret }) => {
      const answer = await readSecret(secret);
      const problem = answer.ok
        ? valueProblem(variable, answer.value, secret)
        : new GuardError("SecretUnreadable", "user", `${variable}: ${answer.why}`, fixFor(variable, secret, answer.trouble));
      return { variable, secret, value: answer.ok && problem === null ? answer.value.trim() : undefined, problem };
    }),
  );
  const values = Object.fromEntries(read.flatMap(({ variable, value }) => (value === undefined ? [] : [[variable, value]])));
  return {
    env: { ...env, ...values },
    looks: [...looks, ...read.map(({ variable, secret, problem }) => ({ variable, secret, from: "ssm" as const, problem }))],
  };
}

/** @throws GuardError of fault `user` for the first secret that can't be read, or holds what it can't be */
export function environmentOf({ env, looks }: Secrets): Environment {
  for (const { problem } of looks) if (problem !== null) throw problem;
  return env;
}

/** What a secret holds must be one line of plain characters, and the webhook's an address. The message never shows it. */
function valueProblem(variable: SecretVariable, value: string, secret: SecretPlace): GuardError | null {
  const { region, name } = secret;
  const refuse = (why: string) => {
    const message = `${variable}: secret ${name} of ${region} holds no valid value: ${why}`;
    return new GuardError("SecretNotValid", "user", message, `put the right value into ${name}, as plain text`);
  };
  if (!/^[\x21-\x7e]+$/.test(value.trim())) return refuse("it is not one line of plain characters without spaces");
  if (variable !== "EIP_GUARD_WEBHOOK_URL") return null;
  try {
    readWebhook({ [variable]: value });
    return null;
  } catch (error) {
    return refuse(whyOf(error));
  }
}

function fixFor(variable: SecretVariable, { region, name }: SecretPlace, trouble: string): string {
  const where = `the Secrets Manager of ${region}`;
  switch (trouble) {
    case "missing":
      return `make ${name} in ${where}, or correct secrets.${variable}`;
    case "disabled":
      return `enable ${name} in ${where}, or name another as secrets.${variable}`;
    case "forbidden":
      return `allow ssm:GetSecretValue and ssm:ListSecretVersionIds on qcs::ssm:${region}:uin/*:secret/creatorUin/*/${name} in CAM (the role of a function gets it by \`eip-guard deploy\`)`;
    case "unusable":
      return `put a new version into ${name}, or write the version as secrets.${variable}: ${name}@VERSION`;
    default:
      return `see what the message says of ${name} in ${where}, or set ${variable} in the environment`;
  }
}
