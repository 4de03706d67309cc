import { once } from "node:events";
import { createServer, request as httpRequest, type Server } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { createPages, type PagesOptions } from "../../src/cli/daemon/pages.ts";
import type { ScanResult } from "../../src/core/terms/result.ts";
import { EIPS, eip, NASTY, sample } from "../report/sample.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const RUN = { endedAt: "2026-11-23T09:00:05.000Z", seconds: 5, outcome: "complete" } as const;

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** The pages on a server of their own, and a way to ask it with any header, which `fetch` does not let through. */
async function serve(options: Partial<PagesOptions> = {}, result: ScanResult | null = sample()) {
  const explained: string[] = [];
  const pages = createPages({
    host: "127.0.0.1",
    token: undefined,
    latest: () => result,
    live: () => ({ lastRun: RUN, atWorkSince: null, nextRun: "2026-11-23T09:10:00.000Z" }),
    explain: async (id) => {
      explained.push(id);
      const one = EIPS.find((other) => other.id === id) ?? eip();
      return {
        run: sample().run,
        guard: sample().guard,
        eip: one,
        rules: [],
        surroundings: ["cluster: live"],
        wouldChange: [],
        gaps: [],
      };
    },
    history: async (id) =>
      id.startsWith("eip-zzzz")
        ? []
        : [{ at: "2026-11-20T09:00:00.000Z", kind: "idle", run: "r1", eip: id, text: `seen idle (r1)`, facts: {} }],
    language: "en",
    ...options,
  });
  const server = createServer(async (request, response) => {
    if (!(await pages(request, response))) response.writeHead(404).end("nothing here");
  }).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const ask = (path: string, headers: Readonly<Record<string, string>> = {}, method = "GET", body = "") =>
    new Promise<Answer>((resolve, reject) => {
      const asked = httpRequest({ host: "127.0.0.1", port, path, method, headers }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text, headers: response.headers }));
      });
      asked.on("error", reject);
      asked.end(body);
    });
  return { ask, explained };
}

describe("the pages", () => {
  it("show the latest report, what the guard does now, and the JSON", async () => {
    const { ask } = await serve();
    const page = await ask("/");
    expect(page.status).toBe(200);
    for (const part of [
      "Last run",
      "2026-11-23 09:00 UTC",
      "Next run",
      "2026-11-23 09:10 UTC",
      "What is due when",
      "eip-b7k2m9qx",
    ])
      expect(page.text).toContain(part);
    const json = await ask("/api/scan");
    expect(json.headers["content-type"]).toBe("application/json; charset=utf-8");
    expect(JSON.parse(json.text)).toMatchObject({ schema: "eip-guard/scan/v1", run: { id: sample().run.id } });
  });

  it("say so before the first run is over", async () => {
    const { ask } = await serve({ live: () => ({ lastRun: null, atWorkSince: RUN.endedAt, nextRun: null }) }, null);
    const page = await ask("/");
    expect(page.text).toContain("the first run is not over yet");
    expect((await ask("/api/scan")).status).toBe(503);
  });

  it("say of a run that failed that what is shown is older", async () => {
    const { ask } = await serve({ live: () => ({ lastRun: { ...RUN, outcome: "failed" }, atWorkSince: null, nextRun: null }) });
    expect((await ask("/")).text).toContain("The report below is of an older run, of 2026-11-23 09:00 UTC.");
  });

  it.each(["eip-b7k2m9qx", "203.0.113.41"])("explain one EIP, by its id or its address: %s", async (name) => {
    const { ask, explained } = await serve();
    const page = await ask(`/eip/${name}`);
    expect(page.status).toBe(200);
    for (const part of ["eip-b7k2m9qx (203.0.113.41) is leaked", "cluster: live", "seen idle (r1)", 'id="timeline"'])
      expect(page.text).toContain(part);
    await ask(`/eip/${name}`);
    expect(explained).toEqual(["eip-b7k2m9qx"]);
  });

  it("show what the latest run found where no new reading succeeds, and why it doesn't", async () => {
    const { ask } = await serve({
      explain: async () => ({ why: "no route to host" }),
      history: async () => ({ why: "no store" }),
    });
    const { text } = await ask("/eip/eip-b7k2m9qx");
    for (const part of ["could not be explained by a new reading: no route to host", "could not be read: no store", "is leaked"])
      expect(text).toContain(part);
  });

  it("ask the cloud for no EIP that nobody knows", async () => {
    const { ask, explained } = await serve();
    for (const path of ["/eip/eip-zzzzzzzz", "/eip/", "/eip/a/b", "/eip/%ff", "/etc/passwd", "/api"]) {
      const { status } = await ask(path);
      expect([path, status]).toEqual([path, 404]);
    }
    expect(explained).toEqual([]);
  });

  it.each(NASTY.filter((nasty) => !/\p{Cs}/u.test(nasty)))("show %j as text", async (nasty) => {
    const { ask } = await serve({ history: async () => [] });
    const { text } = await ask(`/eip/${encodeURIComponent(nasty)}`);
    expect(text).not.toMatch(/<script>alert|<img src=x/);
  });

  it("speak the language of the browser", async () => {
    const { ask } = await serve();
    expect((await ask("/", { "accept-language": "zh-CN,zh;q=0.9,en;q=0.8" })).text).toContain("上次运行");
    expect((await ask("/", { "accept-language": "en-US,zh;q=0.9" })).text).toContain("Last run");
    const { ask: askChinese } = await serve({ language: "zh" });
    expect((await askChinese("/eip/eip-b7k2m9qx")).text).toContain("时间线");
  });

  it.each(["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])("take no %s", async (method) => {
    const { ask } = await serve();
    for (const path of ["/", "/eip/eip-b7k2m9qx", "/api/scan", "/login"]) {
      const { status, headers } = await ask(path, {}, method);
      expect([status, headers.allow]).toEqual([405, "GET, HEAD"]);
    }
  });

  it("answer HEAD like GET, without its body", async () => {
    const { ask } = await serve();
    const { status, text, headers } = await ask("/", {}, "HEAD");
    expect([status, text]).toEqual([200, ""]);
    expect(Number(headers["content-length"])).toBeGreaterThan(10_000);
  });

  it.each(["/", "/api/scan", "/eip/eip-b7k2m9qx", "/nowhere"])("let a browser do nothing but show them: %s", async (path) => {
    const { ask } = await serve();
    const { headers } = await ask(path);
    const policy = String(headers["content-security-policy"]);
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+';/);
    expect(policy).not.toContain("unsafe");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
    });
  });
});

describe("who may see the pages", () => {
  it.each([
    ["127.0.0.1:8080", 200],
    ["localhost", 200],
    ["[::1]:8080", 200],
    ["rebound.example:8080", 403],
    ["127.0.0.1.evil.example", 403],
    ["evil.example@127.0.0.1", 403],
    ["evil.example", 403],
  ])("on loopback, whoever asks for this machine's own name: %j", async (host, status) => {
    const { ask } = await serve();
    for (const path of ["/", "/api/scan", "/eip/eip-b7k2m9qx"]) expect((await ask(path, { host })).status).toBe(status);
  });

  it.each([undefined, ""])("elsewhere nobody, where no token is set (%j): there are no pages", async (token) => {
    const { ask } = await serve({ host: "0.0.0.0", token });
    for (const path of ["/", "/eip/eip-b7k2m9qx", "/api/scan", "/login"])
      expect(await ask(path, { authorization: "Bearer " })).toMatchObject({ status: 404, text: "nothing here" });
  });

  const TOKEN = "correct horse battery staple";
  it.each([
    ["the token", `Bearer ${TOKEN}`, 200],
    ["the token, in another case of the scheme", `bearer ${TOKEN}`, 200],
    ["another", "Bearer wrong", 401],
    ["a part of it", "Bearer correct", 401],
    ["more than it", `Bearer ${TOKEN}!`, 401],
    ["another scheme", `Basic ${Buffer.from(`:${TOKEN}`).toString("base64")}`, 401],
    ["none", "", 401],
  ])("elsewhere, who has %s", async (_, authorization, status) => {
    const { ask, explained } = await serve({ host: "0.0.0.0", token: TOKEN });
    for (const path of ["/", "/eip/eip-b7k2m9qx", "/api/scan"]) {
      const answer = await ask(path, { authorization, host: "guard.example" });
      expect(answer.status).toBe(status);
      expect(answer.text.includes("eip-b7k2m9qx (203.0.113.41)")).toBe(status === 200 && path.startsWith("/eip"));
    }
    expect(explained.length).toBe(status === 200 ? 1 : 0);
  });

  it("elsewhere, who entered the token once; the cookie does not hold it, and no forged one does", async () => {
    const { ask } = await serve({ host: "0.0.0.0", token: TOKEN });
    const asked = await ask("/eip/eip-b7k2m9qx");
    expect(asked.text).toContain('action="/login"');
    const wrong = await ask("/login", {}, "POST", "token=wrong");
    expect([wrong.status, wrong.headers["set-cookie"]]).toEqual([403, undefined]);
    const form = new URLSearchParams({ token: TOKEN, next: "/eip/eip-b7k2m9qx" }).toString();
    const { status, headers } = await ask("/login", {}, "POST", form);
    expect([status, headers.location]).toEqual([303, "/eip/eip-b7k2m9qx"]);
    const [cookie = ""] = headers["set-cookie"] ?? [];
    expect(cookie).toContain("; HttpOnly; SameSite=Strict");
    expect(decodeURIComponent(cookie)).not.toContain(TOKEN);
    const [session = ""] = cookie.split(";");
    expect((await ask("/", { cookie: session })).status).toBe(200);
    const later = session.replace(/=(\d+)/, (_, until: string) => `=${Number(until) + 1}`);
    for (const forged of [later, "eip_guard_ui=1.x", "eip_guard_ui=", `eip_guard_ui=${TOKEN}`])
      expect((await ask("/", { cookie: forged })).status).toBe(401);
    // Another token makes every session void.
    const { ask: askOther } = await serve({ host: "0.0.0.0", token: "another" });
    expect((await askOther("/", { cookie: session })).status).toBe(401);
  });

  it.each(["//evil.example", "https://evil.example", "/\\evil.example", "/eip/../..//evil.example"])(
    "are never sent to another host after they signed in: %s",
    async (next) => {
      const { ask } = await serve({ host: "0.0.0.0", token: TOKEN });
      const { headers } = await ask("/login", {}, "POST", new URLSearchParams({ token: TOKEN, next }).toString());
      expect(headers.location).toBe("/");
    },
  );

  it("take no token of any length", async () => {
    const { ask } = await serve({ host: "0.0.0.0", token: TOKEN });
    expect((await ask("/login", {}, "POST", `token=${"x".repeat(5_000)}`)).status).toBe(413);
  });
});
