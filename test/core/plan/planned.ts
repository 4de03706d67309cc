import { assess, type Bounds } from "../../../src/core/assess.ts";
import type { Planned } from "../../../src/core/plan/plan.ts";
import type { Address, ClusterFacts, Facts } from "../../../src/core/terms/facts.ts";
import { known } from "../../../src/core/terms/known.ts";
import type { AddressMemory, Flag, Ledger, PodMemory } from "../../../src/core/terms/ledger.ts";
import type { Policy, PolicyRule, ReleasePolicy } from "../../../src/core/terms/policy.ts";
import { DAY, type Duration, HOUR, milliseconds, ZERO } from "../../../src/core/terms/time.ts";
import { address, ago, cluster, facts, ipamd, ledger, memory, POLICY, podMemory } from "../build.ts";

/** One EIP planned in a small world, and what a release takes. */

export interface World {
  readonly address?: Partial<Address>;
  readonly others?: readonly Address[];
  readonly clusters?: readonly ClusterFacts[];
  readonly memory?: AddressMemory | null;
  readonly ledger?: Partial<Ledger>;
  readonly facts?: Partial<Facts>;
  readonly policy?: Partial<Omit<Policy, "release">>;
  readonly release?: Partial<ReleasePolicy>;
  readonly bounds?: Bounds;
}

export const NEVER_RECYCLED = { ipamd: known(ipamd({ claimExpiredDuration: "0s" })) };
export const WEEK_AND_GRACE = milliseconds(7 * DAY + HOUR);

export function days(count: number): Duration {
  return milliseconds(count * DAY);
}

export function flag(fields: Partial<Flag> = {}): Flag {
  return {
    at: ago(3 * DAY),
    rule: "leaked",
    reason: "workload-gone-never-recycled",
    tagged: false,
    noticedAt: ago(3 * DAY),
    noticedReleaseAt: null,
    ...fields,
  };
}

/** The workload of its Pod is gone, the threshold is never: leaked. */
export function leaked(idle: Duration, fields: Partial<AddressMemory> = {}): AddressMemory {
  return memory(idle, { pod: podMemory(), ...fields });
}

const { deletePolicy: _, claimExpired: __, ...guessed } = podMemory({ uid: null, owner: null, ownerSeen: false });
/** A Pod that only a claim or a list named. */
export const neverSeen: PodMemory = guessed;

/** Everything that a release takes. */
export const DUE = leaked(days(30), { flag: flag() });

export function planned(world: World): Planned {
  const eip = address(world.address);
  const remembered = world.memory === undefined ? DUE : world.memory;
  const { planned: all } = assess(
    facts([eip, ...(world.others ?? [])], world.clusters ?? [cluster({}, NEVER_RECYCLED)], world.facts),
    ledger(remembered === null ? {} : { [eip.id]: remembered }, world.ledger),
    { ...POLICY, ...world.policy, release: { ...POLICY.release, ...world.release } },
    world.bounds,
  );
  const found = all.find(({ judgement }) => judgement.situation.linked.address.id === eip.id);
  if (found === undefined) throw new Error("the EIP was lost");
  return found;
}

export function rule(fields: Partial<PolicyRule> = {}): PolicyRule {
  return { name: "a rule", match: {}, flagAfter: ZERO, releaseAfter: ZERO, ...fields };
}
