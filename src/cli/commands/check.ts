import { notThereYet } from "../assembly.ts";
import type { CommandContext } from "../io.ts";
import type { OwnOptions } from "../program.ts";
import { openSession } from "../session.ts";

/** `eip-guard check`: whether everything is there that a run needs. It writes nothing, but for --probe-store. */
export async function check(context: CommandContext, _own: OwnOptions): Promise<number> {
  await openSession(context, "dry");
  return notThereYet();
}
