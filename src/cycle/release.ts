import type { Config } from "../config/sections.ts";
import type { Assessment } from "../core/assess.ts";
import { presentEip } from "../core/present.ts";
import type { Address, Facts } from "../core/terms/facts.ts";
import type { ToldEip } from "../core/terms/ledger.ts";
import type { EipResult } from "../core/terms/result.ts";
import type { FactsOf } from "../core/terms/trail.ts";
import type { EnforcePorts } from "../ports.ts";
import { announceCap, announceOnce, standsNoMore, toldEip } from "./alert.ts";
import { collect } from "./collect.ts";
import { releaseOne } from "./release-one.ts";
import {
  hear,
  isFresh,
  judgeAgain,
  noLongerDue,
  type ReleaseOptions,
  type Releasing,
  stopSignal,
  withholdOne,
} from "./releasing.ts";
import type { RunState } from "./state.ts";
import { RACE_LOST, withhold } from "./withhold.ts";

/**
 * The one function through which every release passes. For each EIP that is due: stop signals, the lease, what people wrote
 * meanwhile, a reading that is fresh, the same judge and the same plan; then the intent, the release, its verification, the receipt.
 */
export async function releaseDue(
  ports: EnforcePorts,
  config: Config,
  assessment: Assessment,
  state: RunState,
  options: ReleaseOptions,
): Promise<RunState> {
  const releasing: Releasing = { ports, config, options };
  let next = await alertAboutCap(releasing, assessment, state);
  let facts: Facts | null = null;
  const released: ToldEip[] = [];
  const due = dueOf(assessment);
  for (const [at, address] of due.entries()) {
    const stop = await stopSignal(releasing);
    if (stop !== null) {
      next = await withholdOne(releasing, next, address, stop);
      continue;
    }
    if (facts === null || !isFresh(facts, address, ports.clock.now())) {
      facts = await collect(ports, config, next.ledger, undefined, { account: address.account, region: address.region });
      // Reading takes its time: what people say meanwhile counts, and what was read too long ago does not.
      const late = isFresh(facts, address, ports.clock.now()) ? await stopSignal(releasing) : "reading it afresh took too long";
      if (late !== null) {
        next = await withholdOne(releasing, next, address, late);
        continue;
      }
      next = { ...next, fresh: [...next.fresh, facts] };
    }
    const heard = await hear(releasing, next);
    if (heard === null) {
      next = await withholdAll(releasing, next, due.slice(at), RACE_LOST);
      break;
    }
    next = heard;
    const again = judgeAgain(releasing, facts, next.ledger, address.id);
    if (again === null || again.planned.action !== "release") {
      next = await noLongerDue(releasing, next, address, again);
      continue;
    }
    const done = await releaseOne(releasing, next, facts, again);
    next = done.state;
    if (done.receipt !== null) {
      released.push(toldRelease(config, presentEip(again.planned, again.world, config.policy), done.receipt));
    }
    if (done.stop) {
      next = await withholdAll(releasing, next, due.slice(at + 1), `nothing more is released in this run: see ${address.id}`);
      break;
    }
  }
  return announceOnce(ports, next, { kind: "released", at: ports.clock.now(), eips: released });
}

/** The EIPs whose release is due, in the plan's order. */
export function dueOf({ planned }: Assessment): readonly Address[] {
  return planned.filter(({ action }) => action === "release").map(({ judgement }) => judgement.situation.linked.address);
}

/** What people are told of a release: the facts of its receipt, and the call that may get the address back. */
function toldRelease(config: Config, eip: EipResult, facts: FactsOf["receipt"]): ToldEip {
  const { via, claim, chargeType, bandwidthMbps, isp, perHour, currency, recovery } = facts;
  const kind = [chargeType, bandwidthMbps === null ? null : `${bandwidthMbps} Mbps`, isp].filter((part) => part !== null);
  const specification = kind.join(", ");
  const lines = [via === "claim" ? `released by deleting its claim ${claim}` : "released by ReleaseAddresses"];
  if (specification !== "") lines.push(`it was ${specification}`);
  if (typeof perHour === "number" && perHour > 0) lines.push(`it cost ${(perHour * 730).toFixed(2)} ${currency} a month`);
  return toldEip(config, eip, eip.detail, {
    facts: lines,
    recovery: recovery === "" ? null : recovery,
    release: {
      claim: via === "claim" && typeof claim === "string" ? claim : null,
      specification,
      perHour: typeof perHour === "number" ? perHour : null,
      currency: typeof currency === "string" ? currency : null,
    },
  });
}

/** What stands in the ledger of an EIP that a cap holds back. */
const CAPPED = "cap";

/**
 * Above a cap nothing is released, and people are told: when the EIPs or the cap change, otherwise once a day. The trail gets one record
 * for each EIP that the cap begins to hold back.
 */
async function alertAboutCap(releasing: Releasing, { planned, world }: Assessment, state: RunState): Promise<RunState> {
  const capped = planned.filter(({ withheld }) => withheld?.by === "cap");
  const why = capped[0]?.withheld?.why ?? null;
  if (why === null) return standsNoMore(state, CAPPED);
  const { ports, config } = releasing;
  const addresses = capped.map(({ judgement }) => judgement.situation.linked.address);
  const next = await withhold(ports, releasing.options.runId, state, addresses, { why, key: CAPPED, cap: true });
  const eips = capped.map((item) => presentEip(item, world, config.policy));
  const { maxPerRun, maxPercent } = config.policy.release;
  return announceCap(ports, next, CAPPED, {
    kind: "cap",
    at: ports.clock.now(),
    caps: { maxPerRun, maxPercent },
    eips,
  });
}

function withholdAll({ ports, options }: Releasing, state: RunState, addresses: readonly Address[], why: string) {
  return withhold(ports, options.runId, state, addresses, { why });
}
