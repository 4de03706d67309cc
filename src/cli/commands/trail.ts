import { iso } from "../../core/time.ts";
import type { StoreReader } from "../../ports.ts";
import { csvRecord } from "../../report/csv.ts";
import { type Verification, verifyTrail } from "../../store/trail-chain.ts";
import { EXIT, exitCode } from "../exit-codes.ts";
import { untilAborted } from "../interruption.ts";
import type { CommandContext } from "../io.ts";
import { type Delivery, deliver, harmless, openDelivery } from "../output.ts";
import { openSession } from "../session.ts";

/** `eip-guard trail verify`: whether the chain holds, up to the record that the ledger remembers. */
export async function verify(context: CommandContext): Promise<number> {
  const { io, options, clock, signal, assembly } = context;
  const { config } = await openSession(context, "dry");
  const store = await assembly.storeReader(config, io.env, clock);
  const { trailHead } = await store.readLedger();
  const verification = await untilAborted(verifyTrail(store.readTrail(), trailHead), signal);
  await deliver(
    context,
    options.format === "json" ? JSON.stringify(verification, null, 2) : sentence(verification, store.describe()),
  );
  return exitCode({ failed: !verification.holds });
}

function sentence(verification: Verification, where: string): string {
  const { records } = verification;
  const count = `${records} ${records === 1 ? "record" : "records"}`;
  if (!verification.holds) {
    const before = records === 0 ? "" : ` (the first ${count} ${records === 1 ? "holds" : "hold"})`;
    return harmless(`the trail in ${where} is broken at ${verification.at}: ${verification.why}${before}`);
  }
  const { head, unfinished } = verification;
  const state = head === null ? `the trail in ${where} is empty` : `the trail in ${where} holds: ${count}, head ${head.hash}`;
  if (unfinished === null) return state;
  return `${state}\nbehind it are ${unfinished.bytes} bytes of an unfinished record, as a crash leaves them: the next append cuts them off, and says so in the trail`;
}

/** `eip-guard trail export`: every record, one at a time, for a trail may be longer than memory. */
export async function exportTrail(context: CommandContext): Promise<number> {
  const { io, options, clock, signal, assembly } = context;
  const { config } = await openSession(context, "dry");
  const store = await assembly.storeReader(config, io.env, clock);
  const delivery = await openDelivery(context);
  if (options.format === "csv") return exportCsv(store, delivery, signal);
  let separator = "[\n";
  for await (const record of store.readTrail()) {
    signal.throwIfAborted();
    await delivery.write(`${separator}${JSON.stringify(record)}`);
    separator = ",\n";
  }
  await delivery.end(separator === "[\n" ? "[]\n" : "\n]\n");
  return EXIT.done;
}

async function exportCsv(store: StoreReader, delivery: Delivery, signal: AbortSignal): Promise<number> {
  await delivery.write(csvRecord(["sequence", "at", "kind", "run", "eip", "facts", "previous", "hash"]));
  for await (const { sequence, at, kind, run, eip, facts, previous, hash } of store.readTrail()) {
    signal.throwIfAborted();
    await delivery.write(csvRecord([sequence, iso(at), kind, run, eip, JSON.stringify(facts), previous, hash]));
  }
  await delivery.end("");
  return EXIT.done;
}
