import type { ScanResult } from "../core/terms/result.ts";
import type { Fact, TrailKind } from "../core/terms/trail.ts";
import type { Verdict } from "../core/terms/verdict.ts";
import type { Language } from "../language/language.ts";

export type Format = "table" | "json" | "csv" | "markdown" | "html";

/** The EIPs with everything around them, or the recycle-threshold audit by cluster alone. */
export type View = "eips" | "thresholds";

export interface RenderOptions {
  readonly color: boolean;
  /** Columns of the terminal. */
  readonly width: number;
  readonly view?: View;
  /** Of the table, Markdown and HTML; left out: English. */
  readonly language?: Language;
  /** Says of each EIP why, and costs by all that groups them. */
  readonly verbose?: boolean;
  /** Also lists what is in use. */
  readonly all?: boolean;
  /** So many EIPs of each group are listed; left out: all. */
  readonly top?: number;
}

/** One EIP in full, as `explain` answers it. */
export interface ExplainResult {
  readonly run: Pick<ScanResult["run"], "mode" | "dryRun" | "finishedAt">;
  readonly guard: ScanResult["guard"];
  readonly eip: ScanResult["eips"][number];
  readonly rules: readonly {
    readonly name: string;
    readonly sentence: string;
    readonly answer: {
      readonly verdict?: Verdict;
      readonly reason: string;
      readonly detail: string;
      /** The paragraph that it follows from: `docs/domain.md §5.1`. */
      readonly law?: string;
    } | null;
  }[];
  /** What stands around it: `cluster: cls-…, live`. */
  readonly surroundings: readonly string[];
  readonly wouldChange: readonly string[];
  /** What of the whole inventory could not be read: the verdict stands on the rest. */
  readonly gaps: ScanResult["gaps"];
}

/** The life of one EIP, oldest first. */
export interface HistoryResult {
  readonly id: string;
  readonly sentences: readonly {
    /** ISO 8601. */
    readonly at: string;
    readonly kind: TrailKind;
    readonly run: string;
    /** Whom the record is about. A recovery is told of the new EIP too: then this is the old one. */
    readonly eip: string | null;
    readonly text: string;
    /** What the record holds, of which the text is made. */
    readonly facts: Readonly<Record<string, Fact | undefined>>;
  }[];
}

/** What the preflight found. */
export interface CheckResult {
  readonly checks: readonly {
    readonly name: string;
    readonly status: "ok" | "warn" | "fail" | "skip";
    readonly detail: string;
    /** Empty where nothing has to be done; may have several lines, such as a policy to paste. */
    readonly fix: string;
  }[];
}
