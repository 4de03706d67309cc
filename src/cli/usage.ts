import type { Command } from "commander";
import { nearest } from "../config/nearest.ts";

/** `help nosuch`: commander would print the whole help, and not say what is wrong. */
export function refuseUnknownHelp(program: Command, [first, second, third]: readonly string[]): void {
  const group = second === "help" ? program.commands.find((command) => command.name() === first) : undefined;
  const [parent, named] = first === "help" ? [program, second] : [group, third];
  if (parent === undefined || named === undefined || named.startsWith("-")) return;
  const names = ["help", ...parent.commands.map((command) => command.name())];
  if (names.includes(named)) return;
  const near = nearest(named, names);
  parent.error(`error: unknown command '${named}'${near === undefined ? "" : `\n(Did you mean ${near}?)`}`, { code: "unknown" });
}

/** Commander would count the words, and not name the one too many. */
export function refuseExcess(command: Command, path: string): void {
  const taken = command.registeredArguments;
  const excess = taken.some(({ variadic }) => variadic) ? [] : command.args.slice(taken.length);
  const [first] = excess;
  if (first === undefined) return;
  const expected = taken.length === 0 ? "no argument" : `one argument, ${taken.map((one) => one.name()).join(" ")}`;
  command.error(`error: too many arguments for '${path}': '${first}' is one too many; it takes ${expected}`);
}
