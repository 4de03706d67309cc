import { parseArgs } from "node:util";
import { type Outcome, play } from "./play.ts";

/** `npm run test:simulate -- --seeds N [--from SEED] [--days D]`; `--seed S` tells one story in full. */
const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "50" },
    from: { type: "string", default: "1" },
    days: { type: "string", default: "10" },
    seed: { type: "string" },
  },
});

const days = Number(values.days);
const first = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.seeds) : 1;
const failed: number[] = [];
const sums = { days: 0, runs: 0, crashes: 0, released: 0 };
for (let seed = first; seed < first + count; seed += 1) {
  const outcome = await play(seed, { days });
  for (const key of ["days", "runs", "crashes", "released"] as const) sums[key] += outcome[key];
  if (values.seed !== undefined || outcome.failures.length > 0) print(outcome);
  if (outcome.failures.length > 0) failed.push(seed);
  if ((seed - first + 1) % 50 === 0) console.error(`${seed - first + 1} seeds, ${failed.length} failed`);
}
console.log(
  `${count} seeds from ${first}: ${Math.round(sums.days)} simulated days, ${sums.runs} runs, ${sums.crashes} crashes, ${sums.released} releases; ${failed.length} failed${failed.length === 0 ? "" : `: ${failed.join(", ")}`}`,
);
process.exitCode = failed.length === 0 ? 0 : 1;

function print({ seed, story, failures }: Outcome): void {
  console.log(`\n--- seed ${seed} ---\n${story.join("\n")}`);
  for (const failure of failures) console.log(`FAILED ${failure}`);
  console.log(`again: npm run test:simulate -- --seed ${seed} --days ${days}`);
}
