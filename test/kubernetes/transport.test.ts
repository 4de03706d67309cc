import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { ask, describeReply } from "../../src/kubernetes/transport.ts";
import { type Answer, type Api, type Asked, failure, startApi } from "./api.ts";

let api: Api | undefined;

afterEach(async () => {
  await api?.close();
  api = undefined;
});

async function open(answer: (asked: Asked, earlier: readonly Asked[]) => Answer) {
  api = await startApi(answer);
  return { api, access: await api.access() };
}

const GET = { method: "GET", path: "/api/v1/pods" } as const;
const FINE: Answer = { body: { fine: true } };

describe("a reading", () => {
  it.each<{ trouble: string; answer: Answer }>([
    { trouble: "429", answer: failure(429, "too many requests") },
    { trouble: "500", answer: failure(500, "etcdserver: request timed out") },
    { trouble: "503", answer: failure(503, "the server is currently unable to handle the request") },
    { trouble: "a dropped connection", answer: "drop" },
    { trouble: "an answer that breaks off", answer: "break-off" },
  ])("is tried again after $trouble", async ({ answer }) => {
    const { api, access } = await open((_, earlier) => (earlier.length === 0 ? answer : FINE));
    expect(await ask(access, GET)).toMatchObject({ status: 200, body: '{"fine":true}' });
    expect(api.asked).toHaveLength(2);
  });

  it.each<{ trouble: string; answer: Answer; why: string }>([
    { trouble: "429", answer: failure(429, "too many requests"), why: "429: too many requests" },
    { trouble: "500", answer: failure(500, "etcdserver: request timed out"), why: "500: etcdserver: request timed out" },
    { trouble: "dropped connections", answer: "drop", why: "socket hang up" },
    { trouble: "answers that break off", answer: "break-off", why: "the connection broke in the middle of an answer" },
  ])("is given up after four times $trouble, with the last reason", async ({ answer, why }) => {
    const { api, access } = await open(() => answer);
    expect(describeReply(await ask(access, GET))).toBe(why);
    expect(api.asked).toHaveLength(4);
  });

  it.each([400, 401, 403, 404, 410, 422])("is not tried again after %i, which would not change", async (status) => {
    const { api, access } = await open(() => failure(status, "no"));
    expect(await ask(access, GET)).toMatchObject({ status });
    expect(api.asked).toHaveLength(1);
  });

  it("waits as long as Retry-After says", async () => {
    let ready = false;
    const { api, access } = await open((_, earlier) => {
      if (earlier.length === 0) setTimeout(() => (ready = true), 1_500);
      return ready ? FINE : failure(429, "later", { "Retry-After": "2" });
    });
    expect(await ask(access, GET)).toMatchObject({ status: 200 });
    // Our own pauses alone would have asked again while the server was not ready.
    expect(api.asked).toHaveLength(2);
  });

  it("does not wait for a server that asks for an hour", async () => {
    const { api, access } = await open(() => failure(429, "later", { "Retry-After": "3600" }));
    expect(await ask(access, GET)).toMatchObject({ status: 429 });
    expect(api.asked).toHaveLength(1);
  });

  it("asks for who we are each time, since tokens expire", async () => {
    const { api, access } = await open((_, earlier) => (earlier.length === 0 ? failure(500, "again") : FINE));
    let token = 0;
    const credentials = async () => {
      token += 1;
      return { ...(await access.credentials()), headers: { Authorization: `Bearer ${token}` } };
    };
    await ask({ ...access, credentials }, GET);
    expect(api.asked.map(({ headers: { authorization } }) => authorization)).toEqual(["Bearer 1", "Bearer 2"]);
  });

  it("fails with the reason where we can't say who we are, and nothing is sent", async () => {
    const { api, access } = await open(() => FINE);
    const credentials = () => Promise.reject(new Error("the plugin is gone"));
    expect(await ask({ ...access, credentials }, { ...GET, tries: 1 })).toEqual({
      status: 0,
      sent: false,
      why: "authentication failed: the plugin is gone",
    });
    expect(api.asked).toEqual([]);
  });
});

describe("a server that does not answer", () => {
  it("nor does what says who we are: that is given up in time, too", async () => {
    const { api, access } = await open(() => FINE);
    const credentials = () => new Promise<never>(() => undefined);
    const reply = await ask({ ...access, credentials }, { ...GET, timeoutMs: 100, tries: 1 });
    expect(reply).toEqual({ status: 0, sent: false, why: "authentication failed: no answer in time" });
    expect(api.asked).toEqual([]);
  });

  it("nor does one that takes no handshake", async () => {
    const silent = createTcpServer();
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as AddressInfo;
    const { access } = await open(() => FINE);
    const server = new URL(`https://127.0.0.1:${port}`);
    expect(await ask({ ...access, server }, { ...GET, timeoutMs: 100, tries: 1 })).toEqual({
      status: 0,
      sent: true,
      why: "no answer in time",
    });
    silent.close();
  });

  it.each<{ silence: string; answer: Answer }>([
    { silence: "from the start", answer: "hang" },
    { silence: "after the beginning of an answer", answer: "stall" },
  ])("is given up in time, when it is silent $silence", async ({ answer }) => {
    const { api, access } = await open(() => answer);
    expect(await ask(access, { ...GET, timeoutMs: 200, tries: 2 })).toEqual({ status: 0, sent: true, why: "no answer in time" });
    expect(api.asked).toHaveLength(2);
  });

  it("is asked again, and believed when it then answers", async () => {
    const { access } = await open((_, earlier) => (earlier.length === 0 ? "hang" : FINE));
    expect(await ask(access, { ...GET, timeoutMs: 1_000 })).toMatchObject({ status: 200 });
  });
});

describe("a deletion", () => {
  it.each<{ trouble: string; answer: Answer }>([
    { trouble: "500", answer: failure(500, "perhaps it was done") },
    { trouble: "429", answer: failure(429, "later") },
    { trouble: "a dropped connection", answer: "drop" },
  ])("is never repeated after $trouble: it may have arrived", async ({ answer }) => {
    const { api, access } = await open(() => answer);
    await ask(access, { method: "DELETE", path: "/apis/x/v1/namespaces/a/eipclaims/b", body: "{}" });
    expect(api.asked).toHaveLength(1);
  });
});

describe("connections", () => {
  it("are kept: requests after each other share one", async () => {
    const { api, access } = await open(() => FINE);
    for (let request = 0; request < 20; request += 1) await ask(access, GET);
    expect(api.connections()).toBe(1);
  });

  it("are bounded: many requests at once share eight", async () => {
    const { api, access } = await open(() => FINE);
    await Promise.all(Array.from({ length: 100 }, () => ask(access, GET)));
    expect(api.asked).toHaveLength(100);
    expect(api.connections()).toBe(8);
  });
});

describe("an answer that nobody could keep", () => {
  it("is given up at 8 MB, and not asked for again", async () => {
    const { api, access } = await open(() => ({ body: "x".repeat(9 * 1024 * 1024) }));
    expect(await ask(access, GET)).toMatchObject({ status: 0, why: "the answer is longer than 8 MB" });
    expect(api.asked).toHaveLength(1);
  });

  it("is read as far as it is worth, where it is an error", async () => {
    const { access } = await open(() => ({ status: 404, body: "x".repeat(9 * 1024 * 1024) }));
    expect(describeReply(await ask(access, GET))).toBe(`404: ${"x".repeat(200)}`);
  });
});

describe("an answer's reason", () => {
  it.each<{ what: string; answer: Answer; why: string }>([
    { what: "is the server's message", answer: failure(403, "pods is forbidden"), why: "403: pods is forbidden" },
    {
      what: "is its text, where it is no API server's",
      answer: { status: 404, body: " <h1>nginx</h1> " },
      why: "404: <h1>nginx</h1>",
    },
    { what: "is cut, where that is long", answer: { status: 404, body: "x".repeat(9_999) }, why: `404: ${"x".repeat(200)}` },
  ])("$what", async ({ answer, why }) => {
    const { access } = await open(() => answer);
    expect(describeReply(await ask(access, GET))).toBe(why);
  });
});
