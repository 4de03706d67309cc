import type { Config } from "../config/sections.ts";
import type { Reading, Unknown } from "../core/terms/known.ts";
import type { GuardError } from "../errors.ts";
import type { ClusterAddress, ReadPorts } from "../ports.ts";
import type { AlertPorts } from "./check-alerts.ts";
import { type Check, check } from "./check-line.ts";
import { type CamRight, connectionFix, roleFix, statementFix } from "./fixes.ts";

/** What `check` looks at beyond the readers. */
export interface CheckPorts extends ReadPorts, AlertPorts {
  /** Whether the API server gives each right that is needed; each denied one with the rule to paste. */
  readonly review: (
    cluster: ClusterAddress,
  ) => Promise<Reading<readonly { readonly what: string; readonly allowed: boolean; readonly rule: string }[]>>;
  /** Tries the store out, where that is asked, and says what that proved; null where it is not. Throws what is wrong with it. */
  readonly probeStore: () => Promise<string | null>;
  /** CAM actions that this configuration needs, each with what it is for. */
  readonly rights: readonly CamRight[];
  /** The secrets that the configuration names, each with what a look at it found. */
  readonly secrets: readonly SecretFound[];
  /** Names of the environment's variables that name a proxy. */
  readonly proxies: readonly string[];
}

export interface SecretFound {
  readonly variable: string;
  /** In the Secrets Manager. */
  readonly name: string;
  readonly region: string;
  readonly from: "environment" | "ssm";
  /** Null: it is there. */
  readonly problem: GuardError | null;
}

/** One look around: what it found so far, and which calls of the cloud were answered. */
export interface Look {
  readonly ports: CheckPorts;
  readonly config: Config;
  readonly found: Found[];
  /** Answers by account and action. */
  readonly answers: Map<string, Reading<unknown>[]>;
  /** The account of our own keys, once it is known. */
  uin: string | null;
}

/** Lines with the same key have one cause: it is told once, with all the places. */
export interface Found extends Check {
  readonly key?: string;
}

/** Failures of one cause in many places become one line, at the first place. */
export function toldOnce(found: readonly Found[]): readonly Check[] {
  const checks: Check[] = [];
  const told = new Set<string>();
  for (const { key, ...line } of found) {
    if (key === undefined) {
      checks.push(line);
      continue;
    }
    if (told.has(key)) continue;
    told.add(key);
    const same = found.filter((other) => other.key === key);
    const worst = same.some(({ status }) => status === "fail") ? "fail" : line.status;
    const others = same.slice(1).map(({ name }) => name);
    const also = others.length === 0 ? "" : `; the same for ${others.join(", ")}`;
    checks.push({ ...line, status: worst, detail: `${line.detail}${also}` });
  }
  return checks;
}

/** Writes down that an action was answered, or why not. */
export function heard<T>({ answers }: Look, account: string, action: string, reading: Reading<T>): Reading<T> {
  const key = `${account} ${action}`;
  answers.set(key, [...(answers.get(key) ?? []), reading]);
  return reading;
}

/** A failed reading of the cloud as a line: one for each cause, and for each missing right. */
export function failed(
  look: Look,
  name: string,
  status: "warn" | "fail",
  account: string,
  action: string,
  { why, cause }: Unknown,
): Found {
  const { ports, config } = look;
  const connection = connectionFix(cause, { tencent: config.tencent, proxies: ports.proxies });
  if (connection !== null) return { ...check(name, status, why, connection), key: `${cause} ${withoutAction(why, action)}` };
  if (cause === "role") {
    const roleArn = config.tencent.accounts.find((one) => one.name === account)?.roleArn ?? "";
    return { ...check(name, status, why, roleFix(roleArn, look.uin)), key: `role ${account}` };
  }
  if (cause === "forbidden")
    return { ...check(name, status, why, statement(ports, action)), key: `forbidden ${account} ${action}` };
  return check(name, status, why, "see docs of the code in the message, and try again; it may pass by itself");
}

function withoutAction(why: string, action: string): string {
  return why.replace(`${action}: `, "");
}

/** The CAM statement to paste for an action. */
function statement({ rights }: CheckPorts, action: string): string {
  const needed = rights.find(({ actions }) => actions.some((name) => name.endsWith(`:${action}`)));
  return statementFix([needed ?? { actions: [`*:${action}`], resource: ["*"] }]);
}
