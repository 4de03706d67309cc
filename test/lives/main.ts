import { commandLine, wholeNumber } from "../../tools/script.ts";
import { DELAYS, differences } from "./again.ts";
import { type Outcome, play } from "./play.ts";

/**
 * `npm run test:simulate -- --seeds N [--from SEED] [--days D]`; `--seed S` tells one story in full. With `--backtest` nothing fails and nobody
 * speaks, and the record of each life is played again.
 */
const USAGE = `usage: npm run test:simulate -- [--seeds 50] [--from 1] [--days 10] [--backtest]
       npm run test:simulate -- --seed SEED [--days 10] [--backtest]   (one story in full)`;
const { values } = commandLine(USAGE, {
  seeds: { type: "string", default: "50" },
  from: { type: "string", default: "1" },
  days: { type: "string", default: "10" },
  seed: { type: "string" },
  backtest: { type: "boolean", default: false },
});

const days = wholeNumber(USAGE, "days", values.days);
const first = wholeNumber(USAGE, values.seed === undefined ? "from" : "seed", values.seed ?? values.from);
const count = values.seed === undefined ? wholeNumber(USAGE, "seeds", values.seeds) : 1;
const failed: number[] = [];
const sums = { days: 0, runs: 0, crashes: 0, released: 0 };
const again = { released: 0, false: 0 };
for (let seed = first; seed < first + count; seed += 1) {
  const outcome = values.backtest ? await playAndBacktest(seed) : await play(seed, { days });
  for (const key of ["days", "runs", "crashes", "released"] as const) sums[key] += outcome[key];
  if (values.seed !== undefined || outcome.failures.length > 0) print(outcome);
  if (outcome.failures.length > 0) failed.push(seed);
  if ((seed - first + 1) % 50 === 0) console.error(`${seed - first + 1} seeds, ${failed.length} failed`);
}
console.log(
  `${count} seeds from ${first}: ${Math.round(sums.days)} simulated days, ${sums.runs} runs, ${sums.crashes} crashes, ${sums.released} releases; ${failed.length} failed${failed.length === 0 ? "" : `: ${failed.join(", ")}`}`,
);
if (values.backtest)
  console.log(`back-tests with other delays: ${again.released} releases, ${again.false} of them false, each as the world has it`);
process.exitCode = failed.length === 0 ? 0 : 1;

async function playAndBacktest(seed: number): Promise<Outcome> {
  const outcome = await play(seed, { days, calm: true, backtest: DELAYS });
  for (const { releaseAfter, released } of outcome.backtests) {
    if (releaseAfter === null) continue;
    again.released += released.length;
    again.false += released.filter(({ usedAgainAt }) => usedAgainAt !== null).length;
  }
  return { ...outcome, failures: [...outcome.failures, ...differences(outcome.releases, outcome.backtests)] };
}

function print({ seed, story, failures }: Outcome): void {
  console.log(`\n--- seed ${seed} ---\n${story.join("\n")}`);
  for (const failure of failures) console.log(`FAILED ${failure}`);
  console.log(`again: npm run test:simulate -- --seed ${seed} --days ${days}${values.backtest ? " --backtest" : ""}`);
}
