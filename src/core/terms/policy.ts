import type { OwnerKeys } from "./owner.ts";
import type { Duration } from "./time.ts";

/**
 * What the configuration file says about judging and acting, in the core's own types (contract.md, Configuration).
 * src/config makes one from the file; its defaults are the contract's.
 */
export interface Policy {
  readonly mode: Mode;
  readonly grace: Duration;
  readonly minSightings: number;
  readonly maxGap: Duration;
  readonly newborn: Duration;
  readonly keepTags: readonly string[];
  readonly rules: readonly PolicyRule[];
  readonly release: ReleasePolicy;
  readonly prices: Readonly<Record<string, PriceOverride>>;
  /** Where it stands whose an EIP is. */
  readonly owner: OwnerKeys;
}

export type Mode = "audit" | "flag" | "enforce";

export interface PolicyRule {
  readonly name: string;
  readonly match: Match;
  /** Null: never. */
  readonly flagAfter: Duration | null;
  readonly releaseAfter: Duration | null;
}

/** Each a list of globs of which one must match; a key that is left out matches everything. */
export interface Match {
  readonly verdict?: readonly string[];
  readonly reason?: readonly string[];
  readonly account?: readonly string[];
  readonly region?: readonly string[];
  readonly cluster?: readonly string[];
  readonly namespace?: readonly string[];
  readonly workload?: readonly string[];
  readonly pod?: readonly string[];
  /** The name of its owner. */
  readonly owner?: readonly string[];
  readonly id?: readonly string[];
  readonly ip?: readonly string[];
  /** `key` or `key=value`. */
  readonly tag?: readonly string[];
}

export interface ReleasePolicy {
  readonly notice: Duration;
  readonly maxPerRun: number;
  readonly maxPercent: number;
  readonly approval: "none" | "required";
  /** Null: any time. */
  readonly window: ReleaseWindow | null;
  /** Null: EIPs are not tagged. */
  readonly mark: { readonly tag: string; readonly resource: string } | null;
}

export interface ReleaseWindow {
  readonly days: readonly Weekday[];
  /** Minutes since midnight, local time; `to` is exclusive. */
  readonly from: number;
  readonly to: number;
  /** IANA name, such as `Asia/Shanghai`. */
  readonly timezone: string;
}

export type Weekday = "mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun";

export interface PriceOverride {
  readonly currency: string;
  readonly idlePerHour: number;
}
