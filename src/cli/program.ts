import { Command, CommanderError } from "commander";
import { GuardError } from "../errors.ts";
import { ASSEMBLY } from "./assembly.ts";
import { type Add, addCommands, addTrailCommands } from "./catalogue.ts";
import { SYSTEM_CLOCK } from "./clock.ts";
import { EXIT } from "./exit-codes.ts";
import type { CliIo, CommonOptions } from "./io.ts";
import { addCommon, formatOf } from "./options.ts";
import { errorText, harmless } from "./output.ts";
import type { OwnOptions } from "./own-options.ts";
import { refuseExcess, refuseUnknownHelp } from "./usage.ts";
import { VERSION } from "./version.ts";
import { checkWritable } from "./writable.ts";

const EXIT_CODES = `
Exit codes:
  0    done and complete
  1    failed, or an act failed
  2    usage or configuration error; nothing was done
  3    done, but the inventory is incomplete (the gaps are listed)
  4    --fail-on met
  130  interrupted
Where several hold, the first of 130, 2, 1, 3, 4.`;

/**
 * Runs the whole program on `argv` (without node and the script) and answers its exit code. It never throws and never ends
 * the process: that is for the caller.
 */
export async function runCli(argv: readonly string[], io: CliIo): Promise<number> {
  let code: number = EXIT.done;
  const signal = io.signal ?? new AbortController().signal;
  const program = buildProgram(io, signal, (ended) => {
    code = ended;
  });
  try {
    refuseUnknownHelp(program, argv);
    await program.parseAsync([...argv], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (signal.aborted) {
      // Work that changes things says how far it came.
      const told = error instanceof GuardError && error.code === "Interrupted" ? errorText(error, false) : "interrupted\n";
      io.stderr.write(told);
      return EXIT.interrupted;
    }
    io.stderr.write(errorText(error, argv.includes("--verbose")));
    return error instanceof GuardError && error.fault === "user" ? EXIT.usage : EXIT.failed;
  }
}

function buildProgram(io: CliIo, signal: AbortSignal, end: (code: number) => void): Command {
  const program = new Command("eip-guard")
    .description("Finds the elastic IPs that Kubernetes Pods on Tencent Cloud left behind, and why each one is kept or not.")
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .showHelpAfterError("(eip-guard --help lists the commands)")
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(harmless(text)) })
    .addHelpText(
      "after",
      `\nA first look, which changes nothing:\n  eip-guard demo\n  eip-guard init && eip-guard check && eip-guard scan\n${EXIT_CODES}`,
    );

  const add: Add = (usage, description, known, action, examples, parent = program) => {
    const command = parent.command(usage).description(description);
    const path = parent === program ? command.name() : `${parent.name()} ${command.name()}`;
    command.showHelpAfterError(`(eip-guard ${path} --help lists its options)`);
    addCommon(command, known);
    command.allowExcessArguments();
    command.addHelpText(
      "after",
      `\n${examples.length === 1 ? "Example" : "Examples"}:\n${examples.map((line) => `  ${line}`).join("\n")}\n${EXIT_CODES}`,
    );
    command.action(async (...received: unknown[]) => {
      // Commander gives the arguments first, then the options and the command; the one argument may be a list.
      const [argument] = received;
      refuseExcess(command, path);
      const all = (Array.isArray(argument) ? argument : [argument]).filter((one): one is string => typeof one === "string");
      const given: CommonOptions & OwnOptions = command.opts();
      const options =
        known.formats === undefined || known.planFile === true ? given : { ...given, ...formatOf(command, given, known.formats) };
      const files = [["--out", given.out] as const, ["--html", given.html] as const, ["--zip", given.zip] as const];
      for (const [option, file] of files) if (file !== undefined) await checkWritable(io, option, file);
      const tell = (message: string) => {
        if (options.quiet !== true) io.stderr.write(harmless(`${message}\n`));
      };
      const context = { io, clock: io.clock ?? SYSTEM_CLOCK, signal, assembly: io.assembly ?? ASSEMBLY, options, tell };
      end(await action(context, options, all[0] ?? "", all));
    });
    return command;
  };
  addCommands(program, add, runCli);
  const trail = program.command("trail").description("check or print the audit trail").helpGroup("The record:");
  trail.showHelpAfterError("(eip-guard trail --help lists the commands)");
  addTrailCommands((usage, description, known, action, examples) => add(usage, description, known, action, examples, trail));
  return program;
}
