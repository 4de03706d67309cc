import { historyOf } from "../../cycle/history.ts";
import { EXIT } from "../exit-codes.ts";
import { untilAborted } from "../interruption.ts";
import type { CommandContext } from "../io.ts";
import { deliverHistory } from "../rendering.ts";
import { openSession } from "../session.ts";

/** `eip-guard history EIP`: its life from the trail. */
export async function history(context: CommandContext, eip: string): Promise<number> {
  const { io, clock, signal, assembly } = context;
  const { config } = await openSession(context, "dry");
  const store = await assembly.storeReader(config, io.env, clock);
  await deliverHistory(context, await untilAborted(historyOf(store, eip), signal));
  return EXIT.done;
}
