import type { Act, EipResult, Finding, Gap, ScanResult } from "./result.ts";
import { parseInstant } from "./time.ts";

/**
 * What people were not told yet. Everything that people may have to act on has a subject (`leak eip-…`, `gap cluster cls-…: pods`) and a
 * text. The ledger remembers what was said of each subject, and nothing is said twice while it stays the same.
 */
export interface News {
  readonly leaks: readonly EipResult[];
  readonly failures: readonly Act[];
  /** Released, and no announcement said so. */
  readonly released: readonly Act[];
  readonly gaps: readonly Gap[];
  /** Addresses that ipamd will destroy although their workload lives. */
  readonly lost: readonly { readonly id: string; readonly ip: string; readonly pod: string; readonly at: string }[];
  /** Due, and only a person's approval is missing. */
  readonly approvals: readonly EipResult[];
  /** Due, and held back by something else than a cap. */
  readonly held: readonly EipResult[];
  readonly findings: readonly (Finding & { readonly scope: string })[];
  /** Thresholds that changed, in words: `cls-…`. */
  readonly thresholds: readonly string[];
  /** Notes of the run, and alerts that could not be delivered. */
  readonly notes: readonly string[];
}

/** What was said of each subject. */
export type Said = Readonly<Record<string, string>>;

interface Told {
  readonly news: News;
  /** All subjects as they stand now. */
  readonly subjects: Said;
}

/**
 * @param said what people know; null where that is not known, so that everything is new
 * @param announced what this run told people already: ids of EIPs, with all that concerns them, and whole notes
 */
export function newsOf(result: ScanResult, said: Said | null, announced: ReadonlySet<string>): Told {
  const subjects = new Map<string, string>();
  const known = new Map(Object.entries(said ?? {}));
  const isNew = (subject: string, text = "") => {
    const short = withoutNumbers(text);
    subjects.set(subject, short);
    return known.get(subject) !== short;
  };
  const fresh = (eip: { readonly id: string }, subject: string, text = "") => isNew(subject, text) && !announced.has(eip.id);
  const { eips, gaps, clusters, regions, notes, acts = [], alertErrors } = result;
  for (const { id, verdict } of eips) {
    // Not knowing for a while is no change: what was said of it stands.
    const before = known.get(`leak ${id}`);
    if ((verdict === "unknown" || verdict === "transient") && before !== undefined) subjects.set(`leak ${id}`, before);
  }
  const released = new Set(acts.filter(({ act }) => act === "released").map(({ id }) => id));
  const still = eips.filter(({ id }) => !released.has(id));
  const news: News = {
    leaks: still.filter((eip) => isLeak(eip) && fresh(eip, `leak ${eip.id}`, eip.verdict)),
    failures: acts.filter((act) => act.act === "failed" && isNew(`failed ${act.id}`, act.why)),
    released: acts.filter((act) => act.act === "released" && !announced.has(act.id)),
    gaps: gaps.filter(({ scope, what }) => isNew(`gap ${scope}: ${what}`)),
    lost: clusters.flatMap(({ id: cluster, audit }) =>
      audit.willBeLost.filter(({ id }) => isNew(`lost ${id}`)).map((loss) => ({ ...loss, pod: `${loss.pod}@${cluster}` })),
    ),
    approvals: still.filter((eip) => waitsForApproval(eip, result) && fresh(eip, `approval ${eip.id}`, approvalWord(eip))),
    held: still.filter((eip) => isHeld(eip, result) && fresh(eip, `held ${eip.id}`)),
    findings: [
      ...clusters.flatMap(({ id, findings }) => findings.map((finding) => ({ ...finding, scope: id }))),
      ...regions.flatMap(({ account, region, findings }) =>
        findings.map((finding) => ({ ...finding, scope: `${account}/${region}` })),
      ),
    ].filter(({ scope, code, object }) => isNew(`finding ${scope} ${code} ${object}`)),
    thresholds: clusters.flatMap(({ id, recycleThreshold, audit }) => {
      const { state, seconds } = recycleThreshold;
      const subject = `threshold ${id}`;
      subjects.set(subject, `${state} ${seconds ?? ""} ${audit.ipamd} ${audit.authorised}`);
      const before = known.get(subject);
      return before === undefined || before === subjects.get(subject) ? [] : [id];
    }),
    notes: [...notes, ...alertErrors.map((error) => `not delivered: ${error}`)].filter(
      (note) => isNew(`note ${withoutNumbers(note)}`) && !announced.has(note),
    ),
  };
  return { news, subjects: Object.fromEntries(subjects) };
}

/** Whether there is anything that people must be told now. */
export function isNews(news: News): boolean {
  return Object.values(news).some((items: readonly unknown[]) => items.length > 0);
}

/**
 * What people know after a run in which no digest was delivered: what they knew and what still stands, and all of what was announced.
 */
export function stillSaid(subjects: Said, said: Said | null, announced: ReadonlySet<string>): Said {
  const known = new Map(Object.entries(said ?? {}));
  return Object.fromEntries(
    Object.entries(subjects).filter(([subject, text]) => {
      const [, id = ""] = subject.split(" ");
      return known.get(subject) === text || announced.has(id);
    }),
  );
}

function isLeak({ verdict }: EipResult): boolean {
  return verdict === "leaked" || verdict === "unmanaged";
}

/** Its delays and its notice are over, and it is not released. */
function isDue({ releaseAt, noticedAt, withheld }: EipResult, { run }: ScanResult): boolean {
  const at = releaseAt === null ? undefined : parseInstant(releaseAt);
  const now = parseInstant(run.finishedAt);
  return withheld !== null && noticedAt !== null && at !== undefined && now !== undefined && at <= now;
}

function waitsForApproval(eip: EipResult, result: ScanResult): boolean {
  return isDue(eip, result) && lacksApproval(eip, result.run.finishedAt);
}

/** Whether a person must approve it before it can be released, and no approval holds at `now` (ISO 8601). */
export function lacksApproval({ approval }: EipResult, now: string): boolean {
  if (!approval.needed) return false;
  const until = approval.given === null ? undefined : parseInstant(approval.given.until);
  const at = parseInstant(now);
  return until === undefined || at === undefined || until <= at;
}

function approvalWord({ approval }: EipResult): string {
  return approval.given === null ? "none" : "ran out";
}

function isHeld(eip: EipResult, result: ScanResult): boolean {
  return isDue(eip, result) && !lacksApproval(eip, result.run.finishedAt) && eip.withheldBy !== "cap";
}

/** Counts, instants and request ids in a sentence change all the time, and are no news. */
function withoutNumbers(text: string): string {
  return text.replace(/[0-9a-f]{8}-[0-9a-f-]{27,}/g, "#").replace(/\d+/g, "#");
}
