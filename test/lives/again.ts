/** The record that a life leaves behind, played again, beside what the world itself knows. */

export interface Backtested {
  /** Null: of the policy that ran. */
  readonly releaseAfter: string | null;
  readonly released: readonly {
    readonly id: string;
    readonly at: number;
    readonly usedAgainAt: number | null;
    /** At which run the world had it bound for the first time after that. */
    readonly boundAt: number | null;
  }[];
  readonly undecided: readonly string[];
}

/** Delays that are played after each calm life; null: the policy that ran. */
export const DELAYS: readonly (string | null)[] = [null, "1h", "2h", "6h", "18h", "96h"];

/** A run ends by then. */
const RUN = 20 * 60_000;

/**
 * Where a back-test and the world differ, a sentence each: the policy that ran must release exactly what was released, when it was released;
 * and whatever the delay, what is used again is what the world had bound again, at that run.
 */
export function differences(
  releases: readonly { readonly id: string; readonly at: number }[],
  backtests: readonly Backtested[],
): readonly string[] {
  return backtests.flatMap(({ releaseAfter, released }) => [
    ...(releaseAfter === null ? notTheSame(releases, released) : []),
    ...released.flatMap(({ id, usedAgainAt, boundAt }) => {
      if (isSameRun(boundAt, usedAgainAt)) return [];
      return [`releaseAfter ${releaseAfter}: ${id} is used again ${told(usedAgainAt)}, and the world bound it ${told(boundAt)}`];
    }),
  ]);
}

function notTheSame(
  releases: readonly { readonly id: string; readonly at: number }[],
  played: Backtested["released"],
): readonly string[] {
  const missing = releases.filter(({ id, at }) => !played.some((one) => one.id === id && isSameRun(one.at, at)));
  const added = played.filter(({ id }) => !releases.some((one) => one.id === id));
  return [
    ...missing.map(
      ({ id, at }) =>
        `${id} was released ${told(at)}, and the back-test has ${told(played.find((one) => one.id === id)?.at ?? null)}`,
    ),
    ...added.map(({ id, at }) => `${id} is released ${told(at)} by the back-test alone`),
  ];
}

/** @param read when that run had read the world */
function isSameRun(one: number | null, other: number | null): boolean {
  return one === null || other === null ? one === other : Math.abs(one - other) < RUN;
}

function told(at: number | null): string {
  return at === null ? "never" : `at ${new Date(at).toISOString().slice(0, 16)}`;
}
