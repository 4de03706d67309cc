import { GuardError } from "../../errors.ts";
import type { CommandContext } from "../io.ts";
import type { OwnOptions } from "../program.ts";

/** `eip-guard demo`: the whole program against a simulated cloud. */
export async function demo(_context: CommandContext, _own: OwnOptions): Promise<number> {
  throw new GuardError("NotThereYet", "guard", "the demo is not wired yet");
}
