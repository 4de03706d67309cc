import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { addSecret } from "../../sim/world/world.ts";
import { buildAway, type Daemon, serveIn } from "./served.ts";
import { openDemoStage, type Stage } from "./stage.ts";

/** `eip-guard serve` as people run it: the built program in a process of its own, with its own logger. */

let away: Awaited<ReturnType<typeof buildAway>>;
beforeAll(async () => {
  away = await buildAway();
});
afterAll(() => away.remove());

let stage: Stage;
let daemon: Daemon | null = null;
beforeEach(async () => {
  stage = await openDemoStage();
});
afterEach(async () => {
  daemon?.process.kill("SIGKILL");
  await stage.close();
});

async function serve(...more: readonly string[]): Promise<Daemon> {
  daemon = await serveIn(stage, away.folder, more);
  return daemon;
}

const logged = ({ lines }: Daemon, message: string) => lines.filter(({ msg }) => msg === message);

it("outlives runs that are longer than their period, and ends when it is asked to", async () => {
  stage.simulator.cloud.faults.push({ action: "DescribeAddresses", kind: "hang", times: 1 });
  const served = await serve("--cron", "* * * * * *", "--run-timeout", "2s");
  await expect.poll(() => logged(served, "run failed").length, { timeout: 20_000 }).toBeGreaterThan(0);
  expect(logged(served, "schedule").length).toBeGreaterThan(0);
  expect(logged(served, "run failed")[0]).toMatchObject({ code: "RunHangs" });
  expect(await served.get("/readyz")).toEqual({ status: 503, text: "the latest run failed; the log says why" });
  const { text } = await served.get("/metrics");
  expect(text).toMatch(/eip_guard_runs_total\{outcome="timed-out"\} [1-9]/);
  expect(text).toMatch(/eip_guard_runs_total\{outcome="skipped"\} [1-9]/);
  // The one that hung gives up, its lease is free again, and the next goes on.
  await expect.poll(() => logged(served, "run finished").length, { timeout: 60_000 }).toBeGreaterThan(0);
  expect((await served.get("/metrics")).text).toMatch(
    /eip_guard_api_calls_total\{product="vpc",action="DescribeAddresses",outcome="ok"\} [1-9]/,
  );
  // What the run found, for a browser; explained by a reading of its own, with its history from the trail.
  const { status, text: json } = await served.get("/api/scan");
  const { eips, schema } = JSON.parse(json);
  expect([status, schema]).toEqual([200, "eip-guard/scan/v1"]);
  const leaked = eips.find((eip: { readonly verdict: string }) => eip.verdict !== "in-use");
  expect((await served.get("/")).text).toContain(leaked.id);
  const page = await served.get(`/eip/${leaked.id}`);
  expect(page.status).toBe(200);
  for (const part of [leaked.ip, "Explained by a reading of", "History", "seen for the first time"])
    expect(page.text).toContain(part);
  expect((await served.get("/eip/eip-none")).status).toBe(404);
  served.process.kill("SIGTERM");
  expect(await served.ended).toBe(0);
});

it("reads its configuration before each run: a lower mode counts at once, and with a broken file nothing is run", async () => {
  const path = join(stage.folder, "eip-guard.yaml");
  const written = await readFile(path, "utf8");
  await writeFile(path, `mode: flag\n${written}`);
  const served = await serve("--cron", "*/2 * * * * *");
  await expect.poll(() => logged(served, "run finished").length, { timeout: 20_000 }).toBeGreaterThan(0);
  expect(logged(served, "run finished")[0]).toMatchObject({ mode: "flag" });

  await writeFile(path, `mode: flagg # of secret-place\n${written}`);
  await expect.poll(() => logged(served, "run failed").length, { timeout: 20_000 }).toBeGreaterThan(0);
  const finished = logged(served, "run finished").length;
  const ready = await served.get("/readyz");
  expect(ready).toEqual({ status: 503, text: "the latest run failed; the log says why" });
  expect(JSON.stringify(logged(served, "run failed"))).toContain("flagg");
  expect((await served.get("/metrics")).text).toMatch(/eip_guard_runs_total\{outcome="misconfigured"\} [1-9]/);

  await writeFile(path, `mode: audit\n${written}`);
  await expect.poll(() => logged(served, "run finished").length, { timeout: 20_000 }).toBeGreaterThan(finished);
  expect(logged(served, "run finished").at(-1)).toMatchObject({ mode: "audit" });
});

it("runs by deploy.schedule, and takes what proves a press out of the Secrets Manager, which no press asks", async () => {
  const [region] = stage.world.accounts[0]?.regions.values() ?? [];
  if (region === undefined) throw new Error("no region");
  addSecret(stage.world, region, "signing", "marked-signing");
  await stage.configure(
    `state: { dir: ./state }\nsecrets: { region: ${region.name}, SLACK_SIGNING_SECRET: signing }\ndeploy: { schedule: "*/15 * * * *", timezone: Asia/Tokyo }`,
  );
  const file = join(stage.folder, "eip-guard.yaml");
  const text = await readFile(file, "utf8");
  await writeFile(
    file,
    text.replace('slack: { channel: "#eip-guard",', 'slack: { channel: "#eip-guard", buttons: { users: [U012ABCDEF] },'),
  );
  const served = await serve();
  expect(logged(served, "serving")[0]).toMatchObject({ cron: "*/15 * * * *", timezone: "Asia/Tokyo" });
  await expect.poll(() => logged(served, "run finished").length, { timeout: 20_000 }).toBe(1);
  const asked = () => stage.simulator.cloud.calls.filter(({ action }) => action === "GetSecretValue").length;
  const before = asked();
  expect(before).toBeGreaterThan(0);
  for (let press = 0; press < 3; press += 1)
    expect((await fetch(`${served.url}/slack/actions`, { method: "POST", body: "payload=1" })).status).toBe(401);
  expect(asked()).toBe(before);
  expect(JSON.stringify(served.lines)).not.toContain("marked-signing");
});
