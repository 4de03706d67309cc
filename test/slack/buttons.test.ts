import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type CosServer, startCosServer } from "../../sim/cos.ts";
import { type SignedPress, type SlackServer, startSlackServer } from "../../sim/slack.ts";
import { answerPress, type ButtonOptions, openButtons } from "../../src/buttons.ts";
import { parseConfig } from "../../src/config/load.ts";
import { GONE } from "../../src/core/remember.ts";
import { type AddressMemory, emptyLedger } from "../../src/core/terms/ledger.ts";
import { DAY, type Instant, instant } from "../../src/core/terms/time.ts";
import { recall } from "../../src/cycle/recall.ts";
import { buttonsFunction, type UrlAnswer } from "../../src/scf-buttons.ts";
import { render } from "../../src/slack/render.ts";
import { requestOf } from "../../src/slack/signed-request.ts";
import { openFolderStoreForWriting } from "../../src/store/folder.ts";
import { eip } from "../report/sample.ts";
import { all } from "../store/samples.ts";

/** The buttons below a notice: from the message as it is posted to what the store has after a press. */

const SECRET = "8f742231b10e8888abcd99yyyzzz85a5";
const USER = "U012ABCDEF";
const ID = "eip-aaaaaaaa";
/** Slack's signatures are about the machine's clock. */
const NOW = instant(Math.floor(Date.now() / 1_000) * 1_000);
const clock = { now: () => instant(Date.now()), sleep: async () => undefined };

let slack: SlackServer;
beforeAll(async () => {
  slack = await startSlackServer();
});
afterAll(() => slack.close());

let folder: string;
let logged: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "eip-guard-buttons-"));
  logged = [];
  slack.responses.length = 0;
});
afterEach(() => rm(folder, { recursive: true }));

const CONFIGURATION = `
tencent: { regions: [ap-guangzhou] }
release: { approval: required }
alerts: { slack: { channel: "#eip-guard", buttons: { users: [${USER}] } } }
state: { dir: ./state }
`;

const FLAGGED: AddressMemory = {
  account: "default",
  region: "ap-guangzhou",
  ip: "203.0.113.10",
  firstSeenAt: NOW,
  lastSeenAt: NOW,
  boundAt: null,
  idleSince: NOW,
  acting: null,
  status: { is: "UNBIND", since: NOW },
  pod: null,
  everInIdList: false,
  flag: { at: NOW, rule: "leaked", reason: "orphan", tagged: false, noticedAt: NOW, noticedReleaseAt: NOW },
  keep: null,
  approval: null,
  protections: {},
  evidence: null,
  verdict: { verdict: "leaked", reason: "orphan", at: NOW },
  outlook: { releaseAt: instant(NOW + DAY), needsApproval: true },
};

/** A store in which a run has announced the EIP. */
async function announced(memory: Partial<AddressMemory> = {}, readings: readonly Instant[] = [NOW]): Promise<ButtonOptions> {
  const { config } = parseConfig(CONFIGURATION, { path: join(folder, "eip-guard.yaml"), env: {} });
  const opened = await openButtons(config, { SLACK_SIGNING_SECRET: SECRET }, clock);
  const addresses = { [ID]: { ...FLAGGED, ...memory } };
  await opened.store.writeLedger({ ...emptyLedger(), generation: 1, readings, addresses });
  return { ...opened, log: (why) => logged.push(why) };
}

/** The notice's blocks. */
function message(language: "en" | "zh" = "en"): readonly unknown[] {
  const one = eip({ id: ID, flaggedAt: null, approval: { needed: true, given: null } });
  const notice = {
    kind: "notice",
    at: NOW,
    mode: "enforce",
    eips: [one],
    later: 0,
    keepTags: [],
    notice: DAY,
    timezone: null,
    cap: null,
  } as const;
  return render(notice, language, true).blocks;
}

function pressOf(
  button: string,
  { user = USER, secret = SECRET, timestamp }: { user?: string; secret?: string; timestamp?: number } = {},
) {
  const at = timestamp === undefined ? {} : { timestamp };
  return slack.press({ secret, user, blocks: message(), button, of: ID, ...at });
}

async function send({ body, headers }: SignedPress, options: ButtonOptions): Promise<number> {
  const request = {
    body: Buffer.from(body),
    signature: headers["X-Slack-Signature"],
    timestamp: headers["X-Slack-Request-Timestamp"],
  };
  return (await answerPress(request, options)).status;
}

const store = () => openFolderStoreForWriting(join(folder, "state"), clock);
/** As whoever reads the ledger next takes it over from the trail. */
const memoryNow = async () => (await recall(await store())).ledger.addresses[ID];
const trail = async () => all((await store()).readTrail());
const told = () => slack.responses.map(({ body }) => body);

describe("a press", () => {
  it("of Keep 7 days keeps the EIP, with the person, and the message shows that instead of its buttons", async () => {
    expect(await send(pressOf("Keep 7 days"), await announced())).toBe(200);
    const keep = (await memoryNow())?.keep;
    expect(keep).toMatchObject({ by: `slack:${USER}` });
    expect(keep?.until).toBeGreaterThan(NOW + 7 * DAY - 1_000);
    expect(keep?.until).toBeLessThan(NOW + 7 * DAY + 60_000);
    expect(await trail()).toEqual([expect.objectContaining({ kind: "kept", eip: ID, run: `person: slack:${USER}` })]);
    const [update] = told();
    expect(update).toMatchObject({ replace_original: true });
    expect(JSON.stringify(update)).toContain(`<@${USER}>`);
    expect(JSON.stringify(update)).not.toContain('"actions"');
    expect(logged).toEqual([]);
  });

  it("of Keep keeps it until somebody takes that back", async () => {
    await send(pressOf("Keep"), await announced());
    expect((await memoryNow())?.keep).toMatchObject({ by: `slack:${USER}`, until: null });
  });

  it("of Approve approves the release, and the EIP can still be kept", async () => {
    const options = await announced();
    await send(pressOf("Approve"), options);
    expect((await memoryNow())?.approval).toMatchObject({ by: `slack:${USER}` });
    expect(await trail()).toEqual([expect.objectContaining({ kind: "approved", eip: ID })]);
    const { blocks } = Object(told()[0]);
    expect(await send(slack.press({ secret: SECRET, user: USER, blocks, button: "Keep", of: ID }), options)).toBe(200);
    expect(await memoryNow()).toMatchObject({ approval: null, keep: { until: null } });
  });

  it("of Why? is told to the one who asked, and nothing is written", async () => {
    await send(pressOf("Why?"), await announced());
    expect(told()).toEqual([expect.objectContaining({ response_type: "ephemeral", replace_original: false })]);
    expect(JSON.stringify(told())).toContain("203.0.113.10");
    expect(await trail()).toEqual([]);
  });

  it.each<[string, Partial<AddressMemory>, readonly Instant[], string]>([
    ["that somebody keeps", { keep: { at: NOW, by: "lin", why: "", until: null } }, [NOW], "lin keeps it"],
    ["that is gone", { status: { is: GONE, since: NOW } }, [NOW], "gone since"],
    ["that a later run has unflagged", { flag: null }, [NOW, instant(NOW + 600_000)], "not flagged any more"],
  ])("on an EIP %s answers with that, and does nothing", async (_, memory, readings, says) => {
    const options = await announced(memory, readings);
    for (const button of ["Keep", "Keep 7 days", "Approve"]) await send(pressOf(button), options);
    expect(told()).toHaveLength(3);
    for (const answer of told())
      expect(answer).toMatchObject({ response_type: "ephemeral", text: expect.stringContaining(says) });
    expect(await trail()).toEqual([]);
  });

  it("counts while the run that announced it has not written its ledger yet", async () => {
    await send(pressOf("Keep"), await announced({ flag: null }, [instant(NOW - 600_000)]));
    expect((await memoryNow())?.keep).toMatchObject({ until: null });
  });

  it("in Chinese stands below a Chinese notice", () => {
    const press = { secret: SECRET, user: USER, blocks: message("zh"), button: "保留 7 天", of: ID };
    expect(() => slack.press(press)).not.toThrow();
  });

  it("is not offered where nobody may press", () => {
    const blocks = JSON.stringify(message());
    expect(blocks).toContain('"actions"');
    const one = eip({ id: ID });
    const cap = { kind: "cap", at: NOW, eips: [one], caps: { maxPerRun: 1, maxPercent: 1 } } as const;
    expect(JSON.stringify(render(cap, "en", true).blocks)).not.toContain('"actions"');
  });
});

describe("writes nothing for a press that is", () => {
  const nothingWritten = async () => {
    expect(await trail()).toEqual([]);
    expect((await (await store()).readLedger()).generation).toBe(1);
  };

  it("forged: 401, and nothing is said", async () => {
    const options = await announced();
    expect(await send(pressOf("Keep", { secret: "another" }), options)).toBe(401);
    const real = pressOf("Keep");
    expect(await send({ ...real, body: real.body.replace(USER, "U0FOREIGN1") }, options)).toBe(401);
    expect(await send({ ...real, headers: {} }, options)).toBe(401);
    expect(told()).toEqual([]);
    await nothingWritten();
    expect((await readdir(join(folder, "state"))).filter((name) => name.startsWith("once-"))).toEqual([]);
  });

  it.each([-301, 302])("%i seconds off: 401, and nothing is said", async (seconds) => {
    const timestamp = Math.floor(Date.now() / 1_000) + seconds;
    expect(await send(pressOf("Keep", { timestamp }), await announced())).toBe(401);
    expect(told()).toEqual([]);
    await nothingWritten();
  });

  it("foreign: an answer to that user alone", async () => {
    expect(await send(pressOf("Keep", { user: "U0FOREIGN1" }), await announced())).toBe(200);
    expect(told()).toEqual([expect.objectContaining({ response_type: "ephemeral", replace_original: false })]);
    await nothingWritten();
  });

  it("replayed: 401 the second time, in another process too", async () => {
    const press = pressOf("Why?");
    expect(await send(press, await announced())).toBe(200);
    slack.responses.length = 0;
    const { config } = parseConfig(CONFIGURATION, { path: join(folder, "eip-guard.yaml"), env: {} });
    const again = await openButtons(config, { SLACK_SIGNING_SECRET: SECRET }, clock);
    expect(await send(press, { ...again, log: (why) => logged.push(why) })).toBe(401);
    expect(told()).toEqual([]);
    await nothingWritten();
  });
});

describe("whatever the store does", () => {
  const SLOW = { response_type: "ephemeral", text: expect.stringContaining("store is slow") };

  it("answers in time, says that it goes on, and later what came of it", async () => {
    const options = await announced();
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const slow: ButtonOptions = {
      ...options,
      answerWithin: 20,
      store: { ...options.store, useOnce: (key, at) => gate.then(() => options.store.useOnce(key, at)) },
    };
    expect(await send(pressOf("Keep"), slow)).toBe(200);
    expect(told()).toEqual([expect.objectContaining(SLOW)]);
    expect(await trail()).toEqual([]);
    open();
    await expect.poll(() => told().length).toBe(2);
    expect(told()[1]).toMatchObject({ replace_original: true });
    expect((await memoryNow())?.keep).toMatchObject({ until: null });
  });

  it("writes nothing any more where the store took longer than half a minute", async () => {
    let now = Date.now();
    const options = { ...(await announced()), clock: { ...clock, now: () => instant(now) } };
    const { readEip } = options.store;
    const late: typeof readEip = (eip) => {
      now += 31_000;
      return readEip(eip);
    };
    expect(await send(pressOf("Keep"), { ...options, store: { ...options.store, readEip: late } })).toBe(200);
    expect(told()).toEqual([expect.objectContaining({ text: expect.stringContaining("Nothing was written") })]);
    expect(await trail()).toEqual([]);
  });

  it("says that nothing was written where it fails, and the log says why", async () => {
    const options = await announced();
    const failing = () => Promise.reject(new Error("the disk is gone"));
    expect(await send(pressOf("Keep"), { ...options, store: { ...options.store, useOnce: failing } })).toBe(200);
    expect(await send(pressOf("Keep"), { ...options, store: { ...options.store, readEip: failing } })).toBe(200);
    for (const answer of told()) expect(answer).toMatchObject({ text: expect.stringContaining("Nothing was written") });
    expect(told()).toHaveLength(2);
    expect(logged.join()).toContain("the disk is gone");
    expect(await trail()).toEqual([]);
  });

  it("does not say that nothing was written where what it sent may have arrived", async () => {
    const options = await announced();
    const append: typeof options.store.append = async (events) => {
      await options.store.append(events);
      throw new Error("the answer was lost");
    };
    expect(await send(pressOf("Keep"), { ...options, store: { ...options.store, append } })).toBe(200);
    expect(told()).toEqual([expect.objectContaining({ text: expect.stringContaining(`eip-guard explain ${ID}`) })]);
    expect(await trail()).toHaveLength(1);
  });

  it("writes one record of the trail, and no ledger", async () => {
    const options = await announced();
    const before = (await store()).readLedger();
    expect(await send(pressOf("Keep"), options)).toBe(200);
    expect(await (await store()).readLedger()).toEqual(await before);
    expect(await trail()).toHaveLength(1);
  });
});

describe("the function", () => {
  const env = () => ({ SLACK_SIGNING_SECRET: SECRET, EIP_GUARD_CONFIG: join(folder, "eip-guard.yaml") });

  it("fails clearly without the secret, and takes a body in base64 and headers in any case", async () => {
    await announced();
    await writeFile(join(folder, "eip-guard.yaml"), CONFIGURATION);
    const { body, headers } = pressOf("Keep");
    const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    const event = {
      body: Buffer.from(body).toString("base64"),
      isBase64Encoded: true,
      headers: lower,
      httpMethod: "POST",
      path: "/",
    };
    const press = buttonsFunction();
    const request = requestOf(event);
    await expect(press(request, { ...env(), SLACK_SIGNING_SECRET: " " }, folder)).rejects.toThrow(/SLACK_SIGNING_SECRET.*Fix: /);
    expect(await press(request, env(), folder)).toMatchObject({ statusCode: 200, body: "" });
    expect((await memoryNow())?.keep).toMatchObject({ by: `slack:${USER}` });
    expect(await press(request, env(), folder)).toMatchObject({ statusCode: 401, body: "" });
    const none = requestOf({ httpMethod: "GET", headers: {} });
    expect(await press(none, env(), folder)).toMatchObject({ statusCode: 401, body: "" });
  });
});

/** One of a store in COS, with the EIP announced in it. */
async function inBucket(): Promise<{ readonly cos: CosServer; readonly press: (sent: SignedPress) => Promise<UrlAnswer> }> {
  const cos = await startCosServer({ keys: [{ secretId: "id", secretKey: "key" }] });
  const state = `state: { cos: { bucket: guard-1250000000, region: ap-guangzhou, endpoint: "${cos.endpoint}" } }`;
  const path = join(folder, "eip-guard.yaml");
  await writeFile(path, CONFIGURATION.replace("state: { dir: ./state }", state));
  const keys = { TENCENTCLOUD_SECRET_ID: "id", TENCENTCLOUD_SECRET_KEY: "key" };
  const environment = { SLACK_SIGNING_SECRET: SECRET, EIP_GUARD_CONFIG: path, ...keys };
  const { config } = parseConfig(await readFile(path, "utf8"), { path, env: {} });
  const { store } = await openButtons(config, environment, clock);
  await store.writeLedger({ ...emptyLedger(), generation: 1, readings: [NOW], addresses: { [ID]: FLAGGED } });
  return {
    cos,
    press: ({ body, headers }) => buttonsFunction()(requestOf({ body, headers }), environment, folder),
  };
}

describe("a bucket that never answers", () => {
  it.each([
    ["anything", undefined, "Nothing was written"],
    ["the one write", "PUT eip-guard/trail/0000000000.jsonl", `eip-guard explain ${ID}`],
  ])("to %s: the press is answered within 3 s, and the person is told twice", async (_, request, says) => {
    const { cos, press } = await inBucket();
    cos.faults.push({ kind: "hang", ...(request === undefined ? {} : { request }) });
    const late = new Promise<string>((resolve) => setTimeout(() => resolve("too late"), 3_000));
    expect(await Promise.race([press(pressOf("Keep")), late])).toMatchObject({ statusCode: 200, body: "" });
    expect(told()).toEqual([expect.objectContaining({ text: expect.stringContaining("press again") })]);
    expect([...cos.objects.keys()].filter((key) => key.includes("/trail/"))).toEqual([]);
    await cos.close();
    await expect.poll(() => told().length, { timeout: 5_000 }).toBe(2);
    expect(told()[1]).toMatchObject({ response_type: "ephemeral", text: expect.stringContaining(says) });
  });
});

it("follows no response_url but https and this machine's, and no redirect", async () => {
  const { respond } = await import("../../src/slack/response.ts");
  const answer = { response_type: "ephemeral", replace_original: false, text: "x" } as const;
  expect(await respond("http://example.com/", answer)).toContain("https");
  const server = createServer((_, response) => response.writeHead(302, { location: "http://127.0.0.1:1/" }).end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  expect(await respond(`http://127.0.0.1:${port}/`, answer)).not.toBeNull();
  await new Promise((resolve) => server.close(resolve));
});
