import { createReplay, type Replay } from "../core/replay/replay.ts";
import type { Policy } from "../core/terms/policy.ts";
import type { Duration, Instant } from "../core/terms/time.ts";
import type { StoreReader } from "../ports.ts";

/**
 * Plays the recorded past under a policy, and under the same with other delays, all in one reading of the trail, one record at a time. It writes nothing, and asks no cloud.
 *
 * @param delays tried besides, in the place of each `releaseAfter`
 * @throws GuardError at a broken line of the trail
 */
export async function backtest(
  store: Pick<StoreReader, "readTrail" | "readLedger">,
  { policy, delays, since }: { readonly policy: Policy; readonly delays: readonly Duration[]; readonly since: Instant | null },
  signal: AbortSignal,
): Promise<ReturnType<Replay["end"]>> {
  const replay = createReplay(policy, delays, since);
  let records = 0;
  for await (const record of store.readTrail()) {
    records += 1;
    if (records % 1_000 === 0) signal.throwIfAborted();
    replay.take(record);
  }
  const { record } = await store.readLedger();
  return replay.end(record?.readings ?? []);
}
