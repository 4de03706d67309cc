import type { Config } from "../config/config.ts";
import { answersOf, type RuleAnswer } from "../core/judge.ts";
import type { Planned } from "../core/plan.ts";
import { presentEip } from "../core/present.ts";
import type { EipResult } from "../core/result.ts";
import { humanDuration, iso } from "../core/time.ts";
import { GuardError } from "../errors.ts";
import type { ReadPorts } from "../ports.ts";
import type { Progress } from "./collect.ts";
import { readAndAssess } from "./scan.ts";

/** One EIP in full: facts, evidence, every rule's answer, and what would change the verdict. */
export interface Explanation {
  readonly schema: "eip-guard/explain/v1";
  readonly eip: EipResult;
  readonly rules: readonly RuleAnswer[];
  readonly surroundings: readonly string[];
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
  if (found === undefined) {
    const unread = gaps.length === 0 ? "" : `; ${gaps.length} parts of the inventory could not be read`;
    throw new GuardError(
      "UnknownEip",
      "user",
      `no configured account and region has the EIP '${eip}'${unread}`,
      "check the id or address, and tencent.regions",
    );
  }
  return {
    schema: "eip-guard/explain/v1",
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
    home.state === "none" ? "cluster: none that anything names" : `cluster: ${home.id}, ${home.state}`,
    `Pod: ${standing.is}`,
    `delete policy Never: ${never}`,
    `claim: ${claim}`,
    home.state === "live" ? `claims of the cluster: ${home.view.claims.state} (${home.view.claims.why})` : null,
    threshold.state === "set"
      ? `recycle threshold: ${humanDuration(threshold.duration)} (${threshold.source})`
      : `recycle threshold: ${threshold.state === "never" ? `never (${threshold.source})` : `unknown (${threshold.why})`}`,
    `proven automatic: ${automatic ? "yes" : "no"}`,
    around.length === 0 ? null : `unreadable nearby: ${around.map(({ cluster, why }) => `${cluster} (${why})`).join("; ")}`,
  ];
  return lines.filter((line) => line !== null);
}

/** What a person could do, or what could happen, that changes the verdict or the action. */
function wouldChange({ judgement, action, withheld, flagAt, releaseAt }: Planned, config: Config): readonly string[] {
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
  if (reason === "kept") lines.push(`eip-guard unkeep ${id} takes the keep back`);
  if (reason === "keep-tag") lines.push("removing the keep tag, or the date in it, ends the keep");
  if (reason === "owner-never-seen")
    lines.push(`eip-guard approve ${id} allows its release, which the rule's delays and the notice still precede`);
  if (situation.threshold.state === "unknown") lines.push(`a readable recycle threshold; now: ${situation.threshold.why}`);
  if (withheld !== null) lines.push(`what is due is withheld: ${withheld}`);
  if (action === "none" && flagAt !== null) lines.push(`flagged not before ${iso(flagAt)}`);
  if (releaseAt !== null) lines.push(`released not before ${iso(releaseAt)}, in mode enforce and with both keys only`);
  return lines;
}
