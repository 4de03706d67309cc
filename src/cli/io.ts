import type { Environment } from "../config/credentials.ts";
import type { Verdict } from "../core/terms/verdict.ts";
import type { Language } from "../language/language.ts";
import type { Clock } from "../ports.ts";
import type { Assembly } from "./assembly.ts";

/** A stream to write to, as a terminal, a file or a test gives one. */
export interface Sink {
  readonly write: (text: string) => unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  /** Resolves when a full stream takes more. Left out: it is never full. */
  readonly drained?: () => Promise<unknown>;
  /** Whether nobody reads it any more. Left out: somebody does. */
  readonly isGone?: () => boolean;
}

/** What the command line needs of the process, so that a whole run can happen inside another program with its own clock. */
export interface CliIo {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly env: Environment;
  readonly cwd: string;
  /** Left out: the system's clock. */
  readonly clock?: Clock;
  /** Asks the person at the terminal; left out where there is none. */
  readonly ask?: (question: string) => Promise<string>;
  /** Ends the work: Ctrl-C, SIGTERM. */
  readonly signal?: AbortSignal;
  /** Left out: the real world. */
  readonly assembly?: Assembly;
}

/** Options that most commands know (contract.md, Common options). */
export interface CommonOptions {
  readonly config?: string;
  readonly format?: Format;
  readonly out?: string;
  readonly mode?: "audit" | "flag" | "enforce";
  readonly failOn?: readonly Verdict[];
  readonly verbose?: boolean;
  readonly quiet?: boolean;
  readonly language?: Language;
}

export const FORMATS = ["table", "json", "csv", "markdown", "html"] as const;
export type ReportFormat = (typeof FORMATS)[number];
/** JSON lines are the trail's alone. */
export type Format = ReportFormat | "jsonl";

/** What a command is given. */
export interface CommandContext {
  readonly io: CliIo;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly assembly: Assembly;
  readonly options: CommonOptions;
  /** Messages for people, on stderr; silent with --quiet. */
  readonly tell: (message: string) => void;
}

/** The program itself: the demo types its commands. */
export type RunCli = (argv: readonly string[], io: CliIo) => Promise<number>;
