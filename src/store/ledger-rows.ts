import type { AddressMemory, PodMemory } from "../core/terms/ledger.ts";
import { before, between, type Instant, milliseconds } from "../core/terms/time.ts";

/**
 * The short row of an EIP that is bound or gone and carries nothing besides: no clock, flag, keep, approval, list or protection. What many
 * EIPs have in common stands once; instants are told by how long before the ledger was written they were.
 */

/** What rows have in common, by its position. */
export interface Shared {
  readonly places: Pick<AddressMemory, "account" | "region">[];
  readonly pods: Omit<PodMemory, "name" | "uid" | "seenAt">[];
  readonly words: string[];
}

/** place · ip · firstSeenAt · lastSeenAt · boundAt · status · its since · pod · verdict · judged · outlook · recorded (rows of before have none) */
export type Row = [
  number,
  string,
  number,
  number,
  number | null,
  number,
  number,
  [number, string, string | null, number] | null,
  [number, number, number] | null,
  [number, number, number | null] | null,
  [number | null, boolean] | null,
  (string | null | undefined)?,
];

/** Every field that a row can hold: an EIP with any other is written as a whole. */
const IN_ROWS: ReadonlySet<string> = new Set<keyof AddressMemory>([
  "account",
  "region",
  "ip",
  "firstSeenAt",
  "lastSeenAt",
  "boundAt",
  "idleSince",
  "acting",
  "status",
  "pod",
  "everInIdList",
  "flag",
  "keep",
  "approval",
  "protections",
  "evidence",
  "verdict",
  "judged",
  "outlook",
  "recorded",
]);

/** Shared things, and where each is found again while rows are made. */
interface Sharing extends Shared {
  readonly positions: Map<string, number>;
}

export function sharing(): Shared {
  const made: Sharing = { places: [], pods: [], words: [], positions: new Map() };
  Object.defineProperty(made, "positions", { enumerable: false });
  return made;
}

function positionOf<T>(shared: Shared, list: T[], kind: string, key: string, make: () => T): number {
  const { positions } = shared as Sharing;
  const known = positions.get(`${kind}${key}`);
  if (known !== undefined) return known;
  positions.set(`${kind}${key}`, list.length);
  return list.push(make()) - 1;
}

function wordOf(shared: Shared, word: string): number {
  return positionOf(shared, shared.words, "w", word, () => word);
}

/** @returns null for an EIP that no row can hold */
export function rowOf(memory: AddressMemory, shared: Shared, writtenAt: Instant | null): Row | null {
  if (writtenAt === null || !Number.isInteger(writtenAt) || carriesMore(memory)) return null;
  const { account, region, ip, firstSeenAt, lastSeenAt, boundAt, status, pod, verdict, judged, outlook, recorded } = memory;
  const instants = [
    firstSeenAt,
    lastSeenAt,
    boundAt,
    status.since,
    pod?.seenAt,
    verdict?.at,
    judged?.since,
    judged?.releasableSince,
    outlook?.releaseAt,
  ];
  if (instants.some((at) => at !== undefined && at !== null && !Number.isSafeInteger(at))) return null;
  const ago = (at: Instant) => between(at, writtenAt);
  const agoOrNull = (at: Instant | null) => (at === null ? null : ago(at));
  return [
    positionOf(shared, shared.places, "p", JSON.stringify([account, region]), () => ({ account, region })),
    ip,
    ago(firstSeenAt),
    ago(lastSeenAt),
    agoOrNull(boundAt),
    wordOf(shared, status.is),
    ago(status.since),
    pod === null ? null : [podOf(shared, pod), pod.name, pod.uid, ago(pod.seenAt)],
    verdict === null ? null : [wordOf(shared, verdict.verdict), wordOf(shared, verdict.reason), ago(verdict.at)],
    judged === undefined ? null : [wordOf(shared, judged.verdict), ago(judged.since), agoOrNull(judged.releasableSince)],
    outlook === undefined ? null : [agoOrNull(outlook.releaseAt), outlook.needsApproval],
    recorded ?? null,
  ];
}

function podOf(shared: Shared, { name: _, uid: __, seenAt: ___, ...rest }: PodMemory): number {
  return positionOf(shared, shared.pods, "o", JSON.stringify(rest), () => rest);
}

function carriesMore(memory: AddressMemory): boolean {
  const { idleSince, acting, everInIdList, flag, keep, approval, protections, evidence } = memory;
  if (everInIdList || Object.keys(protections).length > 0) return true;
  if ([idleSince, acting, flag, keep, approval, evidence].some((value) => value !== null)) return true;
  return Object.entries(memory).some(([field, value]) => value !== undefined && !IN_ROWS.has(field));
}

/** @returns null where the row names something that is not in `shared` */
export function expand(row: Row, shared: Shared, writtenAt: Instant): AddressMemory | null {
  const [place, ip, firstSeen, lastSeen, bound, status, since, pod, verdict, judged, outlook, recorded] = row;
  const at = (ago: number) => before(writtenAt, milliseconds(ago));
  const atOrNull = (ago: number | null) => (ago === null ? null : at(ago));
  const where = shared.places[place];
  const is = shared.words[status];
  const podShared = pod === null ? null : shared.pods[pod[0]];
  const words = verdict === null ? [] : [shared.words[verdict[0]], shared.words[verdict[1]]];
  const row0 = judged === null ? null : shared.words[judged[0]];
  if (where === undefined || is === undefined || podShared === undefined || row0 === undefined) return null;
  const [said, reason] = words;
  if (verdict !== null && (said === undefined || reason === undefined)) return null;
  return {
    account: where.account,
    region: where.region,
    ip,
    firstSeenAt: at(firstSeen),
    lastSeenAt: at(lastSeen),
    boundAt: atOrNull(bound),
    idleSince: null,
    acting: null,
    status: { is, since: at(since) },
    pod: pod === null || podShared === null ? null : { ...podShared, name: pod[1], uid: pod[2], seenAt: at(pod[3]) },
    everInIdList: false,
    flag: null,
    keep: null,
    approval: null,
    protections: NONE,
    evidence: null,
    verdict:
      verdict === null || said === undefined || reason === undefined ? null : { verdict: said, reason, at: at(verdict[2]) },
    ...(judged === null || row0 === null
      ? {}
      : { judged: { verdict: row0, since: at(judged[1]), releasableSince: atOrNull(judged[2]) } }),
    ...(outlook === null ? {} : { outlook: { releaseAt: atOrNull(outlook[0]), needsApproval: outlook[1] } }),
    ...(typeof recorded === "string" ? { recorded } : {}),
  };
}

/** One empty record for all: it is never changed, only replaced. */
const NONE: AddressMemory["protections"] = {};
