import type { Config } from "../config/sections.ts";
import { answersOf, type RuleAnswer } from "../core/judge/judge.ts";
import type { Situation } from "../core/judge/situation.ts";
import type { Planned } from "../core/plan/plan.ts";
import { presentEip } from "../core/present.ts";
import { describeWorkload, thousands } from "../core/terms/describe.ts";
import type { EipResult, GuardResult, ScanResult } from "../core/terms/result.ts";
import { humanDuration, iso } from "../core/terms/time.ts";
import { whatEnds } from "../core/terms/verdict.ts";
import { GuardError } from "../errors.ts";
import type { ReadPorts } from "../ports.ts";
import { readSomething } from "./blind.ts";
import type { Progress } from "./collect.ts";
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
}

/**
 * @param eip an AddressId or an address
 * @throws GuardError `UnknownEip` when no configured account and region has it
 */
export async function explain(ports: ReadPorts, config: Config, eip: string, progress?: Progress): Promise<Explanation> {
  const isMeant = ({ id, ip }: { readonly id: string; readonly ip: string }) => id === eip || ip === eip;
  const { planned, world, gaps } = await readAndAssess(ports, config, { progress, about: isMeant });
  const found = planned.find(({ judgement }) => isMeant(judgement.situation.linked.address));
  readSomething({ regions: world.facts.regions, gaps, eips: planned }, config);
  if (found === undefined) {
    const unread = gaps.length === 0 ? "" : `; ${thousands(gaps.length)} parts of the inventory could not be read`;
    throw new GuardError(
      "UnknownEip",
      "user",
      `no configured account and region has the EIP '${eip}'${unread}`,
      "check the id or address, and tencent.regions",
    );
  }
  return {
    schema: "eip-guard/explain/v1",
    run: { mode: config.policy.mode, dryRun: true, finishedAt: iso(ports.clock.now()) },
    guard: guardOf(config, world.ledger, await ports.store.stopRequested()),
    eip: presentEip(found, world, config.policy),
    rules: answersOf(found.judgement.situation),
    surroundings: surroundingsOf(found),
    wouldChange: wouldChange(found, config),
  };
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
