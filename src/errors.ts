/**
 * Errors for people: a code, whose fault it is, the wrong value in the message, and the fix. Messages are lowercase and
 * end without a full stop. Nothing here may carry a secret.
 */

/** `user`: configuration or usage (exit 2) · `cloud`: the world refused or failed (exit 1) · `guard`: our bug (exit 1). */
export type Fault = "user" | "cloud" | "guard";

export class GuardError extends Error {
  override readonly name = "GuardError";
  /** PascalCase, stable: `UnknownKey`, `LedgerUnreadable`. */
  readonly code: string;
  readonly fault: Fault;
  /** What to do about it, in one sentence; empty when there is nothing. */
  readonly fix: string;

  constructor(code: string, fault: Fault, message: string, fix = "", options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.fault = fault;
    this.fix = fix;
  }
}

/** One line of why, for gaps and logs: an error's message without its stack. */
export function whyOf(error: unknown): string {
  if (error instanceof Error) return error.message === "" ? error.name : error.message;
  return String(error);
}
