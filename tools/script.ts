import { type ParseArgsConfig, parseArgs } from "node:util";

/**
 * The command line of one of the project's own scripts. `--help` prints the usage and ends with 0; an option that is not there prints
 * what was wrong, then the usage, and ends with 2. A sweep that was told nonsense must not pass by doing nothing.
 */
export function commandLine<const Options extends NonNullable<ParseArgsConfig["options"]>>(
  usage: string,
  options: Options,
  args: readonly string[] = process.argv.slice(2),
) {
  if (args.includes("--help") || args.includes("-h")) {
    console.log(usage);
    process.exit(0);
  }
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true } satisfies ParseArgsConfig);
  } catch (error) {
    return refuse(usage, error instanceof Error ? error.message : String(error));
  }
}

/** A whole number of at least 1 from an option's text; anything else ends the script with 2. */
export function wholeNumber(usage: string, option: string, text: string): number {
  return /^[1-9]\d{0,8}$/.test(text)
    ? Number(text)
    : refuse(usage, `--${option} must be a whole number from 1 on, not "${text}"`);
}

function refuse(usage: string, problem: string): never {
  console.error(`error: ${problem}\n${usage}`);
  process.exit(2);
}
