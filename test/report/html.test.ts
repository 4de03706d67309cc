import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { costsBy } from "../../src/core/cost/breakdown.ts";
import { instant } from "../../src/core/terms/time.ts";
import { catalogue } from "../../src/language/catalogue.ts";
import { DRAWING } from "../../src/report/drawing.ts";
import { groups } from "../../src/report/groups.ts";
import { renderHtml } from "../../src/report/html.ts";
import { eipPage, liveSection, signInPage } from "../../src/report/html-serve.ts";
import { render } from "../../src/report/index.ts";
import { lineOf } from "../../src/report/rows.ts";
import { type MarkKind, type Timeline, timelineOf } from "../../src/report/timeline.ts";
import { cluster, EIPS, eip, NASTY, NOW, sample } from "./sample.ts";

const OPTIONS = { color: false, width: 80 };
const ENGLISH = catalogue("en");

/** What the page's own code draws of a timeline. */
const draw = (
  timeline: Timeline,
): { readonly label: string; readonly marks: readonly { readonly title: string; readonly letter: string }[] } =>
  new Function("line", "now", "say", `${DRAWING}; return drawn(line, now, say);`)(
    lineOf(timeline),
    timeline.now / 1_000,
    ENGLISH.report.page.script,
  );

const LETTERS: Readonly<Record<MarkKind, string>> = {
  created: "C",
  lastBound: "B",
  threshold: "T",
  flagged: "F",
  flag: "F",
  noticed: "N",
  release: "R",
};

describe("the HTML report", () => {
  it.each(NASTY)("shows %j as text wherever it stands", (nasty) => {
    const pod = {
      cluster: nasty,
      namespace: nasty,
      name: nasty,
      ordinal: null,
      workload: { apiVersion: nasty, kind: nasty, name: nasty },
    };
    const result = sample({
      run: { ...sample().run, id: nasty },
      eips: [
        eip({
          id: nasty,
          ip: nasty,
          name: nasty,
          detail: nasty,
          withheld: nasty,
          pod,
          tags: { [nasty]: nasty },
          cluster: nasty,
          account: nasty,
          createdAt: nasty,
          lastBound: { since: nasty, until: nasty },
          thresholdAt: nasty,
          cost: {
            currency: nasty,
            perHour: 1,
            soFarAtLeast: 1,
            soFarAtMost: 2,
            billed: { amount: 1, currency: nasty, from: nasty, until: nasty, difference: nasty },
          },
          rule: nasty,
          evidence: [{ kind: "claim", detail: nasty }],
        }),
      ],
      gaps: [{ scope: nasty, what: nasty, why: nasty }],
      notes: [nasty],
      alertErrors: [nasty],
      clusters: [cluster({ id: nasty, name: nasty, findings: [{ code: nasty, object: nasty, detail: nasty, fix: nasty }] })],
    });
    const tags = (html: string) => [...html.matchAll(/<\/?([a-z0-9]+)/gi)].map(([, name]) => name);
    const harmless = JSON.parse(JSON.stringify(result).replaceAll(JSON.stringify(nasty).slice(1, -1), "harmless"));
    expect(tags(render(result, "html", OPTIONS))).toEqual(tags(render(harmless, "html", OPTIONS)));
  });

  it("refers to nothing outside itself", () => {
    const html = render(sample(), "html", OPTIONS);
    expect(html).not.toMatch(/(?:src|href)\s*=\s*["'](?!#|data:)/i);
    expect(html).not.toMatch(/@import|url\((?!#)/i);
    expect(html).toContain("default-src 'none'");
  });

  it("shows the threshold audit alone when asked for that view", () => {
    const html = render(sample(), "html", { ...OPTIONS, view: "thresholds" });
    expect(html).toContain("argument of kube-system/tke-eni-ipamd");
    expect(html).toContain("403 Forbidden");
    expect(html).not.toContain("eip-b7k2m9qx");
  });
});

describe("a timeline", () => {
  const now = instant(Date.parse(NOW));
  const idle = {
    atLeastSeconds: 3_600,
    atMostSeconds: 7_200,
    actingSeconds: 3_600,
    sightings: 6,
    evidence: ["ledger" as const],
    contradiction: null,
  };

  const at = (text: string) => Date.parse(text);
  const none = {
    createdAt: null,
    lastBound: null,
    thresholdAt: null,
    flagAt: null,
    flaggedAt: null,
    noticedAt: null,
    releaseAt: null,
  } as const;

  it("runs from possibly idle over known to be idle, with both ends of the interval", () => {
    const timeline = timelineOf(eip({ ...none, idle }), now);
    expect(timeline?.possibleSince).toBe(at("2026-11-23T07:00:00Z"));
    expect(timeline?.knownSince).toBe(at("2026-11-23T08:00:00Z"));
  });

  it("leaves its beginning open where nothing bounds it", () => {
    expect(timelineOf(eip({ ...none, idle: { ...idle, atMostSeconds: null } }), now)?.possibleSince).toBeNull();
  });

  it("has when it was bound for the last time", () => {
    const lastBound = { since: "2026-11-23T06:10:00.000Z", until: "2026-11-23T07:00:00.000Z" };
    expect(timelineOf(eip({ ...none, idle, lastBound }), now)?.bound).toEqual({
      since: at("2026-11-23T06:10:00Z"),
      until: at("2026-11-23T07:00:00Z"),
    });
    const unknownSince = timelineOf(eip({ ...none, idle, lastBound: { ...lastBound, since: null } }), now);
    expect(unknownSince?.bound).toEqual({ since: null, until: at("2026-11-23T07:00:00Z") });
  });

  it.each([
    ["a creation shortly before", "2026-11-23T05:30:00.000Z", true],
    ["no creation of long ago, which would leave no room for the rest", "2025-11-23T05:30:00.000Z", false],
  ])("draws %s", (_, createdAt, drawn) => {
    const timeline = timelineOf(eip({ ...none, idle, createdAt }), now);
    expect((timeline?.from ?? 0) < at(createdAt)).toBe(drawn);
    const titles = timeline === null ? "" : JSON.stringify(draw(timeline));
    expect(titles.includes("before what is drawn")).toBe(!drawn);
  });

  it.each([
    ["its creation", { createdAt: "2026-08-01T08:00:00.000Z" }, "C", true],
    ["when it was last known to be bound", { lastBound: { since: null, until: "2026-11-23T07:00:00.000Z" } }, "B", true],
    ["a threshold that is past", { thresholdAt: "2026-11-23T08:30:00.000Z" }, "T", true],
    ["a threshold to come", { thresholdAt: "2026-11-23T09:30:00.000Z" }, "T", false],
    ["a flag that was set", { flaggedAt: "2026-11-23T08:00:00.000Z" }, "F", true],
    ["a flag to come", { flaggedAt: null, flagAt: "2026-11-24T08:00:00.000Z" }, "F", false],
    ["a flag that is overdue as not set", { flaggedAt: null, flagAt: "2026-11-22T08:00:00.000Z" }, "F", false],
    ["a notice that was delivered", { noticedAt: "2026-11-23T08:00:00.000Z" }, "N", true],
    ["a release to come", { releaseAt: "2026-11-24T08:00:00.000Z" }, "R", false],
    ["a release that is overdue as not done", { releaseAt: "2026-11-22T08:00:00.000Z" }, "R", false],
  ] as const)("marks %s", (_, fields, letter, happened) => {
    const timeline = timelineOf(eip({ ...none, idle, ...fields }), now);
    expect(timeline?.marks.map((mark) => ({ letter: LETTERS[mark.kind], happened: mark.happened }))).toEqual([
      { letter, happened },
    ]);
    expect(timeline === null ? [] : draw(timeline).marks).toMatchObject([{ letter, planned: !happened }]);
  });

  it("says all that it draws in words too", () => {
    const timeline = timelineOf(
      eip({
        idle,
        createdAt: "2026-08-01T08:00:00.000Z",
        lastBound: { since: "2026-11-23T06:10:00.000Z", until: "2026-11-23T07:00:00.000Z" },
        thresholdAt: "2026-11-23T08:30:00.000Z",
        flaggedAt: "2026-11-23T08:40:00.000Z",
        noticedAt: "2026-11-23T08:41:00.000Z",
        releaseAt: "2026-11-24T08:00:00.000Z",
      }),
      now,
    );
    const label = timeline === null ? "" : draw(timeline).label;
    expect(label.split("; ")).toEqual([
      "bound since 2026-11-23 06:10 UTC",
      "possibly idle since 2026-11-23 07:00 UTC",
      "known to be idle since 2026-11-23 08:00 UTC",
      "created 2026-08-01 08:00 UTC",
      "last known to be bound 2026-11-23 07:00 UTC",
      "recycle threshold 2026-11-23 08:30 UTC",
      "flagged 2026-11-23 08:40 UTC",
      "notice delivered 2026-11-23 08:41 UTC",
      "release, not before 2026-11-24 08:00 UTC",
    ]);
  });

  it("is not drawn while the EIP is not idle", () => {
    expect(timelineOf(eip({ idle: null }), now)).toBeNull();
  });
});

const CHROMIUM = "/usr/bin/chromium";
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

describe.skipIf(!existsSync(CHROMIUM))(`in ${CHROMIUM} (skipped where that is absent)`, () => {
  let browser: Browser;
  let server: Server;
  let url = "";
  beforeAll(async () => {
    const html = render(sample(), "html", OPTIONS);
    const { eips, ...result } = sample();
    const [one = eip()] = eips;
    const told = {
      run: result.run,
      guard: result.guard,
      rules: [],
      surroundings: ["cluster: live"],
      wouldChange: ["binding it"],
      gaps: [],
    };
    const history = [{ at: NOW, kind: "idle" as const, run: "r1", eip: one.id, text: "seen idle (r1)", facts: {} }];
    const live = { lastRun: { endedAt: NOW, seconds: 5, outcome: "complete" as const }, atWorkSince: null, nextRun: NOW };
    const [english, served] = [catalogue("en"), sample()];
    const pages: Readonly<Record<string, string>> = {
      "/eip": eipPage({ id: one.id, explained: { ...told, eip: one }, latest: null, history }, english),
      "/served": renderHtml(served, "eips", {}, { live: liveSection(live, served, english), eipPages: "/eip/" }),
      "/sign-in": signInPage(true, "/", english),
    };
    server = createServer(({ url: path = "/" }, response) =>
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(pages[path] ?? html),
    );
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    url = `http://127.0.0.1:${address.port}/report.html`;
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  /** Opens the report, does something with it, and fails on any error in the console and any request but the one for the page. */
  async function open(
    use: (page: Page) => Promise<void>,
    options: Parameters<Browser["newPage"]>[0] = {},
    loads = 1,
  ): Promise<void> {
    const page = await browser.newPage(options);
    const errors: string[] = [];
    const requests: string[] = [];
    page.on("console", (message) => errors.push(message.text()));
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("request", (request) => requests.push(request.url()));
    await page.goto(url);
    await use(page);
    await page.close();
    expect(errors).toEqual([]);
    const own = requests.filter((to) => !to.startsWith("data:") && !to.startsWith("blob:"));
    expect(own.map((to) => to.replace(/#.*/, ""))).toEqual(Array.from({ length: loads }, () => url));
  }

  const ids = (page: Page) => page.locator("#eips tr.row:visible a.id").allTextContents();
  const IDLE = EIPS.filter(({ verdict }) => verdict !== "in-use");
  // Worst verdict first, then by reason, the dearest first.
  const LISTED = groups(IDLE, ENGLISH).flatMap(({ eips }) => eips.map(({ id }) => id));

  it("shows every EIP that is not in use, worst first, the gaps and the money", () =>
    open(async (page) => {
      expect(await ids(page)).toEqual(LISTED);
      expect(await page.locator(".alarm").textContent()).toContain("403 Forbidden");
      expect(await page.locator(".card").first().textContent()).toBe("Leaked: can be saved a month17,863.10 CNY3 EIPs");
      expect(await page.locator(".card .big").allTextContents()).toContain("18,301.10 CNY");
    }));

  it("sorts by a column, and the other way round", () =>
    open(async (page) => {
      const button = page.locator("#eips").getByRole("button", { name: /^EIP/ });
      await button.click();
      expect(await ids(page)).toEqual([...LISTED].sort());
      await button.click();
      expect(await ids(page)).toEqual([...LISTED].sort().reverse());
      expect(await page.locator("#eips th[aria-sort=descending]").textContent()).toContain("EIP");
    }));

  it("tells one EIP in full when asked, with its timeline, and can be linked to it", () =>
    open(async (page) => {
      await page.goto(`${url}#eip-ffffffff`);
      const details = page.locator("#eip-ffffffff + tr.more");
      expect(await details.textContent()).toContain("its threshold of 1h ends in 22m");
      expect(await details.locator("svg.timeline").getAttribute("aria-label")).toContain("known to be idle since");
      await page.getByRole("button", { name: "details of eip-ffffffff" }).click();
      expect(await details.count()).toBe(0);
      expect(await page.locator("#eips tr.more").count()).toBe(0);
    }));

  it("finds what is in use, by tag and name too, and keeps the choice in the address", () =>
    open(
      async (page) => {
        await page.getByRole("searchbox").fill("eip-iiiiiiii");
        expect(await ids(page)).toEqual(["eip-iiiiiiii"]);
        await page.getByRole("searchbox").fill("tke-created-eip=true web-0");
        expect(await ids(page)).toContain("eip-aaaaaaaa");
        await page.getByRole("combobox", { name: "Cluster" }).selectOption("cls-22222222");
        expect(page.url()).toContain("cluster=cls-22222222");
        const chosen = await ids(page);
        await page.reload();
        expect(await ids(page)).toEqual(chosen);
      },
      {},
      2,
    ));

  it("groups by workload, and gives the chosen EIPs as CSV", () =>
    open(async (page) => {
      await page.getByRole("combobox", { name: "Group by" }).selectOption("workload");
      expect(await page.locator("#eips tr.group").first().textContent()).toContain("StatefulSet");
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name: "Download CSV" }).click(),
      ]);
      const csv = (await readFile(await download.path(), "utf8")).split("\r\n");
      expect(csv[0]).toContain("id,ip,name");
      expect(csv).toHaveLength(IDLE.length + 2);
    }));

  it("opens 20,000 EIPs in few rows, and makes more when asked", async () => {
    const eips = Array.from({ length: 20_000 }, (_, index) =>
      eip({ id: `eip-${String(index).padStart(8, "0")}`, ip: `10.0.${index >> 8}.${index % 256}` }),
    );
    const [file, page] = [join(tmpdir(), `eip-guard-${process.pid}.html`), await browser.newPage()];
    try {
      await writeFile(file, render(sample({ eips }), "html", OPTIONS));
      await page.goto(`file://${file}`);
      expect(await page.locator("#eips tr.row").count()).toBeLessThanOrEqual(500);
      expect(await page.evaluate("document.querySelectorAll('*').length")).toBeLessThan(20_000);
      await page.goto(`file://${file}#eip-00019000`);
      await page.reload();
      expect(await page.locator("#eips tr.row").count()).toBe(1);
      await page.getByRole("searchbox").fill("10.0.77.1");
      expect(await page.locator("#shown").textContent()).toContain("of 20,000 EIPs");
    } finally {
      await page.close();
      await rm(file, { force: true });
    }
  }, 60_000);

  it("sorts numbers as numbers", () =>
    open(async (page) => {
      await page.getByRole("button", { name: "Idle for" }).click();
      expect((await ids(page)).slice(0, 3)).toEqual(["eip-hhhhhhhh", "eip-dddddddd", "eip-ffffffff"]);
    }));

  it("sorts each table of costs by itself", () =>
    open(async (page) => {
      const table = page.getByRole("table", { name: "Idle EIPs by workload" });
      const names = () => table.locator("tbody th").allTextContents();
      const dearestFirst = costsBy("workload", EIPS).map(({ of }) => of?.workload.name ?? "no workload known");
      const shown = (all: readonly string[]) => all.map((name) => name.replace(/^.*\/|@.*$/g, ""));
      expect(shown(await names())).toEqual(dearestFirst);
      await table.getByRole("button", { name: "So far" }).click();
      expect(shown(await names()).slice(0, 2)).toEqual(["no workload known", "chat"]);
      expect(await ids(page)).toEqual(LISTED);
    }));

  it("filters by words and by verdict, and says how many are left", () =>
    open(async (page) => {
      await page.getByRole("searchbox").fill("chat threshold");
      expect(await ids(page)).toEqual(["eip-ffffffff"]);
      await page.getByRole("searchbox").fill("");
      await page.getByRole("combobox", { name: "Verdict" }).selectOption("leaked");
      expect((await ids(page)).sort()).toEqual(["eip-aaaaaaaa", "eip-b7k2m9qx", "eip-cccccccc"]);
      expect(await page.locator("#shown").textContent()).toBe("3 of 10 EIPs, 17,863.10 CNY a month");
    }));

  it("can be sorted by keyboard alone", () =>
    open(async (page) => {
      await page.locator("#eips").getByRole("button", { name: /^EIP/ }).focus();
      await page.keyboard.press("Enter");
      expect(await ids(page)).toEqual([...LISTED].sort());
    }));

  it("shows everything without its script", () =>
    open(
      async (page) => {
        expect(await page.locator("noscript tbody th code").allTextContents()).toEqual(IDLE.map(({ id }) => id));
        expect(await page.locator("#filters").isVisible()).toBe(false);
      },
      { javaScriptEnabled: false },
    ));

  it.each([390, 420, 768, 1200, 1400])("is no wider than a screen of %d pixels", (width) =>
    open(
      async (page) => {
        expect(await page.locator("html").evaluate((root) => root.scrollWidth)).toBeLessThanOrEqual(width);
      },
      { viewport: { width, height: 800 } },
    ),
  );

  it("fits on paper, in dark colours on none", () =>
    open(
      async (page) => {
        await page.emulateMedia({ media: "print", colorScheme: "dark" });
        expect(await cutOff(page)).toEqual([]);
        expect(await page.evaluate("getComputedStyle(document.body).backgroundColor")).toBe("rgb(255, 255, 255)");
        expect(await page.evaluate(LOW_CONTRAST)).toEqual([]);
      },
      // A4 at 96 dots an inch, without its margins.
      { viewport: { width: 718, height: 1_000 } },
    ));

  it.each([
    ["of a phone", 390],
    ["of a desk", 1_200],
  ] as const)("cuts no table off on a screen %s", (_, width) =>
    open(async (page) => expect(await cutOff(page)).toEqual([]), { viewport: { width, height: 800 } }),
  );

  it.each(["light", "dark"] as const)("can be read in %s: every text has a contrast of 4.5 on its ground", (colorScheme) =>
    open(async (page) => expect(await page.evaluate(LOW_CONTRAST)).toEqual([]), { colorScheme }),
  );

  it.each(["/eip", "/served", "/sign-in"])("has pages that serve shows, in every width and colour: %s", async (path) => {
    for (const [width, colorScheme] of [
      [420, "light"],
      [1_400, "dark"],
    ] as const) {
      const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
      const errors: string[] = [];
      page.on("console", (message) => errors.push(message.text()));
      page.on("pageerror", (error) => errors.push(error.message));
      await page.goto(new URL(path, url).href);
      expect(await page.locator("html").evaluate((root) => root.scrollWidth)).toBeLessThanOrEqual(width);
      expect(await page.evaluate(LOW_CONTRAST)).toEqual([]);
      expect(await cutOff(page)).toEqual([]);
      expect(await page.locator("#timeline svg[aria-label]").count()).toBe(path === "/eip" ? 1 : 0);
      await page.close();
      expect(errors).toEqual([]);
    }
  });

  it("makes rows as they come into view, and takes away those that left it", async () => {
    const eips = Array.from({ length: 3_000 }, (_, index) => eip({ id: `eip-${String(index).padStart(8, "0")}` }));
    const [file, page] = [join(tmpdir(), `eip-guard-rows-${process.pid}.html`), await browser.newPage()];
    try {
      await writeFile(file, render(sample({ eips }), "html", OPTIONS));
      await page.goto(`file://${file}`);
      const rows = page.locator("#eips tr.row");
      await expect.poll(() => rows.count()).toBeGreaterThan(0);
      const height = await page.evaluate("document.documentElement.scrollHeight");
      expect(height).toBeGreaterThan(3_000 * 20);
      await page.evaluate("scrollTo(0, document.getElementById('eips').getBoundingClientRect().bottom + scrollY - 500)");
      await expect.poll(() => page.locator("#eip-00002999").isVisible()).toBe(true);
      await expect.poll(() => page.locator("#eip-00000000").count()).toBe(0);
      expect(await rows.count()).toBeLessThanOrEqual(500);
      await page.emulateMedia({ media: "print" });
      await page.evaluate("dispatchEvent(new Event('beforeprint'))");
      expect(await rows.count()).toBeGreaterThanOrEqual(1_000);
    } finally {
      await page.close();
      await rm(file, { force: true });
    }
  });

  it("has its landmarks, headings, captions and scopes", () =>
    open(async (page) => {
      for (const landmark of ["banner", "main", "contentinfo", "navigation"] as const)
        expect(await page.getByRole(landmark).count()).toBe(1);
      expect(await page.locator("table:not(:has(caption))").count()).toBe(0);
      expect(await page.locator("th:not([scope])").count()).toBe(0);
      expect(await page.locator("section:not([aria-labelledby])").count()).toBe(0);
      expect(await page.locator("svg[role=img]:not([aria-label])").count()).toBe(0);
    }));
});

/** The captions of tables that are wider than their frames. */
function cutOff(page: Page): Promise<readonly string[]> {
  const frames = page.locator(".wide");
  return frames.evaluateAll((all) =>
    all.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.querySelector("caption")?.textContent ?? ""),
  );
}

/** Finds texts whose colour is too near to that of their ground; runs in the page, hence as text. */
const LOW_CONTRAST = `(() => {
  const channels = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number);
  const luminance = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = channels(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const low = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || element.closest("svg,script,style") || !element.checkVisibility()) continue;
    const [one, other] = [luminance(channels(getComputedStyle(element).color)), luminance(ground(element))].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (other + 0.05);
    if (ratio < 4.5) low.push(walker.currentNode.data.trim() + " " + ratio.toFixed(2));
  }
  return low;
})()`;
