import { type Command, InvalidArgumentError, Option } from "commander";
import { nearest } from "../config/nearest.ts";
import { VERDICTS, type Verdict } from "../core/terms/verdict.ts";
import { LANGUAGES } from "../language/language.ts";
import type { CommonOptions, Format } from "./io.ts";
import { chooseFormat } from "./output.ts";

/** Which of the common options a command knows; it refuses the others, for an option without effect is a mistake. */
export interface Known {
  readonly config?: boolean;
  readonly formats?: readonly Format[];
  readonly out?: string;
  readonly mode?: boolean;
  readonly failOn?: boolean;
  /** --out is the plan's file, which is JSON whatever is printed. */
  readonly planFile?: boolean;
  /** Lists EIPs, all of them or some. */
  readonly lists?: boolean;
  /** Speaks to people in the language that they ask for. */
  readonly language?: boolean;
}

export function addCommon(command: Command, { config, formats, out, mode, failOn, lists, language }: Known): void {
  if (config !== false)
    command.option("-c, --config <file>", "the configuration (default: eip-guard.yaml, else EIP_GUARD_CONFIG)");
  if (formats !== undefined)
    command.addOption(new Option("-f, --format <format>", "how the data is written").choices(formats).default(formats[0]));
  if (out !== undefined) command.option("-o, --out <file>", out);
  if (mode === true)
    command.addOption(
      new Option("-m, --mode <mode>", "a lower mode than the configured one").choices(["audit", "flag", "enforce"]),
    );
  if (failOn === true)
    command.addOption(
      new Option("--fail-on <verdict[,…]>", "exit 4 when an EIP has one of these verdicts").argParser(verdictList),
    );
  if (lists === true) addListing(command);
  if (language === true)
    command.addOption(
      new Option("--language <language>", "of table, markdown and html (default: by LC_ALL and LANG)").choices(LANGUAGES),
    );
  command.option("-v, --verbose", "say more, and where errors come from");
  command.option("-q, --quiet", "no progress and no messages, only data and errors");
}

/** What is listed; JSON is complete whatever is asked for here. */
function addListing(command: Command): void {
  command.option("--all", "list what is in use, too");
  command.addOption(
    new Option("--top <n>", "list so many EIPs of each group (default: 20 on a terminal, else all)").argParser(wholeNumber),
  );
  command.addOption(new Option("--verdict <verdict[,…]>", "list only EIPs of these verdicts").argParser(verdictList));
  for (const what of ["cluster", "namespace", "region"])
    command.addOption(
      new Option(`--${what} <name[,…]>`, `list only EIPs of these ${what}s; * stands for any letters`).argParser(names),
    );
}

function names(text: string): readonly string[] {
  return text.split(",").map((name) => name.trim());
}

export function verdictList(text: string): readonly Verdict[] {
  return text.split(",").map((name) => {
    const verdict = VERDICTS.find((known) => known === name.trim());
    if (verdict !== undefined) return verdict;
    const near = nearest(name.trim(), VERDICTS);
    throw new InvalidArgumentError(near === undefined ? `Known verdicts: ${VERDICTS.join(", ")}.` : `Did you mean ${near}?`);
  });
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

/** The format, by --format or by the ending of --out. */
export function formatOf(
  command: Command,
  { format, out }: CommonOptions,
  formats: readonly Format[],
): { readonly format?: Format } {
  const asked = command.getOptionValueSource("format") === "default" ? undefined : format;
  const chosen = chooseFormat(formats, asked, out);
  return chosen === undefined ? {} : { format: chosen };
}
