import { createReplay, type Played } from "../core/replay/replay.ts";
import type { Policy } from "../core/terms/policy.ts";
import type { Duration, Instant } from "../core/terms/time.ts";
import type { StoreReader } from "../ports.ts";

/**
 * Plays the recorded past under policies, all in one reading of the trail, one record at a time. It writes nothing, and asks no cloud.
 *
 * @param policies with the same maxGap
 * @returns what each policy would have done, in their order
 * @throws GuardError at a broken line of the trail
 */
export async function backtest(
  store: Pick<StoreReader, "readTrail" | "readLedger">,
  policies: readonly Policy[],
  since: Instant | null,
  signal: AbortSignal,
): Promise<readonly Played[]> {
  const replay = createReplay(policies, since);
  let records = 0;
  for await (const record of store.readTrail()) {
    records += 1;
    if (records % 1_000 === 0) signal.throwIfAborted();
    replay.take(record);
  }
  const { record } = await store.readLedger();
  return replay.end(record?.readings ?? []);
}

/** The policy with another delay before a release; a rule that releases never still does not. */
export function withReleaseAfter(policy: Policy, releaseAfter: Duration): Policy {
  return {
    ...policy,
    rules: policy.rules.map((rule) => (rule.releaseAfter === null ? rule : { ...rule, releaseAfter })),
  };
}
