import { execFileSync, fork } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { chromium } from "playwright-core";
import { answerOf } from "./fleet.ts";

/** The HTML report of large accounts in Chromium: its size, and how long it takes to show, to sort and to filter. */
const SIZES = [2_000, 20_000] as const;
const RUNS = 3;
const CHROMIUM = "/usr/bin/chromium";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

interface World {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
}

export async function run(): Promise<void> {
  if (!existsSync(here("../dist/cli.js"))) throw new Error("run npm run build first");
  if (!existsSync(CHROMIUM)) throw new Error(`${CHROMIUM} is needed`);
  console.log(`the HTML report in Chromium, Node ${process.version}; medians of ${RUNS}`);
  for (const eips of SIZES) {
    const shape = JSON.stringify({ eips, pods: eips, regions: 1, clusters: 1, latency: 0 });
    const child = fork(here("./world.ts"), [shape], { execArgv: ["--import", "tsx"] });
    const { folder, environment } = (await answerOf(child)) as World;
    const args = [here("../dist/cli.js"), "scan", "--all", "--out", "report.html"];
    execFileSync(process.execPath, args, { cwd: folder, env: { ...environment, PATH: process.env.PATH ?? "" }, stdio: "ignore" });
    child.send("end");
    await measure(eips, join(folder, "report.html"));
  }
}

async function measure(eips: number, file: string): Promise<void> {
  const measured: Seen[] = [];
  for (let number = 0; number < RUNS; number += 1) measured.push(await seen(file));
  const bytes = readFileSync(file);
  const middle = (what: keyof Seen) => median(measured.map((one) => one[what]));
  const times = (["paint", "rows", "sort", "filter"] as const).map((what) => `${what} ${middle(what)} ms`);
  console.log(
    `${eips} EIPs: ${megabytes(bytes)} MB, packed ${megabytes(gzipSync(bytes))} MB; ${times.join(", ")}; ${middle("elements")} elements`,
  );
}

interface Seen {
  /** First contentful paint. */
  readonly paint: number;
  /** Until the first rows are there. */
  readonly rows: number;
  readonly sort: number;
  readonly filter: number;
  readonly elements: number;
}

const SORT = `document.querySelector("#eips th[data-key=pod] button").click()`;
const FILTER = `new Promise((resolve) => {
  const field = document.querySelector("#filters input[name=text]"), shown = document.getElementById("shown");
  new MutationObserver(resolve).observe(shown, { childList: true });
  field.value = "-1234";
  field.dispatchEvent(new Event("input", { bubbles: true }));
}).then(() => undefined)`;

/** Opens the file in a browser of its own, as somebody who looks at it for the first time. */
async function seen(file: string): Promise<Seen> {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });
  try {
    const page = await browser.newPage({ viewport: { width: 1_400, height: 900 } });
    const timed = async (act: () => Promise<unknown>) => {
      const start = performance.now();
      await act();
      return Math.round(performance.now() - start);
    };
    const rows = await timed(async () => {
      await page.goto(`file://${file}`, { waitUntil: "commit" });
      await page.locator("#eips tr.row").first().waitFor();
    });
    const paint = await page.evaluate<number>(
      "Math.round(performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1)",
    );
    const elements = await page.evaluate<number>("document.querySelectorAll('*').length");
    const sort = await timed(() => page.evaluate(SORT));
    const filter = await timed(() => page.evaluate(FILTER));
    return { paint, rows, sort, filter, elements };
  } finally {
    await browser.close();
  }
}

function megabytes(bytes: Uint8Array): string {
  return (bytes.length / 1e6).toFixed(1);
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}
