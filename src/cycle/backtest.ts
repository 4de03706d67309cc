import { createReplay, type Replay } from "../core/replay/replay.ts";
import type { Policy } from "../core/terms/policy.ts";
import type { Duration, Instant } from "../core/terms/time.ts";
import { proven } from "../trail/chain.ts";
import type { RecordReader } from "./proven.ts";

/**
 * Plays the recorded past under a policy, and under the same with other delays, all in one reading of the trail, one record at a time. It writes nothing, and asks no cloud.
 *
 * @param delays tried besides, in the place of each `releaseAfter`
 * @throws GuardError `TrailBroken`, `TrailUnreadable` where the trail's chain does not hold
 */
export async function backtest(
  store: RecordReader,
  { policy, delays, since }: { readonly policy: Policy; readonly delays: readonly Duration[]; readonly since: Instant | null },
  signal: AbortSignal,
): Promise<ReturnType<Replay["end"]>> {
  const replay = createReplay(policy, delays, since);
  // Read first: what a run adds meanwhile stands behind it in the trail, and what stands in both is told once.
  const { trailHead, record: pending } = await store.readLedger();
  let records = 0;
  for await (const record of proven(store.readTrail(), trailHead, store.describe())) {
    records += 1;
    if (records % 1_000 === 0) signal.throwIfAborted();
    replay.take(record);
  }
  return replay.end(pending?.readings ?? []);
}
