import type { Verdict } from "../core/terms/verdict.ts";

/** What single commands know besides the common options. */
export interface OwnOptions {
  readonly reasons?: boolean;
  readonly view?: "eips" | "thresholds";
  readonly until?: string;
  readonly why?: string;
  readonly plan?: string;
  readonly confirm?: number;
  readonly cron?: string;
  readonly port?: number;
  readonly timezone?: string;
  readonly jitter?: string;
  readonly host?: string;
  readonly runTimeout?: string;
  readonly probeStore?: boolean;
  readonly notify?: boolean;
  readonly html?: string;
  readonly policy?: string;
  readonly since?: string;
  readonly sweep?: string;
  readonly failOnFalseRelease?: boolean;
  readonly yes?: boolean;
  readonly deploy?: boolean;
  readonly dryRun?: boolean;
  readonly adopt?: boolean;
  readonly zip?: string;
  readonly only?: "retries";
  readonly all?: boolean;
  readonly top?: number;
  readonly verdict?: readonly Verdict[];
  readonly cluster?: readonly string[];
  readonly namespace?: readonly string[];
  readonly region?: readonly string[];
}
