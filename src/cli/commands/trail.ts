import { notThereYet } from "../assembly.ts";
import { EXIT } from "../exit-codes.ts";
import type { CommandContext } from "../io.ts";
import { openDelivery } from "../output.ts";
import { openSession } from "../session.ts";

/** `eip-guard trail verify`: whether the chain holds. */
export async function verify(context: CommandContext): Promise<number> {
  await openSession(context, "dry");
  return notThereYet();
}

/** `eip-guard trail export`: every record, one at a time, for a trail may be longer than memory. */
export async function exportTrail(context: CommandContext): Promise<number> {
  const { io, options, clock, signal, assembly } = context;
  const { config } = await openSession(context, "dry");
  if (options.format === "csv") return notThereYet();
  const store = await assembly.storeReader(config, io.env, clock);
  const delivery = await openDelivery(context);
  let separator = "[\n";
  for await (const record of store.readTrail()) {
    signal.throwIfAborted();
    await delivery.write(`${separator}${JSON.stringify(record)}`);
    separator = ",\n";
  }
  await delivery.end(separator === "[\n" ? "[]\n" : "\n]\n");
  return EXIT.done;
}
