import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BacktestResult } from "../../src/core/replay/result.ts";
import { DAY } from "../../src/core/terms/time.ts";
import { backtestPage } from "../../src/report/backtest-html.ts";

/** The back-test's page in a real browser: light and dark, on a desk and on a phone. */

const CHROMIUM = "/usr/bin/chromium";
const START = Date.UTC(2026, 0, 1);
const at = (day: number) => new Date(START + day * DAY).toISOString();

/** Forty releases, of which each third was used again; thirty delays, of which the longest ten have no false release. */
const RESULT: BacktestResult = {
  schema: "eip-guard/backtest/v1",
  since: at(0),
  until: at(120),
  policy: "sha256",
  flagged: [],
  released: Array.from({ length: 40 }, (_, index) => ({
    id: `eip-${index.toString(36).padStart(8, "0")}`,
    ip: `203.0.113.${index}`,
    pod: `games/web-with-a-long-name-${index}@cls-00000001`,
    at: at(8 + index * 2),
    usedAgainAt: index % 3 === 0 ? at(9 + index * 2) : null,
    saved: { currency: "CNY", amount: 12.5 },
  })),
  falseReleases: 14,
  wouldHaveSaved: [{ currency: "CNY", amount: 500 }],
  kept: [],
  undecided: [{ id: "eip-old00000", why: "an older version wrote the record of its time" }],
  sweep: Array.from({ length: 30 }, (_, index) => ({
    releaseAfter: `${index + 1}d`,
    released: 60 - index,
    falseReleases: Math.max(0, 20 - index),
    wouldHaveSaved: [{ currency: "CNY", amount: 4_000 / (index + 1) }],
  })),
};

describe.skipIf(!existsSync(CHROMIUM))("the page of a back-test, in a browser", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  }, 60_000);
  afterAll(() => browser?.close());

  async function open(use: (page: Page) => Promise<void>, options: Parameters<Browser["newPage"]>[0]): Promise<void> {
    const page = await browser.newPage(options);
    const errors: string[] = [];
    page.on("console", (message) => errors.push(message.text()));
    page.on("pageerror", (error) => errors.push(error.message));
    await page.setContent(backtestPage(RESULT));
    await use(page);
    await page.close();
    expect(errors).toEqual([]);
  }

  it.each([360, 420, 1_000])("is no wider than a screen of %d pixels, and no two texts of a chart stand in each other", (width) =>
    open(
      async (page) => {
        expect(await page.locator("html").evaluate((root) => root.scrollWidth)).toBeLessThanOrEqual(width);
        const boxes = await page.locator("svg text").evaluateAll((texts) =>
          texts.map((text) => {
            const { left, right, top, bottom } = text.getBoundingClientRect();
            return { said: text.textContent, left, right, top, bottom };
          }),
        );
        expect(boxes.filter(({ left, right }) => left < 0 || right > width)).toEqual([]);
        const touching = boxes.flatMap((one, index) =>
          boxes
            .slice(index + 1)
            .filter(
              (other) => one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom,
            )
            .map((other) => `${one.said} and ${other.said}`),
        );
        expect(touching).toEqual([]);
        // On a phone too: 11 pixels.
        expect(Math.min(...boxes.map(({ top, bottom }) => bottom - top))).toBeGreaterThanOrEqual(11);
      },
      { viewport: { width, height: 800 } },
    ),
  );

  it("names the shortest delay without a false release", () =>
    open(async (page) => expect(await page.locator("svg").nth(1).locator("text").allTextContents()).toContain("21d"), {
      viewport: { width: 1_000, height: 800 },
    }));

  it.each([
    ["light", "rgb(255, 255, 255)"],
    ["dark", "rgb(17, 22, 29)"],
  ] as const)("follows the colours of the screen: %s", (colorScheme, ground) =>
    open(async (page) => expect(await page.evaluate("getComputedStyle(document.body).backgroundColor")).toBe(ground), {
      colorScheme,
    }),
  );
});
