/** What keeps a release from being made; empty when nothing does. `status` is what `git status --porcelain` prints. */
export function problemsOf(version: string, standing: string, changelog: string, status: string): readonly string[] {
  const problems: string[] = [];
  const parts = partsOf(version);
  if (parts === null) return [`"${version}" is no version. Fix: give three numbers, as in \`npm run release -- 0.2.0\``];
  const now = partsOf(standing);
  if (now !== null && compare(parts, now) < 0) problems.push(`${version} is older than ${standing}. Fix: give a newer version`);
  if (!changelog.includes(headingOf(version))) {
    problems.push(`CHANGELOG.md has no "${headingOf(version)}". Fix: write what changed under that heading`);
  }
  if (status.trim() !== "") problems.push("there are uncommitted changes. Fix: commit them, or put them away");
  return problems;
}

/** The changelog with the day in place of "unreleased". `day` is YYYY-MM-DD. */
export function dated(changelog: string, version: string, day: string): string {
  return changelog.replace(headingOf(version), `## ${version} (${day})`);
}

function headingOf(version: string): string {
  return `## ${version} (unreleased)`;
}

function partsOf(version: string): readonly number[] | null {
  return /^\d+\.\d+\.\d+$/.test(version) ? version.split(".").map(Number) : null;
}

function compare(one: readonly number[], other: readonly number[]): number {
  return one.map((part, place) => part - (other[place] ?? 0)).find((difference) => difference !== 0) ?? 0;
}
