import type { TrailHead } from "../core/terms/ledger.ts";
import type { Clock, StoreReader, StoreWriter } from "../ports.ts";
import type { ProxyFor } from "../proxy/environment.ts";
import { type CosCredentials, type CosShelf, type CosState, cosShelf } from "./cos-shelf.ts";
import { type Generations, generationsOf } from "./generations.ts";
import { heldLease, takeLease } from "./leases.ts";
import { useOnceOf } from "./once.ts";
import { appendTrailObjects, readTrailObjects } from "./trail-objects.ts";
import { sealTrail } from "./trail-seals.ts";

/**
 * A COS bucket as the store: `ledger/<generation>.json`, `trail/<first sequence>.jsonl`, `lease/<number>.json`, each created once and
 * never changed, and `STOP`.
 */

const STOP = "STOP";

/** Reads only. */
export async function openCosStore(state: CosState, credentials: CosCredentials, proxyFor?: ProxyFor): Promise<StoreReader> {
  const shelf = await cosShelf(state, credentials, { proxyFor });
  return readerOf(shelf, generationsOf(shelf), state);
}

/** Nothing is written yet; the first write tries out whether the bucket refuses to overwrite. */
export async function openCosStoreForWriting(
  state: CosState,
  credentials: CosCredentials,
  clock: Clock,
  proxyFor?: ProxyFor,
): Promise<StoreWriter> {
  const shelf = await cosShelf(state, credentials, { proxyFor });
  const generations = generationsOf(shelf);
  const reader = readerOf(shelf, generations, state);
  /** The head as this process left it: what comes behind it must go on from there. */
  let known: TrailHead | null = null;
  return {
    ...reader,
    newestHead: generations.newestHead,
    readEip: generations.newestOf,
    writeLedger: generations.write,
    async append(events) {
      const passed = known !== null;
      const from = known ?? (await generations.newestHead()).trailHead;
      known = await appendTrailObjects(shelf, events, from, passed, reader.describe());
      return known;
    },
    acquireLease: (holder, duration) =>
      takeLease(shelf, { kind: "lease", holder, duration, now: clock.now, process: null, isDead: () => false }),
    heldLease: () => heldLease(shelf, "lease", clock.now()),
    useOnce: useOnceOf(shelf),
    tidy: () => sealTrail(shelf),
  };
}

/**
 * Tries out whether the bucket refuses to overwrite, with one object that stays.
 *
 * @throws GuardError `OverwriteNotRefused`, or what keeps from trying
 */
export async function probeCos(state: CosState, credentials: CosCredentials, proxyFor?: ProxyFor): Promise<string> {
  const shelf = await cosShelf(state, credentials, { proxyFor });
  await shelf.refuseOverwriting();
  return `the bucket ${state.bucket} can be written, and creates an object once only`;
}

function readerOf(shelf: CosShelf, generations: Generations, { bucket, prefix }: CosState): StoreReader {
  return {
    readLedger: generations.newest,
    readTrail: (after) => readTrailObjects(shelf, after),
    stopRequested: () => shelf.isThere(STOP),
    describe: () => `cos ${bucket}/${prefix}`,
  };
}
