import type { Config } from "../config/sections.ts";
import { answersOf, type RuleAnswer } from "../core/judge/judge.ts";
import type { Situation } from "../core/judge/situation.ts";
import type { Planned } from "../core/plan/plan.ts";
import { presentEip } from "../core/present.ts";
import { counted, describeWorkload } from "../core/terms/describe.ts";
import type { Ledger } from "../core/terms/ledger.ts";
import { handBack, recoverLine } from "../core/terms/recovery.ts";
import type { EipResult, GuardResult, ScanResult } from "../core/terms/result.ts";
import { humanDuration, iso } from "../core/terms/time.ts";
import { whatEnds } from "../core/terms/verdict.ts";
import { GuardError } from "../errors.ts";
import type { ReadPorts } from "../ports.ts";
import { readSomething } from "./blind.ts";
import type { Progress } from "./collect.ts";
import { pastOf } from "./past.ts";
import { guardOf, readAndAssess } from "./scan.ts";

/** One EIP in full: facts, evidence, every rule's answer, and what would change the verdict. */
export interface Explanation {
  /** The name and version of this shape. */
  readonly schema: "eip-guard/explain/v1";
  /** When it was asked, in which mode. */
  readonly run: Pick<ScanResult["run"], "mode" | "dryRun" | "finishedAt">;
  /** What is switched on. */
  readonly guard: GuardResult;
  /** The EIP, as in a scan. */
  readonly eip: EipResult;
  /** Every rule of the judge in its order, with its answer. The first that answers is the verdict. */
  readonly rules: readonly RuleAnswer[];
  /** What stands around it, a line each: its cluster, its workload, its claim, its threshold. */
  readonly surroundings: readonly string[];
  /** What would change the verdict, a sentence each. */
  readonly wouldChange: readonly string[];
  /** What of the whole inventory could not be read: the verdict stands on the rest. */
  readonly gaps: ScanResult["gaps"];
}

/**
 * @param eip an AddressId or an address
 * @throws GuardError `UnknownEip` when no configured account and region has it: of fault `cloud` where not all could be read
 */
export async function explain(ports: ReadPorts, config: Config, eip: string, progress?: Progress): Promise<Explanation> {
  const isMeant = ({ id, ip }: { readonly id: string; readonly ip: string }) => id === eip || ip === eip;
  const { planned, world, gaps } = await readAndAssess(ports, config, { progress, about: isMeant });
  const found = planned.find(({ judgement }) => isMeant(judgement.situation.linked.address));
  readSomething({ regions: world.facts.regions, gaps, eips: planned }, config);
  if (found === undefined) throw await notThere(ports.store, eip, gaps);
  return {
    schema: "eip-guard/explain/v1",
    run: { mode: config.policy.mode, dryRun: true, finishedAt: iso(ports.clock.now()) },
    guard: guardOf(config, world.ledger, await ports.store.stopRequested()),
    eip: presentEip(found, world, config.policy),
    rules: answersOf(found.judgement.situation),
    surroundings: [...surroundingsOf(found), ...(await gotBack(ports.store, found, world.ledger))],
    wouldChange: wouldChange(found, config),
    gaps,
  };
}

/** Why it can't be explained: what became of it, where the trail knows that. */
async function notThere(store: ReadPorts["store"], eip: string, gaps: ScanResult["gaps"]): Promise<GuardError> {
  const past = await pastOf(store, eip);
  if (past.recovered !== null)
    return unknownEip(
      `${past.recovered.id} is no longer there: its address ${past.recovered.ip} came back as ${past.recovered.newId} at ${iso(past.recovered.at)}`,
      `eip-guard explain ${past.recovered.newId}`,
    );
  if (past.released !== null) {
    const { id, ip, at, canComeBack } = past.released;
    const life = `eip-guard history ${id} tells its life`;
    return unknownEip(
      `${id} is no longer there: the guard released its address ${ip} at ${iso(at)}`,
      canComeBack ? `${recoverLine(id)} may get the address back; ${life}` : life,
    );
  }
  if (gaps.length === 0)
    return unknownEip(`no configured account and region has the EIP '${eip}'`, "check the id or address, and tencent.regions");
  const unread = gaps.map(({ scope, what, why }) => `${scope}: ${what}: ${why}`).join("; ");
  return new GuardError(
    "UnknownEip",
    "cloud",
    `the EIP '${eip}' was not found, and ${counted(gaps.length, "part")} of the inventory could not be read: ${unread}`,
    "eip-guard check says how to mend that; check the id or address, and tencent.regions",
  );
}

function unknownEip(why: string, fix: string): GuardError {
  return new GuardError("UnknownEip", "user", why, fix);
}

/** That its address is one that was got back, and how its Pod gets it. Only an EIP that is younger than some release can be one. */
async function gotBack(store: ReadPorts["store"], { judgement }: Planned, { receipts }: Ledger): Promise<readonly string[]> {
  const { id, createdAt } = judgement.situation.linked.address;
  if (!receipts.some(({ at }) => createdAt === null || at <= createdAt)) return [];
  const { recovered, trouble } = await pastOf(store, id);
  if (trouble !== null) return [`whether its address was got back by eip-guard recover is not known: ${trouble}`];
  if (recovered === null) return [];
  const { id: before, at, by, pod, newId } = recovered;
  const whose = pod === null ? "a Pod gets it" : `Pod ${pod}, which had it, gets it back`;
  return [
    `got back by eip-guard recover at ${iso(at)}, asked for by ${by}: ${before} had its address; ${whose} by ${handBack(newId)}`,
  ];
}

function surroundingsOf({ judgement }: Planned): readonly string[] {
  const { situation } = judgement;
  const { home, standing, never, claim, threshold, automatic, unreadableAround: around } = situation;
  const lines = [
    home.state === "none" ? "cluster: nothing names one" : `cluster: ${home.id}, ${home.state}`,
    standing.is === "no-pod" ? null : `its Pod and workload: ${standingText(standing)}`,
    `delete policy: ${NEVER_TEXT[`${never}`]}`,
    `claim: ${CLAIM_TEXT[claim]}`,
    home.state === "live" ? `claims of the cluster: ${home.view.claims.state} (${home.view.claims.why})` : null,
    threshold.state === "set"
      ? `recycle threshold: ${humanDuration(threshold.duration)} (${threshold.source})`
      : `recycle threshold: ${threshold.state === "never" ? `never (${threshold.source})` : `unknown (${threshold.why})`}`,
    automatic ? "proven to be made by a cluster" : "not proven to be made by a cluster",
    around.length === 0 ? null : `unreadable nearby: ${around.map(({ cluster, why }) => `${cluster} (${why})`).join("; ")}`,
  ];
  return lines.filter((line) => line !== null);
}

const NEVER_TEXT = {
  true: "Never (the EIP is kept when its Pod goes)",
  false: "not Never (the EIP should go with its Pod)",
  unknown: "not known",
} as const;

const CLAIM_TEXT = { present: "one holds it", absent: "none holds it", unknown: "not known whether one holds it" } as const;

function standingText(standing: Situation["standing"]): string {
  const seen = (yes: boolean, owner: string) =>
    yes ? owner : `${owner}, as the Pod's name suggests; it was never seen as the owner`;
  switch (standing.is) {
    case "no-pod":
      return "nothing names a Pod";
    case "pod-exists":
      return "the Pod exists";
    case "included":
      return `${describeWorkload(standing.workload)} includes the Pod`;
    case "zero":
      return `${describeWorkload(standing.workload)} stands at 0 replicas`;
    case "scaled-away":
      return `${describeWorkload(standing.workload)} lives without this Pod: ${SCALED_TEXT[standing.how]}`;
    case "gone":
      return `${standing.owner} is gone`;
    case "never-seen":
      return standing.named
        ? `${standing.workload}, which the Pod named, is gone; it was never seen`
        : `${standing.workload} does not exist; it was never seen`;
    case "nameless":
      return `the Pod is gone, and ${seen(standing.seen, standing.owner)} gives each new Pod another name`;
    case "bare":
      return standing.seen ? "a Pod without an owner, which is gone" : "a Pod that is gone; no owner was ever seen";
    case "unknown-kind":
      return `the owner ${standing.owner} is of a kind that is not known`;
    case "undecided":
      return `not known: ${standing.why}`;
  }
}

const SCALED_TEXT = {
  beyond: "its ordinal is beyond the replicas",
  reserved: "its ordinal is reserved",
  parked: "its game server is parked",
} as const;

/** What a person could do, or what could happen, that changes the verdict or the action. */
function wouldChange({ judgement, flagAt, releaseAt, needsApproval }: Planned, config: Config): readonly string[] {
  const { verdict, reason, situation } = judgement;
  const { id } = situation.linked.address;
  const [keepTag] = config.policy.keepTags;
  const lines: string[] = [];
  if (verdict === "in-use") lines.push("when it is unbound, it is judged as an idle EIP");
  if (verdict === "transient") lines.push("when the change is over, or after a day, it is judged anew");
  if (verdict === "unknown") lines.push(`when this is no longer so: ${judgement.detail}`);
  if (verdict === "leaked" || verdict === "unmanaged" || verdict === "recycling") {
    lines.push(`eip-guard keep ${id} keeps it${keepTag === undefined ? "" : `, and so does the tag ${keepTag}`}`);
    lines.push("binding it, naming it in an eip-id-list, or bringing its Pod back makes it in-use or retained");
  }
  const end = whatEnds(reason, id);
  if (end !== null) lines.push(end);
  if (needsApproval)
    lines.push(`eip-guard approve ${id} allows its release, which the rule's delays and the notice still precede`);
  if (situation.threshold.state === "unknown") lines.push(`a readable recycle threshold; now: ${situation.threshold.why}`);
  if (flagAt !== null && config.policy.mode === "audit") lines.push("mode flag would flag it and announce that in Slack");
  if (releaseAt !== null && config.policy.mode !== "enforce")
    lines.push("mode enforce, with EIP_GUARD_ALLOW_RELEASE=yes in the environment, would release it after notice and delays");
  return lines;
}
