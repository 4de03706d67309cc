import type { Command, Option } from "commander";
import { VERDICTS } from "../core/terms/verdict.ts";

/** Scripts that complete commands, options and their values in a shell. They are made from the commands themselves, so that none is forgotten. */

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

interface KnownCommand {
  /** `scan`, or `trail verify`. */
  readonly path: string;
  readonly description: string;
  readonly options: readonly KnownOption[];
  /** What its own argument is; null where it has none, or where it can't be known, such as an EIP. */
  readonly argument: Value | null;
}

interface KnownOption {
  /** `--format`, and `-f` where there is one. */
  readonly flags: readonly string[];
  readonly description: string;
  /** Null: it takes none. */
  readonly value: Value | null;
}

/** Words to choose from, a file, or a text that nobody can complete. */
type Value = readonly string[] | "file" | "text";

const FILES = ["--config", "--out", "--html", "--plan", "--policy", "--zip"];

export function completionScript(program: Command, shell: Shell): string {
  const commands = commandsOf(program, "");
  switch (shell) {
    case "bash":
      return bash(commands);
    case "zsh":
      return zsh(commands);
    case "fish":
      return fish(commands);
  }
}

function commandsOf(parent: Command, before: string): readonly KnownCommand[] {
  return parent.commands.flatMap((command) => {
    const path = `${before}${command.name()}`;
    const own: KnownCommand = {
      path,
      description: command.description(),
      options: [...command.options.map(optionOf), { flags: ["-h", "--help"], description: "print its help", value: null }],
      argument: argumentOf(command),
    };
    return [own, ...commandsOf(command, `${path} `)];
  });
}

function optionOf({ short, long, description, required, optional, argChoices, ...option }: Option): KnownOption {
  const flags = [short, long].filter((flag): flag is string => typeof flag === "string");
  const takes = required || optional;
  const choices = argChoices ?? (/verdict/.test(option.flags) ? VERDICTS : null);
  const free = FILES.includes(long ?? "") ? "file" : "text";
  return { flags, description, value: takes ? (choices ?? free) : null };
}

function argumentOf(command: Command): Value | null {
  const [argument] = command.registeredArguments;
  if (argument === undefined) return null;
  if (argument.argChoices !== undefined) return argument.argChoices;
  return argument.name() === "plan" ? "file" : null;
}

function topOf(commands: readonly KnownCommand[]): readonly KnownCommand[] {
  return commands.filter(({ path }) => !path.includes(" "));
}

function below(commands: readonly KnownCommand[], path: string): readonly KnownCommand[] {
  return commands.filter((command) => command.path.startsWith(`${path} `));
}

/** The words that a command's own place takes: its commands, else its argument's. */
function wordsOf(commands: readonly KnownCommand[], { path, argument }: KnownCommand): readonly string[] {
  const inner = below(commands, path).map((command) => command.path.slice(path.length + 1));
  if (inner.length > 0) return inner;
  return Array.isArray(argument) ? argument : [];
}

function bash(commands: readonly KnownCommand[]): string {
  const values = commands.flatMap(({ path, options }) =>
    options.flatMap(({ flags, value }) => {
      if (value === null) return [];
      const patterns = flags.map((flag) => `"${path} ${flag}"`).join("|");
      return [`    ${patterns}) ${bashReply(value)}; return ;;`];
    }),
  );
  const own = commands.map((command) => {
    const flags = command.options.flatMap((option) => option.flags.filter((flag) => flag.startsWith("--")));
    const files = command.argument === "file" ? ' $(compgen -f -- "$cur")' : "";
    return `    "${command.path}") COMPREPLY=($(compgen -W "${[...wordsOf(commands, command), ...flags].join(" ")}" -- "$cur")${files}) ;;`;
  });
  const parents = commands.filter(({ path }) => below(commands, path).length > 0).map(({ path }) => path);
  return `# bash completion of eip-guard: source <(eip-guard completion bash)
_eip_guard() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} path=\${COMP_WORDS[1]}
  COMPREPLY=()
  if [ "$COMP_CWORD" -le 1 ]; then
    COMPREPLY=($(compgen -W "${topOf(commands)
      .map(({ path }) => path)
      .join(" ")} help --help --version" -- "$cur"))
    return
  fi
  case "$path" in
    ${parents.join("|")}) if [ "$COMP_CWORD" -gt 2 ]; then path="$path \${COMP_WORDS[2]}"; fi ;;
  esac
  case "$path $prev" in
${values.join("\n")}
  esac
  case "$path" in
${own.join("\n")}
  esac
}
complete -F _eip_guard eip-guard
`;
}

function bashReply(value: Value): string {
  if (value === "file") return `COMPREPLY=($(compgen -f -- "$cur"))`;
  return value === "text" ? ":" : `COMPREPLY=($(compgen -W "${value.join(" ")}" -- "$cur"))`;
}

function zsh(commands: readonly KnownCommand[]): string {
  const values = commands.flatMap(({ path, options }) =>
    options.flatMap(({ flags, value }) => {
      if (value === null) return [];
      const patterns = flags.map((flag) => `"${path} ${flag}"`).join("|");
      return [`    ${patterns}) ${zshReply(value)}; return ;;`];
    }),
  );
  const own = commands.map((command) => {
    const inner = below(commands, command.path).map(({ path, description }) => ({
      word: path.slice(command.path.length + 1),
      description,
    }));
    const words = Array.isArray(command.argument) ? command.argument.map((word) => ({ word, description: "" })) : [];
    const options = command.options.flatMap(({ flags, description }) => flags.map((word) => ({ word, description })));
    const files = command.argument === "file" ? "; _files" : "";
    return `    "${command.path}") told=(${[...inner, ...words, ...options].map(zshPair).join(" ")}); _describe 'eip-guard ${command.path}' told${files} ;;`;
  });
  const parents = commands.filter(({ path }) => below(commands, path).length > 0).map(({ path }) => path);
  return `#compdef eip-guard
# zsh completion of eip-guard: source <(eip-guard completion zsh)
_eip_guard() {
  local -a told
  local path_=$words[2] prev=$words[CURRENT-1]
  if (( CURRENT <= 2 )); then
    told=(${topOf(commands)
      .map(({ path, description }) => zshPair({ word: path, description }))
      .join(" ")})
    _describe 'eip-guard' told
    return
  fi
  case "$path_" in
    ${parents.join("|")}) if (( CURRENT > 3 )); then path_="$path_ $words[3]"; fi ;;
  esac
  case "$path_ $prev" in
${values.join("\n")}
  esac
  case "$path_" in
${own.join("\n")}
  esac
}
compdef _eip_guard eip-guard
`;
}

function zshPair({ word, description }: { readonly word: string; readonly description: string }): string {
  const told = description === "" ? word : `${word}:${description.replaceAll(":", "\\:")}`;
  return `'${told.replaceAll("'", `'\\''`)}'`;
}

function zshReply(value: Value): string {
  if (value === "file") return "_files";
  return value === "text" ? ":" : `compadd -- ${value.join(" ")}`;
}

function fish(commands: readonly KnownCommand[]): string {
  const lines = commands.flatMap((command) => {
    const { path, description, options, argument } = command;
    const [top = "", inner] = path.split(" ");
    const seen =
      inner === undefined
        ? `__fish_seen_subcommand_from ${top}`
        : `__fish_seen_subcommand_from ${top}; and __fish_seen_subcommand_from ${inner}`;
    const when =
      inner === undefined
        ? "__fish_use_subcommand"
        : `__fish_seen_subcommand_from ${top}; and not __fish_seen_subcommand_from ${inner}`;
    const own = [`complete -c eip-guard -f -n '${when}' -a ${inner ?? top} -d ${fishText(description)}`];
    if (Array.isArray(argument)) own.push(`complete -c eip-guard -f -n '${seen}' -a '${argument.join(" ")}'`);
    if (argument === "file") own.push(`complete -c eip-guard -F -n '${seen}'`);
    return [...own, ...options.map((option) => fishOption(option, seen))];
  });
  return `# fish completion of eip-guard: eip-guard completion fish | source
complete -c eip-guard -f
${lines.join("\n")}
`;
}

function fishOption({ flags, description, value }: KnownOption, seen: string): string {
  const names = flags.map((flag) => (flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`)).join(" ");
  return `complete -c eip-guard -n '${seen}' ${names}${fishValue(value)} -d ${fishText(description)}`;
}

function fishValue(value: Value | null): string {
  if (value === null) return "";
  if (value === "file") return " -r -F";
  return value === "text" ? " -x" : ` -x -a '${value.join(" ")}'`;
}

function fishText(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
