import { placeKey } from "./place.ts";
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
  /** Due, and held back by something other than a cap. */
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
  /** The subjects of the news. */
  readonly fresh: readonly string[];
}

/**
 * @param said what people know; null where that is not known, so that everything is new
 * @param announced what this run told people already: ids of EIPs, with all that concerns them, whole subjects, and whole notes
 */
export function newsOf(result: ScanResult, said: Said | null, announced: ReadonlySet<string>): Told {
  const known = new Map(Object.entries(said ?? {}));
  const subjects = notSeen(result, known);
  const found: string[] = [];
  const isNew = (subject: string, text = "", told: string = subject) => {
    const short = withoutNumbers(text);
    subjects.set(subject, short);
    const news = known.get(subject) !== short && !announced.has(told) && !announced.has(subject);
    if (news) found.push(subject);
    return news;
  };
  const fresh = (eip: { readonly id: string }, subject: string, text = "") => isNew(subject, text, eip.id);
  const { eips, gaps, clusters, regions, notes, acts = [], alertErrors } = result;
  const released = new Set(acts.filter(({ act }) => act === "released").map(({ id }) => id));
  const still = eips.filter(({ id }) => !released.has(id));
  const news: News = {
    leaks: still.filter((eip) => isLeak(eip) && fresh(eip, `leak ${eip.id}`, eip.verdict)),
    failures: acts.filter((act) => act.act === "failed" && isNew(failureSubject(act), act.why)),
    released: acts.filter((act) => act.act === "released" && !announced.has(act.id)),
    gaps: gaps.filter((gap) => isNew(gapSubject(gap))),
    lost: clusters.flatMap(({ id: cluster, audit }) =>
      audit.willBeLost.filter(({ id }) => isNew(`lost ${id}`)).map((loss) => ({ ...loss, pod: `${loss.pod}@${cluster}` })),
    ),
    approvals: still.filter((eip) => waitsForApproval(eip, result) && fresh(eip, `approval ${eip.id}`, approvalWord(eip))),
    held: still.filter((eip) => isHeld(eip, result) && fresh(eip, `held ${eip.id}`)),
    findings: [
      ...clusters.flatMap(({ id, findings }) => findings.map((finding) => ({ ...finding, scope: id }))),
      ...regions.flatMap(({ account, region, findings }) =>
        findings.map((finding) => ({ ...finding, scope: placeKey({ account, region }) })),
      ),
    ].filter(({ scope, code, object }) => isNew(`finding ${scope} ${code} ${object}`)),
    thresholds: clusters.flatMap(({ id, recycleThreshold, audit }) => {
      const { state, seconds } = recycleThreshold;
      const subject = `threshold ${id}`;
      const before = known.get(subject);
      if (state === "unknown" && before !== undefined) subjects.set(subject, before);
      else subjects.set(subject, `${state} ${seconds ?? ""} ${audit.ipamd} ${audit.authorised}`);
      if (before === undefined || before === subjects.get(subject)) return [];
      found.push(subject);
      return [id];
    }),
    notes: [...notes, ...alertErrors.map((error) => `not delivered: ${error}`)].filter((note) =>
      isNew(`note ${withoutNumbers(note)}`, "", note),
    ),
  };
  return { news, subjects: Object.fromEntries(subjects), fresh: found };
}

/** Of a gap, and of an act that failed. */
export function gapSubject({ scope, what }: Gap): string {
  return `gap ${scope}: ${what}`;
}

export function failureSubject({ id }: Act): string {
  return `failed ${id}`;
}

const OF_EIPS = ["leak", "approval", "held"];
const OF_READINGS = ["lost", "finding", "threshold"];

/** What was said of that which could not be read, or not be judged. Not knowing for a while is no change: it stands. */
function notSeen({ eips, complete, acts = [] }: ScanResult, known: ReadonlyMap<string, string>): Map<string, string> {
  const verdicts = new Map<string, string>(eips.map(({ id, verdict }) => [id, verdict]));
  const released = new Set(acts.filter(({ act }) => act === "released").map(({ id }) => id));
  const unread = ([subject]: readonly [string, string]) => {
    const [kind = "", id = ""] = subject.split(" ");
    if (OF_READINGS.includes(kind)) return !complete;
    if (!OF_EIPS.includes(kind) || released.has(id)) return false;
    const verdict = verdicts.get(id);
    return verdict === undefined ? !complete : verdict === "unknown" || verdict === "transient";
  };
  return new Map([...known].filter(unread));
}

/** Of what a digest said, the subjects that stand no more. What was only of its moment, such as a note, is not counted. */
export function overSince(told: readonly string[], subjects: Said): readonly string[] {
  const standing = new Set(Object.keys(subjects));
  return told.filter((subject) => !standing.has(subject) && !/^(note|failed|threshold) /.test(subject));
}

/** What people knew before they were told these subjects. */
export function saidBefore(said: Said, told: readonly string[]): Said {
  const since = new Set(told);
  return Object.fromEntries(Object.entries(said).filter(([subject]) => !since.has(subject)));
}

/** Whether a person is needed: such news comes as a new message, and not as a change of an old one. */
export function needsPerson({ failures, gaps, lost, approvals, held }: News): boolean {
  return [failures, gaps, lost, approvals, held].some((items: readonly unknown[]) => items.length > 0);
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
      return known.get(subject) === text || announced.has(id) || announced.has(subject);
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
