import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { link, mkdir, open, readdir, readFile, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { GuardError, whyOf } from "../errors.ts";
import { type Kind, padded, type Shelf } from "./shelf.ts";

/** Numbered files `<kind>-<ten digits>.json` of a folder. Only its owner can read them. */
export function folderShelf(dir: string): Shelf {
  const pathOf = (kind: Kind, number: number) => join(dir, `${kind}-${padded(number)}.json`);
  return {
    numbers: (kind, from = 0) => numbersIn(dir, kind, from),
    read: (kind, number) => readText(pathOf(kind, number)),
    create: (kind, number, text) => writing(dir, () => createFile(dir, pathOf(kind, number), text)),
    remove: (kind, number) => writing(dir, () => removeFile(pathOf(kind, number))),
    rememberOnce: (name, since) => writing(dir, () => createFile(dir, join(dir, `${ONCE}${padded(since)}-${name}.json`), "{}\n")),
    async forgetOnce(until) {
      const names = (await reading(dir, () => readdir(dir))) ?? [];
      const old = names.filter((name) => name.startsWith(ONCE) && name < `${ONCE}${padded(until)}`);
      await Promise.all(old.map((name) => removeFile(join(dir, name))));
    },
    nameOf: pathOf,
  };
}

const ONCE = "once-";

/** Makes the folder, and clears away what killed writers left behind. */
export async function prepareFolder(dir: string): Promise<void> {
  await writing(dir, async () => {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    for (const name of await readdir(dir)) {
      if (!name.startsWith(PART)) continue;
      const path = join(dir, name);
      if (await isOlderThanAnHour(path)) await removeFile(path);
    }
  });
}

/** Whether a file or folder of that path is there. */
export async function isThere(path: string): Promise<boolean> {
  const found = await reading(path, () => stat(path));
  return found !== null;
}

/** Runs what reads. Null where there is no such file; every other failure throws GuardError `StoreUnreadable`. */
export async function reading<T>(path: string, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    if (error instanceof GuardError) throw error;
    throw new GuardError(
      "StoreUnreadable",
      "user",
      `${path} can't be read: ${whyOf(error)}`,
      "check state.dir and its permissions",
    );
  }
}

/** Runs what writes; failures of the disk throw GuardError `DiskFull` or `StoreUnwritable`, naming the folder. */
export async function writing<T>(dir: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof GuardError) throw error;
    if (["ENOSPC", "EDQUOT", "EFBIG"].includes(codeOf(error))) {
      throw new GuardError("DiskFull", "user", `the disk of ${dir} is full`, "make room; nothing that was stored before is lost");
    }
    const fix = "state.dir must be a folder that eip-guard may write, on a file system with hard links";
    throw new GuardError("StoreUnwritable", "user", `the folder ${dir} can't be written: ${whyOf(error)}`, fix);
  }
}

/** Makes what was done to the folder's entries outlast a power failure. */
export async function syncFolder(dir: string): Promise<void> {
  const folder = await open(dir, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function numbersIn(dir: string, kind: Kind, from: number): Promise<readonly number[]> {
  const names = (await reading(dir, () => readdir(dir))) ?? [];
  const pattern = new RegExp(`^${kind}-(\\d{10})\\.json$`);
  return names
    .flatMap((name) => {
      const digits = pattern.exec(name)?.[1];
      return digits === undefined ? [] : [Number(digits)];
    })
    .filter((number) => number >= from)
    .sort((one, other) => one - other);
}

async function readText(path: string): Promise<string | null> {
  return reading(path, () => readFile(path, "utf8"));
}

const PART = ".part-";

/** Written aside and made durable first: under its own name a file is whole, whenever the power fails. link(2) never overwrites. */
async function createFile(dir: string, path: string, text: string | readonly Buffer[]): Promise<boolean> {
  const part = join(dir, `${PART}${randomBytes(6).toString("hex")}`);
  try {
    const file = await open(part, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600);
    try {
      for (const part of typeof text === "string" ? [text] : text) await file.writeFile(part);
      await file.sync();
    } finally {
      await file.close();
    }
    await link(part, path);
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  } finally {
    await removeFile(part);
  }
  await syncFolder(dir);
  return true;
}

async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
}

async function isOlderThanAnHour(path: string): Promise<boolean> {
  const found = await reading(path, () => stat(path));
  return found !== null && Date.now() - found.mtimeMs > 3_600_000;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
