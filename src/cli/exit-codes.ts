/** Exit codes (contract.md, Exit codes). */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  incomplete: 3,
  failOn: 4,
  interrupted: 130,
} as const satisfies Readonly<Record<string, number>>;

export interface Ending {
  readonly interrupted?: boolean;
  readonly usage?: boolean;
  readonly failed?: boolean;
  readonly incomplete?: boolean;
  readonly failOn?: boolean;
}

/** The one exit code of an ending: where several hold, in the order 130, 2, 1, 3, 4. */
export function exitCode(ending: Ending): number {
  if (ending.interrupted === true) return EXIT.interrupted;
  if (ending.usage === true) return EXIT.usage;
  if (ending.failed === true) return EXIT.failed;
  if (ending.incomplete === true) return EXIT.incomplete;
  if (ending.failOn === true) return EXIT.failOn;
  return EXIT.done;
}
