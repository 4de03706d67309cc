import { open, writeFile } from "node:fs/promises";
import { extname, resolve } from "node:path";
import { GuardError, whyOf } from "../errors.ts";
import { withInstants } from "../report/escape.ts";
import type { CliIo, CommandContext, Format } from "./io.ts";

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

/** So many letters are written at once: small enough to die young. */
const AT_ONCE = 16 * 1024;

/** Delivers data that is made piece by piece. Throws GuardError `CannotWrite`. */
export async function deliverPieces(context: CommandContext, pieces: Iterable<string>): Promise<void> {
  const delivery = await openDelivery(context);
  let text = "";
  for (const piece of pieces) {
    text += piece;
    if (text.length < AT_ONCE) continue;
    await delivery.write(text);
    text = "";
  }
  await delivery.end(text);
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

/** Whether data on stdout may be coloured: on a terminal that can, not into a file, and not under NO_COLOR (no-color.org). */
export function usesColour({ stdout, env }: Pick<CliIo, "stdout" | "env">, out: string | undefined): boolean {
  if (out !== undefined || stdout.isTTY !== true || env.TERM === "dumb") return false;
  return env.NO_COLOR === undefined || env.NO_COLOR === "";
}

const ENDINGS: Readonly<Record<string, Format>> = {
  html: "html",
  htm: "html",
  json: "json",
  jsonl: "jsonl",
  ndjson: "jsonl",
  csv: "csv",
  md: "markdown",
  markdown: "markdown",
  txt: "table",
};

/** The format that a file's name asks for; undefined where its ending says nothing. */
export function formatOfFile(name: string): Format | undefined {
  const ending = extname(name).slice(1).toLowerCase();
  return Object.hasOwn(ENDINGS, ending) ? ENDINGS[ending] : undefined;
}

/**
 * The format of a command's data: what `--format` says, else what the ending of `--out` asks for.
 *
 * @param asked what the user wrote as --format; undefined where it is the default
 * @throws GuardError where the two contradict each other, or the command has no such format
 */
export function chooseFormat(formats: readonly Format[], asked: Format | undefined, out: string | undefined): Format | undefined {
  const wanted = out === undefined ? undefined : formatOfFile(out);
  if (wanted === undefined) return asked ?? formats[0];
  const isJson = (format: Format | undefined) => format === "json" || format === "jsonl";
  if (asked !== undefined && (asked === wanted || (isJson(asked) && isJson(wanted)))) return asked;
  if (asked !== undefined)
    throw new GuardError(
      "FormatContradiction",
      "user",
      `--out ${out} asks for ${wanted}, and --format for ${asked}`,
      "leave one of them out, or give the file another ending",
    );
  if (formats.includes(wanted)) return wanted;
  throw new GuardError(
    "NoSuchFormat",
    "user",
    `--out ${out} asks for ${wanted}, which this command does not write`,
    `give the file another ending; the formats are ${formats.join(", ")}`,
  );
}

/** Everything that acts on a terminal or turns the order of a text, but for the ends of lines and tabs. */
const ACTING = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** A message as a terminal may show it: what others wrote can't move its cursor, nor turn its letters round. */
export function harmless(text: string): string {
  return withInstants(text.replaceAll("\r\n", "\n").replace(ACTING, "�"));
}

/** An error for people: its message, the fix below it and, where asked for, where it came from. */
export function errorText(error: unknown, verbose: boolean): string {
  const lines = [`error: ${whyOf(error)}`];
  if (error instanceof GuardError && error.fix !== "") lines.push(`Fix: ${error.fix}`);
  if (!(error instanceof GuardError)) lines.push("this is a bug of eip-guard; please report it, with the output of --verbose");
  if (verbose && error instanceof Error && error.stack !== undefined) lines.push(error.stack);
  return harmless(`${lines.join("\n")}\n`);
}
