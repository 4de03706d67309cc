import { basename, resolve } from "node:path";
import { SCHEMA_FILE, writeTemplate } from "../../config/init.ts";
import { CONFIGURATION_FILE } from "../../config/load.ts";
import { EXIT } from "../exit-codes.ts";
import type { CommandContext } from "../io.ts";

/** `eip-guard init`: writes the commented configuration, never over something that is there. */
export async function init({ io, options, tell }: CommandContext): Promise<number> {
  const path = resolve(io.cwd, options.config ?? CONFIGURATION_FILE);
  await writeTemplate(path);
  tell(`wrote ${path}`);
  tell(`next: set the regions in ${basename(path)}, put credentials into the environment, and run \`eip-guard check\``);
  tell(`for an editor: \`eip-guard schema > ${SCHEMA_FILE}\`, beside it`);
  return EXIT.done;
}
