/** One line of the preflight. */
export interface Check {
  /** What was looked at: `region default/ap-guangzhou`. */
  readonly name: string;
  /** `warn` works, but not as it could. `skip` was not looked at. */
  readonly status: "ok" | "warn" | "fail" | "skip";
  /** What was found. */
  readonly detail: string;
  /** Empty where nothing has to be done. Its first line says it; further lines are for pasting, as they stand. */
  readonly fix: string;
}

export interface Preflight {
  /** The name and version of this shape. */
  readonly schema: "eip-guard/check/v1";
  /** Every look, in the order in which they were made. */
  readonly checks: readonly Check[];
}

export function check(name: string, status: Check["status"], detail: string, fix = ""): Check {
  return { name, status, detail, fix };
}
