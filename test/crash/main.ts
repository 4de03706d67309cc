import { commandLine, wholeNumber } from "../../tools/script.ts";
import { sweep } from "./sweep.ts";

/** `npm run test:crash [-- --every N]`: kill -9 at each step of a run, or at each N-th. */
const USAGE = "usage: npm run test:crash [-- --every N]   (kill -9 at each step of a run, or at each N-th)";
const { values } = commandLine(USAGE, { every: { type: "string", default: "1" } });
const { steps, swept, failures } = await sweep(wholeNumber(USAGE, "every", values.every), (line) => console.error(line));
for (const failure of failures) console.log(`FAILED ${failure}`);
console.log(`${swept} of ${steps.length} steps died at, ${failures.length} failures`);
process.exitCode = failures.length === 0 ? 0 : 1;
