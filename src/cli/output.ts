import { open, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { GuardError, whyOf } from "../errors.ts";
import type { CliIo, CommandContext } from "./io.ts";

/** Delivers a command's data: to the file of `--out`, else to stdout. Throws GuardError `CannotWrite`. */
export async function deliver({ io, options, tell }: CommandContext, data: string): Promise<void> {
  const text = data.endsWith("\n") ? data : `${data}\n`;
  if (options.out === undefined) {
    io.stdout.write(text);
    return;
  }
  const { out } = options;
  await orCannotWrite(out, () => writeFile(resolve(io.cwd, out), text, "utf8"));
  tell(`written to ${out}`);
}

/** Data that is written piece by piece. */
export interface Delivery {
  readonly write: (text: string) => Promise<void>;
  readonly end: (text: string) => Promise<void>;
}

/** The same as {@link deliver}, for data that does not fit into memory. Throws GuardError `CannotWrite`. */
export async function openDelivery({ io, options, tell }: CommandContext): Promise<Delivery> {
  const { out } = options;
  if (out === undefined) {
    const write = async (text: string) => {
      // A pipe that is read slowly says so, and then waits for its reader; what is no stream takes everything at once.
      if (io.stdout.write(text) === false && io.stdout.drained !== undefined) await io.stdout.drained();
    };
    return { write, end: write };
  }
  const file = await orCannotWrite(out, () => open(resolve(io.cwd, out), "w"));
  const write = async (text: string) => {
    await orCannotWrite(out, () => file.write(text));
  };
  return {
    write,
    end: async (text) => {
      await write(text);
      await orCannotWrite(out, () => file.close());
      tell(`written to ${out}`);
    },
  };
}

async function orCannotWrite<T>(out: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    throw new GuardError("CannotWrite", "cloud", `can't write ${out}: ${whyOf(error)}`, "name another file with --out", {
      cause: error,
    });
  }
}

/** Whether data on stdout may be coloured: on a terminal, not into a file, and not under NO_COLOR (no-color.org). */
export function usesColour({ stdout, env }: Pick<CliIo, "stdout" | "env">, out: string | undefined): boolean {
  return out === undefined && stdout.isTTY === true && (env.NO_COLOR === undefined || env.NO_COLOR === "");
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const CONTROL = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g;

/** A message as a terminal may show it: what others wrote can't move its cursor. */
export function harmless(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(CONTROL, "�");
}

/** An error for people: its message, the mend below it and, where asked for, where it came from. */
export function errorText(error: unknown, verbose: boolean): string {
  const lines = [`error: ${whyOf(error)}`];
  if (error instanceof GuardError && error.mend !== "") lines.push(`mend: ${error.mend}`);
  if (!(error instanceof GuardError)) lines.push("this is a bug of eip-guard; please report it, with the output of --verbose");
  if (verbose && error instanceof Error && error.stack !== undefined) lines.push(error.stack);
  return harmless(`${lines.join("\n")}\n`);
}
