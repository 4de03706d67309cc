import { parseArgs } from "node:util";
import { sweep } from "./sweep.ts";

/** `npm run test:crash [-- --every N]`: kill -9 at each step of a run, or at each N-th. */
const { values } = parseArgs({ options: { every: { type: "string", default: "1" } } });
const { steps, swept, failures } = await sweep(Number(values.every), (line) => console.error(line));
for (const failure of failures) console.log(`FAILED ${failure}`);
console.log(`${swept} of ${steps.length} steps died at, ${failures.length} failures`);
process.exitCode = failures.length === 0 ? 0 : 1;
