import { notThereYet } from "../assembly.ts";
import type { CommandContext } from "../io.ts";
import { openSession } from "../session.ts";

/** `eip-guard history EIP`: its life from the trail. */
export async function history(context: CommandContext, _eip: string): Promise<number> {
  await openSession(context, "dry");
  return notThereYet();
}
