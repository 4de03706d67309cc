import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The folder with Tencent's API definitions and recorded answers. It is no part of the project: `npm run test:shared` needs it, `npm test`
 * does not. EIP_GUARD_SHARED names it; left out, it is `shared` beside the project.
 */
const FOLDER = resolve(process.env.EIP_GUARD_SHARED ?? fileURLToPath(new URL("../../../shared", import.meta.url)));

/** The path of one file there. Throws where it is absent: a test of this folder never passes without it. */
export function sharedFile(name: string): string {
  const path = resolve(FOLDER, name);
  if (!existsSync(path)) throw new Error(`there is no ${path}; set EIP_GUARD_SHARED to the folder that has ${name}`);
  return path;
}
