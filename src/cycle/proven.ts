import type { TrailRecord } from "../core/terms/trail.ts";
import type { StoreReader } from "../ports.ts";
import { proven } from "../trail/chain.ts";

/** What is needed to read the record from its beginning, and to prove it. */
export type RecordReader = Pick<StoreReader, "readTrail" | "readLedger" | "describe">;

/**
 * The whole record, oldest first, each record proven to follow the one before it: nobody plays, tells or acts on a record that was changed.
 *
 * @throws GuardError `TrailBroken`, `TrailUnreadable` naming where the chain does not hold
 */
export async function* provenRecords(store: RecordReader): AsyncGenerator<TrailRecord, void, undefined> {
  const { trailHead } = await store.readLedger();
  yield* proven(store.readTrail(), trailHead, store.describe());
}
