import { type Command, Option } from "commander";
import { GuardError } from "../errors.ts";
import { EXIT } from "./exit-codes.ts";
import type { RunCli } from "./io.ts";
import { type CommandContext, FORMATS } from "./io.ts";
import type { Known } from "./options.ts";
import { wholeNumber } from "./options.ts";
import type { OwnOptions } from "./own-options.ts";

/**
 * A command's own options and arguments come as commander gives them; each command's file names what it takes. `all`: the arguments of a
 * command that takes several.
 */
export type Action = (context: CommandContext, own: OwnOptions, argument: string, all: readonly string[]) => Promise<number>;

export type Add = (
  usage: string,
  description: string,
  known: Known,
  action: Action,
  examples: readonly string[],
  parent?: Command,
) => Command;

/** Every command of the public interface. Each one's code is loaded when it is run, so that the help comes at once. */
export function addCommands(program: Command, add: Add, runCli: RunCli): void {
  const report = "write the report to a file instead of stdout";

  program.commandsGroup("A first look:");
  add(
    "demo",
    "a scan, then weeks of life in seconds, against an embedded simulated cloud and cluster; needs no account",
    { config: false },
    async (context, own) => (await import("./commands/demo.ts")).demo(context, own, runCli),
    ["eip-guard demo", "eip-guard demo --html demo.html", "eip-guard demo --deploy"],
  )
    .option("--html <file>", "write the report of its scan as one HTML file")
    .option("--deploy", "show instead how the scheduled function gets into SCF, step by step, and out again");
  add(
    "init",
    "write a commented eip-guard.yaml; never over an existing one",
    {},
    async (context) => (await import("./commands/init.ts")).init(context),
    ["eip-guard init", "eip-guard init --config teams/games.yaml"],
  );
  add(
    "check",
    "preflight: credentials, rights, regions, clusters, ipamd, Slack, the store; one line each, with the fix",
    { formats: ["table", "json", "markdown"], out: report, mode: true },
    async (context, own) => (await import("./commands/check.ts")).check(context, own),
    ["eip-guard check", 'eip-guard check --cron "*/10 * * * *"', "eip-guard check --format json"],
  )
    .option("--probe-store", "try out with one object that the store refuses to overwrite")
    .option("--notify", "post one test message to each alert channel, and say whether it arrived")
    .option("--cron <schedule>", "check this schedule instead of deploy.schedule: whether runs come often enough to act")
    .option("--timezone <zone>", "the schedule's time zone (default: UTC for --cron, else deploy.timezone)")
    .option("--jitter <duration>", "how much later than scheduled runs may come (default: 0s)");
  add(
    "scan",
    "the dry run: read, link, judge and report; writes nothing at all",
    { formats: FORMATS, out: report, mode: true, failOn: true, lists: true, language: true },
    async (context, own) => (await import("./commands/scan.ts")).scanCommand(context, own),
    [
      "eip-guard scan",
      "eip-guard scan --out report.html",
      "eip-guard scan --namespace 'games*' --verdict leaked,unknown",
      "eip-guard scan --fail-on leaked,unknown --quiet",
    ],
  ).addOption(new Option("--view <view>", "the EIPs, or the recycle-threshold audit by cluster").choices(["eips", "thresholds"]));
  add(
    "schema",
    "print the JSON Schema of the configuration",
    { config: false, formats: ["json", "markdown"], out: report },
    async (context) => (await import("./commands/schema.ts")).schema(context),
    ["eip-guard schema > eip-guard.schema.json"],
  );

  addCompletion(program, add);

  program.commandsGroup("Every day:");
  add(
    "run",
    "one whole cycle in the configured mode, as the scheduled function does it",
    { formats: FORMATS, out: report, mode: true, failOn: true, lists: true, language: true },
    async (context, own) => (await import("./commands/run.ts")).run(context, own),
    ["eip-guard run", "eip-guard run --mode audit --format json"],
  ).addOption(new Option("--view <view>", "the EIPs, or the recycle-threshold audit by cluster").choices(["eips", "thresholds"]));
  add(
    "plan",
    "print what a run would do, and write it to a file, to be applied",
    {
      formats: ["table", "markdown", "json"],
      out: "the plan's file (needed), which is JSON",
      mode: true,
      planFile: true,
      language: true,
    },
    async (context) => (await import("./commands/plan.ts")).plan(context),
    ["eip-guard plan --out plan.json", "eip-guard plan --out plan.json --format markdown"],
  );
  add(
    "apply <plan>",
    "do exactly what a plan says, each item judged again first",
    { formats: FORMATS, out: report, mode: true, failOn: true, lists: true, language: true },
    async (context, own, file) => (await import("./commands/apply.ts")).apply(context, own, file),
    ["eip-guard apply plan.json", "eip-guard apply plan.json --confirm 23"],
  ).addOption(
    new Option("--confirm <n>", "the plan's number of releases: take them over the caps, having read the plan").argParser(
      wholeNumber,
    ),
  );

  program.commandsGroup("Words of people:");
  add(
    "explain [eip]",
    "explain one EIP: facts, evidence, each rule's answer, what would change the verdict; writes nothing",
    { formats: ["table", "json", "markdown"], out: report, mode: true, language: true },
    async (context, own, eip) => {
      if (own.reasons === true) return (await import("./commands/reasons.ts")).reasons(context);
      if (eip !== "") return (await import("./commands/explain.ts")).explain(context, eip);
      throw new GuardError(
        "NoEip",
        "user",
        "explain needs an EIP",
        "give its id or address, as in `eip-guard explain eip-1a2b3c4d`, or --reasons",
      );
    },
    ["eip-guard explain eip-1a2b3c4d", "eip-guard explain 203.0.113.7 --format json", "eip-guard explain --reasons"],
  ).option("--reasons", "list every reason and finding code with its sentence");
  add(
    "keep <eip>",
    "keep one EIP (id or address), for good or until a date",
    {},
    async (context, own, eip) => (await import("./commands/say.ts")).keep(context, own, eip),
    ['eip-guard keep eip-1a2b3c4d --why "login servers, ask Lin"', "eip-guard keep 203.0.113.7 --until 2027-01-31"],
  )
    .option("--until <date>", "keep it until the end of this day (UTC), or until an instant such as 2027-01-31T12:00:00Z")
    .option("--why <text>", "why, for whoever reads the history");
  add(
    "unkeep <eip>",
    "take back what keep said",
    {},
    async (context, own, eip) => (await import("./commands/say.ts")).unkeep(context, own, eip),
    ["eip-guard unkeep eip-1a2b3c4d"],
  );
  add(
    "approve [eips...]",
    "allow the release of EIPs that need a person's approval; says when each can be released, and until when it holds",
    {},
    async (context, own, _eip, eips) => (await import("./commands/approve.ts")).approveCommand(context, own, eips),
    ["eip-guard approve eip-1a2b3c4d", "eip-guard approve eip-1a2b3c4d 203.0.113.7", "eip-guard approve --plan plan.json"],
  ).option("--plan <file>", "all items of this plan that need an approval");

  add(
    "recover <eip>",
    "try to get the address of a released EIP back; says what it will call first",
    {},
    async (context, own, eip) => (await import("./commands/recover.ts")).recoverCommand(context, own, eip),
    ["eip-guard recover eip-1a2b3c4d", "eip-guard recover 203.0.113.7 --yes"],
  ).option("--yes", "do it");

  program.commandsGroup("The record:");
  add(
    "history <eip>",
    "the life of one EIP (id or address), from the audit trail",
    { formats: ["table", "json", "markdown"], out: report, language: true },
    async (context, _own, eip) => (await import("./commands/history.ts")).history(context, eip),
    ["eip-guard history eip-1a2b3c4d", "eip-guard history eip-1a2b3c4d --language zh"],
  );

  add(
    "backtest",
    "play the recorded past under a policy: what it would have released, saved, and got wrong; writes nothing",
    { formats: FORMATS, out: report },
    async (context, own) => (await import("./commands/backtest.ts")).backtestCommand(context, own),
    [
      "eip-guard backtest --policy strict.yaml",
      "eip-guard backtest --policy strict.yaml --since 2026-10-01 --fail-on-false-release",
      "eip-guard backtest --sweep releaseAfter=1d..30d --out delays.html",
    ],
  )
    .option("--policy <file>", "a configuration, or one with policy and release alone (default: the configuration)")
    .option("--since <date>", "release nothing before this day (UTC), or instant; clocks count from the record's beginning")
    .option("--sweep <range>", "try each delay of a range too, such as releaseAfter=1d..30d")
    .option("--fail-on-false-release", "exit 4 when an address that would have been released was used again");
  add(
    "suggest",
    "the shortest releaseAfter without a false release in the record, and how much that says; writes nothing",
    { formats: ["table", "json", "markdown"], out: report },
    async (context, own) => (await import("./commands/backtest.ts")).suggestCommand(context, own),
    ["eip-guard suggest", "eip-guard suggest --policy strict.yaml --since 2026-10-01"],
  )
    .option("--policy <file>", "a configuration, or one with policy and release alone (default: the configuration)")
    .option("--since <date>", "release nothing before this day (UTC), or instant");

  program.commandsGroup("In SCF:");
  addDeployment(add);

  program.commandsGroup("As a service:");
  add(
    "serve",
    "a daemon: run on a schedule, with pages for a browser, /healthz, /readyz and /metrics",
    { mode: true },
    async (context, own) => (await import("./commands/serve.ts")).serve(context, own),
    ["eip-guard serve", 'eip-guard serve --cron "*/30 * * * *" --timezone Asia/Shanghai --jitter 30s --port 9000'],
  )
    .option("--cron <schedule>", "when to run, in 5 or 6 fields (default: deploy.schedule); the first run is at once")
    .option("--timezone <zone>", "the schedule's time zone (default: UTC for --cron, else deploy.timezone)")
    .option("--jitter <duration>", "run up to so much later than scheduled, at random (default: 0s)")
    .option("--host <address>", "where to listen (default: 127.0.0.1, this machine only)")
    .option("--run-timeout <duration>", "a run that is not over by then has failed, at most 20m (default: 20m)")
    .addOption(new Option("--port <port>", "where to listen (default: 8080)").argParser(wholeNumber));
}

function addCompletion(program: Command, add: Add): void {
  const command = add(
    "completion <shell>",
    "print a script that completes commands, options and their values in bash, zsh or fish",
    { config: false },
    async ({ io }, _own, shell) => {
      const { completionScript, SHELLS } = await import("./completion.ts");
      const known = SHELLS.find((one) => one === shell);
      if (known === undefined)
        throw new GuardError("UnknownShell", "user", `completion knows no shell ${shell}`, `write one of ${SHELLS.join(", ")}`);
      io.stdout.write(completionScript(program, known));
      return EXIT.done;
    },
    ["source <(eip-guard completion bash)", "eip-guard completion fish > ~/.config/fish/completions/eip-guard.fish"],
  );
  for (const argument of command.registeredArguments) argument.argChoices = ["bash", "zsh", "fish"];
}

function addDeployment(add: Add): void {
  add(
    "deploy",
    "put the scheduled function (role, code, configuration, timer, retries off) into SCF, or say that nothing differs",
    { formats: ["table", "json"], out: "write what is told to a file instead of stdout" },
    async (context, own) => (await import("./commands/deploy.ts")).deploy(context, own),
    ["eip-guard deploy --dry-run", "eip-guard deploy --yes", "eip-guard deploy --zip eip-guard.zip"],
  )
    .option("--dry-run", "print what would be made or changed, by reading calls only")
    .option("--yes", "do it without asking")
    .option("--adopt", "take over a function of that name that eip-guard deploy did not make")
    .option("--zip <file>", "write the function's package to a file, and stop")
    .addOption(
      new Option("--only <what>", "set the retries alone, of a function that was deployed in another way").choices(["retries"]),
    );
  add(
    "job",
    "one event of SCF as a job image gets it, in SCF_CUSTOM_CONTAINER_EVENT: a timer's tick runs a cycle, any other is a dry run",
    {},
    async (context) => (await import("./commands/job.ts")).job(context),
    ["eip-guard job", "eip-guard job --config /etc/eip-guard/eip-guard.yaml"],
  );
  add(
    "undeploy",
    "take function and timer away; the state stays, and so does the role",
    { formats: ["table", "json"], out: "write what is told to a file instead of stdout" },
    async (context, own) => (await import("./commands/deploy.ts")).undeploy(context, own),
    ["eip-guard undeploy --dry-run", "eip-guard undeploy --yes"],
  )
    .option("--dry-run", "print what would be taken away, by reading calls only")
    .option("--yes", "do it without asking");
}

export function addTrailCommands(add: Add): void {
  add(
    "verify",
    "check the trail's chain; exits 1 where it is broken, and says where",
    { formats: ["table", "json"] },
    async (context) => (await import("./commands/trail.ts")).verify(context),
    ["eip-guard trail verify"],
  );
  add(
    "export",
    "print the trail, oldest record first",
    { formats: ["jsonl", "json", "csv"], out: "write the trail to a file instead of stdout" },
    async (context) => (await import("./commands/trail.ts")).exportTrail(context),
    ["eip-guard trail export > trail.jsonl", "eip-guard trail export --out trail.json", "eip-guard trail export --out trail.csv"],
  );
}
