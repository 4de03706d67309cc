import type { Asked, FunctionWriter } from "../deployment.ts";
import { refused } from "./refusal.ts";

export type StepKind =
  | "create-role"
  | "attach-policy"
  | "create-function"
  | "update-code"
  | "update-configuration"
  | "set-retries"
  | "create-trigger"
  | "update-trigger"
  | "create-url"
  | "delete-trigger"
  | "delete-function"
  | "invoke"
  | "none";

/** One thing that differs, and how it is put right. */
export interface Step {
  readonly what: StepKind;
  readonly name: string;
  readonly detail: string;
  /** As a line for people. */
  readonly line: string;
  /** The function that it changes: it must be idle before, and afterwards. Null: none. */
  readonly changes: string | null;
  /** What its description is afterwards; left out: as it was. */
  readonly describes?: string;
  /** `idle` waits until nothing is being done to the function, for what takes two calls. */
  readonly carryOut: (writer: FunctionWriter, idle: () => Promise<unknown>) => Promise<Asked<unknown>>;
}

export interface Plan {
  readonly steps: readonly Step[];
  /** What differs and is left as it is. */
  readonly notes: readonly string[];
  /** The functions' descriptions, as they were read: whoever changes one meanwhile is another deployment. */
  readonly seen: ReadonlyMap<string, string>;
}

/** What was read. @throws GuardError where it could not be */
export function must<T>(asked: Asked<T>, what: string): T {
  if (asked.ok) return asked.value;
  throw refused(asked, `can't read ${what}`);
}
