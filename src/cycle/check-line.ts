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

export function check(name: string, status: Check["status"], detail: string, fix = ""): Check {
  return { name, status, detail, fix };
}
