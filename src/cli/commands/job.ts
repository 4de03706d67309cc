import { loadConfig } from "../../config/load.ts";
import { GuardError } from "../../errors.ts";
import { EXIT } from "../exit-codes.ts";
import type { CommandContext } from "../io.ts";

/** Where SCF hands an event to a job image. */
const EVENT = "SCF_CUSTOM_CONTAINER_EVENT";

/** `eip-guard job`: what the function does with one event, where the image is a job image of SCF. */
export async function job({ io, options }: CommandContext): Promise<number> {
  const event = eventIn(io.env[EVENT]);
  const { config, path } = await loadConfig({ path: options.config, env: io.env, cwd: io.cwd });
  const { answer } = await import("../../scf.ts");
  const env = { ...io.env, EIP_GUARD_CONFIG: path };
  const context = { time_limit_in_ms: config.deploy.timeout * 1_000 };
  const told = await answer({ event, context, env, folder: io.cwd });
  io.stdout.write(`${JSON.stringify(told)}\n`);
  return EXIT.done;
}

/** @throws GuardError of fault `user` `NoEvent` */
function eventIn(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    const why = text === undefined ? `${EVENT} is not set` : `${EVENT} holds no JSON`;
    throw new GuardError("NoEvent", "user", why, "run this in a job image of SCF; elsewhere `eip-guard run` is the command");
  }
}
