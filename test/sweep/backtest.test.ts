import { expect, it } from "vitest";
import { play } from "../lives/play.ts";

/** Lives in which nothing fails and nobody speaks: what is released follows from the policy alone, and so does the back-test. */
const SEEDS = [21, 22, 27, 28];

it.each(SEEDS)("plays the life of seed %i again, release by release", async (seed) => {
  const { ids, backtests, failures, story } = await play(seed, { days: 6, calm: true, backtest: [null, "2h", "96h"] });
  expect(failures, story.join("\n")).toEqual([]);
  expect(ids.length).toBeGreaterThan(2);
  const [same, shorter, longer] = backtests;
  expect([...(same?.released ?? [])].map(({ id }) => id).sort(), story.join("\n")).toEqual([...ids].sort());
  expect(same?.released.filter(({ usedAgainAt }) => usedAgainAt !== null)).toEqual([]);
  // What the world bound again is what a shorter delay would have got wrong.
  for (const played of [shorter, longer]) {
    const wrong = (played?.released ?? []).filter(({ usedAgainAt }) => usedAgainAt !== null).map(({ id }) => id);
    expect(wrong.sort()).toEqual([...(played?.boundLater ?? [])].sort());
  }
});
