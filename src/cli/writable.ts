import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { GuardError } from "../errors.ts";
import type { CliIo } from "./io.ts";

/**
 * Refuses a file that can't be written before anything is done: afterwards a run has acted, and its report has no place. It makes no file and
 * empties none.
 *
 * @param option the option that names the file, such as `--out`
 * @throws GuardError (user) `CannotWrite`
 */
export async function checkWritable({ cwd }: Pick<CliIo, "cwd">, option: string, file: string): Promise<void> {
  const refuse = (why: string, fix: string) => new GuardError("CannotWrite", "user", `can't write ${file}: ${why}`, fix);
  const another = `name another file with ${option}`;
  if (file === "") throw new GuardError("CannotWrite", "user", `${option} "" names no file`, another);
  const path = resolve(cwd, file);
  const found = await lookAt(path);
  if (found?.isDirectory() === true || file.endsWith("/")) throw refuse("it is a folder", `name a file in it with ${option}`);
  if (found !== null) {
    if (!(await mayWrite(path))) throw refuse("permission denied", another);
    return;
  }
  const folder = dirname(path);
  const around = await lookAt(folder);
  if (around === null) throw refuse(`there is no folder ${folder}`, `make the folder first, or ${another}`);
  if (!around.isDirectory()) throw refuse(`${folder} is no folder`, another);
  if (!(await mayWrite(folder))) throw refuse(`permission denied in ${folder}`, another);
}

async function lookAt(path: string) {
  try {
    return await stat(path);
  } catch {
    // What can't be looked at is told by the writing, if it can't be written either.
    return null;
  }
}

async function mayWrite(path: string): Promise<boolean> {
  try {
    await access(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
