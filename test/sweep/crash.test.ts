import { expect, it } from "vitest";
import { sweep } from "../crash/sweep.ts";

/** A short run of `npm run test:crash`, which dies at each step. */
it("loses nothing and forgets nobody, wherever the process is killed", async () => {
  const { steps, swept, failures } = await sweep(71);
  expect(failures).toEqual([]);
  expect(swept).toBeGreaterThan(5);
  // A run that releases sends, waits, writes and verifies some hundreds of times.
  expect(steps.length).toBeGreaterThan(300);
});
