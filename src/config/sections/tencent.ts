import * as z from "zod";
import type { Environment } from "../credentials.ts";
import { address, flag, plainTextRemarks, regions, text, withoutSlash } from "../fields.ts";
import { isLoopback } from "../loopback.ts";
import { nearest } from "../nearest.ts";
import type { Problem } from "../problem.ts";
import { isRegion, REGIONS } from "../regions.ts";
import type { Around, Section } from "../section.ts";
import { wantsShortDelays } from "../short-delays.ts";

/** `tencent`: which accounts and regions are read. */

export const example = `tencent:
  regions: [ap-guangzhou]            # the regions whose EIPs and clusters are read
  # accounts:                        # left out: the credentials' own account
  #   - { name: games, roleArn: "qcs::cam::uin/100000000001:roleName/eip-guard", regions: [ap-guangzhou] }
`;

/** The account that stands for the credentials' own. */
const OWN_ACCOUNT = "default";

function schema() {
  return z
    .strictObject(
      {
        regions: regions().optional().describe("Regions whose EIPs and clusters are read; accounts may have their own."),
        accounts: z
          .array(account(), { error: "must be a list of accounts" })
          .min(1, { error: "must not be an empty list; leave it out for the credentials' own account" })
          .optional()
          .describe("Accounts to read. Left out: the credentials' own account, named `default`."),
        endpoint: address("an address such as http://127.0.0.1:9000")
          .refine((value) => !URL.canParse(value) || /^\/?$/.test(new URL(value).pathname + new URL(value).search), {
            error: "must end after the host and port: the API's products have no path",
          })
          .optional()
          .describe("One address for every product: a private link, a proxy or a simulator. Left out: the public ones."),
        internal: flag()
          .optional()
          .describe(
            "Calls the products' internal hosts (`vpc.internal.tencentcloudapi.com`), which answer only within a VPC. Finance regions (`…-fsi`) keep hosts of their own.",
          ),
      },
      { error: "must be a mapping: regions, accounts, endpoint, internal" },
    )
    .describe("Which accounts and regions of Tencent Cloud are read.");
}

function account() {
  return z.strictObject(
    {
      name: text("the account's name").describe("How reports name the account; each has a name of its own."),
      roleArn: z
        .string({ error: "must be a role such as qcs::cam::uin/100000000001:roleName/eip-guard" })
        .regex(/^qcs::cam::uin\/\d+:(roleName|role)\/\S+$/, {
          error: "is no role; write one such as qcs::cam::uin/100000000001:roleName/eip-guard",
        })
        .optional()
        .describe("Role to assume (sts AssumeRole). Left out: the credentials' own account."),
      regions: regions().optional().describe("This account's regions. Left out: `tencent.regions`."),
    },
    { error: "must be an account: name, roleArn, regions" },
  );
}

export type TencentInFile = z.output<ReturnType<typeof schema>>;

export const tencent = {
  schema,
  problems(own: TencentInFile, { env }: Around): readonly Problem[] {
    return [...accountProblems(own), ...internalProblems(own), ...shortDelayProblems(own, env)];
  },
  remarks(own: TencentInFile): readonly string[] {
    const notes: string[] = [];
    const named = [...(own.regions ?? []), ...(own.accounts ?? []).flatMap(({ regions }) => regions ?? [])];
    for (const name of new Set(named)) if (!isRegion(name)) notes.push(unknownRegion(name));
    notes.push(...plainTextRemarks("tencent.endpoint", own.endpoint));
    const accounts = own.accounts ?? [];
    if (own.regions !== undefined && accounts.length > 0 && accounts.every(({ regions }) => regions !== undefined))
      notes.push("tencent.regions has no effect: every account has regions of its own");
    return notes;
  },
} satisfies Section;

export interface Account {
  readonly name: string;
  /** Null: the credentials' own account, no AssumeRole. */
  readonly roleArn: string | null;
  readonly regions: readonly string[];
}

/** The accounts that the file names, with the regions that hold for each: its own, else those of `tencent`. */
export function accountsOf({ regions: shared = [], accounts }: TencentInFile): readonly Account[] {
  if (accounts === undefined) return [{ name: OWN_ACCOUNT, roleArn: null, regions: shared }];
  return accounts.map(({ name, roleArn, regions }) => ({ name, roleArn: roleArn ?? null, regions: regions ?? shared }));
}

function accountProblems(tencent: TencentInFile): Problem[] {
  const problems: Problem[] = [];
  const accounts = tencent.accounts ?? [];
  if (accounts.length === 0 && tencent.regions === undefined)
    problems.push({ path: ["tencent"], message: "names no regions; add regions: [ap-guangzhou] with yours" });
  for (const [at, account] of accounts.entries()) {
    const path = ["tencent", "accounts", at];
    if (account.regions === undefined && tencent.regions === undefined)
      problems.push({ path, message: `account "${account.name}" has no regions; add regions here or as tencent.regions` });
    const others = accounts.slice(0, at);
    if (others.some((other) => other.name === account.name))
      problems.push({
        path: [...path, "name"],
        message: `"${account.name}" names a second account; give each a name of its own`,
      });
    if (account.roleArn === undefined && others.some((other) => other.roleArn === undefined))
      problems.push({ path, message: "is a second account without roleArn; only one can be the credentials' own" });
    const same = others.find((other) => other.roleArn !== undefined && uinOf(other.roleArn) === uinOf(account.roleArn));
    const shared =
      same &&
      (account.regions ?? tencent.regions ?? []).find((region) => (same.regions ?? tencent.regions ?? []).includes(region));
    if (same !== undefined && shared !== undefined)
      problems.push({
        path: [...path, "roleArn"],
        message: `reads ${shared} of the account that "${same.name}" reads too; every EIP there would count twice, so leave one out`,
      });
  }
  return problems;
}

function internalProblems({ endpoint, internal }: TencentInFile): Problem[] {
  if (internal !== true || endpoint === undefined) return [];
  return [
    { path: ["tencent", "internal"], message: "stands beside tencent.endpoint, which is one address for all; leave one out" },
  ];
}

function uinOf(roleArn: string | undefined): string | undefined {
  return roleArn?.split("/")[1]?.split(":")[0];
}

function shortDelayProblems({ endpoint }: TencentInFile, env: Environment): Problem[] {
  if (!wantsShortDelays(env)) return [];
  if (endpoint !== undefined && isLoopback(endpoint)) return [];
  return [
    {
      path: ["tencent", "endpoint"],
      message: `is ${endpoint === undefined ? "not set" : `"${endpoint}"`}, but EIP_GUARD_SHORT_DELAYS=yes is for tests against a simulator on loopback only; unset EIP_GUARD_SHORT_DELAYS`,
    },
  ];
}

/** A region may have opened since this version; or its name is misspelled. */
function unknownRegion(name: string): string {
  const near = nearest(name, Object.keys(REGIONS));
  return `"${name}" is no region that this version knows${near === undefined ? "" : `; did you mean ${near}?`} It is read all the same`;
}

export interface TencentConfig {
  /** At least one; `default` stands for the credentials' own account. */
  readonly accounts: readonly Account[];
  /** One address for every product: `http://127.0.0.1:9000`; null for the public ones. */
  readonly endpoint: string | null;
  /** Whether the internal hosts are called. */
  readonly internal: boolean;
}

export function buildTencent(own: TencentInFile): TencentConfig {
  return { accounts: accountsOf(own), endpoint: withoutSlash(own.endpoint), internal: own.internal === true };
}
