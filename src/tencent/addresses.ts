import * as z from "zod";
import { thousands } from "../core/terms/describe.ts";
import type { AccountType, Address, AddressStatus } from "../core/terms/facts.ts";
import { known, type Reading, unknown } from "../core/terms/known.ts";
import { parseInstant } from "../core/terms/time.ts";
import type { AccountAddresses } from "../ports.ts";
import type { Sessions } from "./session.ts";
import { type Call, count } from "./transport.ts";

/** EIPs through DescribeAddresses (VPC 2017-03-12): by page, collected by AddressId, compared with TotalCount (domain.md §4). */

/**
 * One field of a row. A row with a field of another JSON type is that EIP's doubt, and no reason to lose the others of its region: a word
 * is kept as it was written, a yes or no that is neither is not known.
 */
const word = z
  .unknown()
  .optional()
  .transform((value) => {
    if (value === undefined || value === null) return null;
    return typeof value === "string" ? value : JSON.stringify(value).slice(0, LONGEST_WORD);
  });
const yesOrNo = z
  .unknown()
  .optional()
  .transform((value) => (typeof value === "boolean" ? value : null));
const amount = z
  .unknown()
  .optional()
  .transform((value) => (typeof value === "number" && Number.isFinite(value) ? value : null));
const LONGEST_WORD = 100;

const tagSet = z.array(z.object({ Key: z.string(), Value: z.string().nullish() }));

/** Only the fields that are used; real answers carry more than the SDK declares, and nulls. */
const row = z.object({
  AddressId: z.string().min(1),
  AddressIp: word,
  AddressName: word,
  AddressStatus: word,
  AddressType: word,
  InternetChargeType: word,
  PayMode: word,
  Bandwidth: amount,
  InternetServiceProvider: word,
  InstanceId: word,
  InstanceType: word,
  NetworkInterfaceId: word,
  PrivateAddressIp: word,
  CreatedTime: word,
  UpdatedTime: word,
  DeadlineDate: word,
  RenewFlag: word,
  BandwidthPackageId: word,
  AntiDDoSPackageId: word,
  TagSet: z.unknown().optional(),
  IsArrears: yesOrNo,
  IsBlocked: yesOrNo,
  CascadeRelease: yesOrNo,
});

const page = z.object({ TotalCount: count, AddressSet: z.array(row) });

/** EIPs on a page of DescribeAddresses: the most that the API gives at once. */
export const PAGE = 100;
/** So many pages are asked for side by side. */
const SIDE_BY_SIDE = 40;
/** Rows shift while one pages; this often the whole listing is read before it counts as incomplete. */
const READINGS = 3;

const STATUSES: readonly AddressStatus[] = ["CREATING", "BINDING", "BIND", "UNBINDING", "UNBIND", "OFFLINING", "BIND_ENI"];

function orNull(value: string | null): string | null {
  return value === "" ? null : value;
}

/** The tags of a row. One that is not as documented could be a keep tag. */
function tagsOf(raw: unknown): Address["tags"] {
  if (raw === undefined || raw === null) return unknown("the answer has no TagSet");
  const read = tagSet.safeParse(raw);
  if (!read.success) return unknown("the answer's TagSet is not as documented");
  return known(Object.fromEntries(read.data.map(({ Key, Value }) => [Key, shared(Value ?? "")])));
}

/** Words that many EIPs share are kept once. */
const SHARED = new Map<string, string>();
const MOST_SHARED = 2_000;

function shared(value: string): string {
  const present = SHARED.get(value);
  if (present !== undefined) return present;
  if (SHARED.size < MOST_SHARED) SHARED.set(value, value);
  return value;
}

function toAddress(raw: z.infer<typeof row>, account: string, region: string): Address {
  const rawStatus = shared(raw.AddressStatus ?? "");
  const upper = rawStatus.toUpperCase();
  return {
    id: raw.AddressId,
    ip: raw.AddressIp ?? "",
    name: raw.AddressName ?? "",
    account,
    region,
    status: STATUSES.find((status) => status === upper) ?? "UNKNOWN",
    rawStatus,
    // An answer without a type says nothing that a release could rest on.
    type: raw.AddressType ?? "not stated",
    // An empty word is none of those that may be released, and so not "no word at all".
    chargeType: raw.InternetChargeType === null ? null : shared(raw.InternetChargeType),
    payMode: raw.PayMode === null ? null : orNull(shared(raw.PayMode)),
    bandwidth: raw.Bandwidth,
    isp: orNull(raw.InternetServiceProvider),
    instanceId: orNull(raw.InstanceId),
    instanceType: orNull(raw.InstanceType),
    networkInterfaceId: orNull(raw.NetworkInterfaceId),
    privateIp: orNull(raw.PrivateAddressIp),
    createdAt: raw.CreatedTime ? (parseInstant(raw.CreatedTime) ?? null) : null,
    updatedTime: orNull(raw.UpdatedTime),
    deadline: orNull(raw.DeadlineDate),
    renewFlag: orNull(raw.RenewFlag),
    antiDdosPackageId: orNull(raw.AntiDDoSPackageId),
    bandwidthPackageId: orNull(raw.BandwidthPackageId),
    tags: tagsOf(raw.TagSet),
    isArrears: raw.IsArrears,
    isBlocked: raw.IsBlocked,
    cascadeRelease: raw.CascadeRelease,
  };
}

function pageCall(region: string, offset: number): Call {
  return { action: "DescribeAddresses", region, parameters: { Offset: offset, Limit: PAGE } };
}

/** All EIPs of an account and region. Pages after the first are asked for side by side, within the rate limit. */
export async function readAddresses(
  sessions: Sessions,
  account: string,
  region: string,
  onPage: (read: number, total: number) => void,
): Promise<AccountAddresses> {
  const found = new Map<string, Address>();
  let why = "";
  for (let reading = 0; reading < READINGS; reading += 1) {
    found.clear();
    const first = await sessions.call(account, pageCall(region, 0), page);
    if (!first.known) return { addresses: first, partial: [] };
    const { TotalCount } = first.value;
    const take = (rows: z.infer<typeof page>) => {
      for (const raw of rows.AddressSet) found.set(raw.AddressId, toAddress(raw, account, region));
      onPage(found.size, TotalCount);
    };
    take(first.value);
    const offsets = Array.from({ length: Math.max(0, Math.ceil(TotalCount / PAGE) - 1) }, (_, index) => (index + 1) * PAGE);
    const totals = new Set([TotalCount]);
    // Of each page only what is used stays: all answers together are larger than what is read from them.
    for (let start = 0; start < offsets.length; start += SIDE_BY_SIDE) {
      const before = found.size;
      const failures = await Promise.all(
        offsets.slice(start, start + SIDE_BY_SIDE).map(async (offset) => {
          const next = await sessions.call(account, pageCall(region, offset), page);
          if (!next.known) return next;
          take(next.value);
          totals.add(next.value.TotalCount);
          return null;
        }),
      );
      const failed = failures.find((failure) => failure !== null);
      if (failed != null) return { addresses: failed, partial: [...found.values()] };
      // Pages that bring nothing new are no next pages, whatever TotalCount says.
      if (found.size === before) break;
    }
    if (totals.size === 1 && found.size === TotalCount) return { addresses: known([...found.values()]), partial: [] };
    why = `DescribeAddresses listed ${thousands(found.size)} EIPs where TotalCount is ${[...totals].join(", then ")}`;
  }
  return { addresses: unknown(`${why}, in ${READINGS} readings`), partial: [...found.values()] };
}

/**
 * These EIPs, as far as they exist. What is missing from a known answer is gone: a receipt may rest on it, so that an answer whose
 * rows disagree with its TotalCount, or that shows other EIPs than were asked for, is unknown.
 */
export async function readAddressesById(
  sessions: Sessions,
  account: string,
  region: string,
  ids: readonly string[],
): Promise<Reading<readonly Address[]>> {
  const found: Address[] = [];
  for (let start = 0; start < ids.length; start += PAGE) {
    const chunk = await readChunkById(sessions, account, region, ids.slice(start, start + PAGE));
    if (!chunk.known) return chunk;
    found.push(...chunk.value);
  }
  return known(found);
}

/** @param ids at most a page of them, which is what a filter takes */
async function readChunkById(
  sessions: Sessions,
  account: string,
  region: string,
  ids: readonly string[],
): Promise<Reading<readonly Address[]>> {
  // By filter: AddressIds answers InvalidAddressId.NotFound for one that is gone, and nothing of the others.
  const call: Call = {
    action: "DescribeAddresses",
    region,
    parameters: { Filters: [{ Name: "address-id", Values: ids }], Limit: PAGE },
  };
  const answer = await sessions.call(account, call, page);
  if (!answer.known) return answer;
  const { TotalCount, AddressSet } = answer.value;
  const rows = new Map(AddressSet.map((raw) => [raw.AddressId, toAddress(raw, account, region)]));
  if (rows.size !== TotalCount)
    return unknown(`DescribeAddresses shows ${thousands(rows.size)} EIPs where TotalCount is ${TotalCount}`);
  const stranger = [...rows.keys()].find((id) => !ids.includes(id));
  return stranger === undefined
    ? known([...rows.values()])
    : unknown(`DescribeAddresses shows ${stranger}, which was not asked for`);
}

export async function readAccountType(sessions: Sessions, account: string, region: string): Promise<Reading<AccountType>> {
  const call: Call = { action: "DescribeNetworkAccountType", region, parameters: {} };
  const answer = await sessions.call(account, call, z.object({ NetworkAccountType: z.string() }));
  if (!answer.known) return answer;
  const type = answer.value.NetworkAccountType.toUpperCase();
  if (type === "STANDARD") return known("standard");
  return known(type === "LEGACY" ? "legacy" : "other");
}

export async function readQuota(
  sessions: Sessions,
  account: string,
  region: string,
): Promise<Reading<{ readonly limit: number; readonly used: number }>> {
  const call: Call = { action: "DescribeAddressQuota", region, parameters: {} };
  const quota = z.object({ QuotaId: z.string(), QuotaCurrent: z.number(), QuotaLimit: z.number() });
  const answer = await sessions.call(account, call, z.object({ QuotaSet: z.array(quota) }));
  if (!answer.known) return answer;
  const total = answer.value.QuotaSet.find(({ QuotaId }) => QuotaId === "TOTAL_EIP_QUOTA");
  return total === undefined
    ? unknown("DescribeAddressQuota: no TOTAL_EIP_QUOTA")
    : known({ limit: total.QuotaLimit, used: total.QuotaCurrent });
}
