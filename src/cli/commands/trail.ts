import { type Instant, iso } from "../../core/terms/time.ts";
import type { TrailRecord } from "../../core/terms/trail.ts";
import type { StoreReader } from "../../ports.ts";
import { csvRecord } from "../../report/csv.ts";
import { harmlessJson } from "../../report/escape.ts";
import { json } from "../../report/json.ts";
import { type Verification, verifyTrail } from "../../trail/chain.ts";
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
  await deliver(context, options.format === "json" ? json(verification) : sentence(verification, store.describe()));
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
  const [before, between, after] = options.format === "json" ? ["[\n", ",\n", "\n]\n"] : ["", "\n", "\n"];
  let records = 0;
  for await (const record of store.readTrail()) {
    signal.throwIfAborted();
    await delivery.write(`${records === 0 ? before : between}${harmlessJson(JSON.stringify(exported(record)))}`);
    records += 1;
  }
  const empty = options.format === "json" ? "[]\n" : "";
  await delivery.end(records > 0 ? after : empty);
  return EXIT.done;
}

/** Facts that the trail holds as JSON in a text, since its records are flat. */
const NESTED = ["tags"];

/** A record for other programs: ISO instants, and nested facts as what they are. Its hash is of the record as stored. */
function exported({ at, facts, ...record }: TrailRecord) {
  const { sequence, kind, run, eip, previous, hash } = record;
  const told = Object.entries(facts).map(([key, value]) => [key, NESTED.includes(key) ? nested(value) : value] as const);
  return { sequence, at: shortIso(at), kind, run, eip, facts: Object.fromEntries(told), previous, hash };
}

function nested(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    // What is no JSON is a text, and stays one.
    return value;
  }
}

/** `2026-01-14T02:00:00Z`; milliseconds only where there are some. */
function shortIso(at: Instant): string {
  return iso(at).replace(".000Z", "Z");
}

async function exportCsv(store: StoreReader, delivery: Delivery, signal: AbortSignal): Promise<number> {
  await delivery.write(csvRecord(["sequence", "at", "kind", "run", "eip", "facts", "previous", "hash"]));
  for await (const { sequence, at, kind, run, eip, facts, previous, hash } of store.readTrail()) {
    signal.throwIfAborted();
    await delivery.write(csvRecord([sequence, shortIso(at), kind, run, eip, JSON.stringify(facts), previous, hash]));
  }
  await delivery.end("");
  return EXIT.done;
}
