import { afterEach, describe, expect, it } from "vitest";
import { property } from "../../src/kubernetes/json.ts";
import { type ListRequest, list } from "../../src/kubernetes/list.ts";
import { type Answer, type Api, type Asked, failure, listOf, startApi } from "./api.ts";

let api: Api | undefined;

afterEach(async () => {
  await api?.close();
  api = undefined;
});

async function listing(answer: (asked: Asked, earlier: readonly Asked[]) => Answer, request: Partial<ListRequest<string>> = {}) {
  api = await startApi(answer);
  const read = await list<string>(await api.access(), {
    path: "/api/v1/pods",
    metadataOnly: false,
    kind: "Pod",
    map: (object) => nameOf(object),
    ...request,
  });
  return { read, asked: api.asked, queries: api.asked.map(({ url }) => url.replace("/api/v1/pods", "")) };
}

function nameOf(object: unknown): string | null {
  const name = property(property(object, "metadata"), "name");
  return typeof name === "string" ? name : null;
}

function page(names: readonly string[], token = ""): Answer {
  return listOf(
    "Pod",
    names.map((name) => ({ metadata: { name } })),
    token === "" ? {} : { continue: token },
  );
}

const tokenOf = ({ url }: Asked) => new URL(url, "https://x").searchParams.get("continue") ?? "";

/** Three pages, `a` to `e`. */
const PAGES: Readonly<Record<string, Answer>> = { "": page(["a", "b"], "1/="), "1/=": page(["c", "d"], "2"), "2": page(["e"]) };
const paged = (asked: Asked): Answer => PAGES[tokenOf(asked)] ?? failure(410, "expired");

describe("a list", () => {
  it("is read page by page, never unpaged, with each token as the server gave it", async () => {
    const { read, queries } = await listing(paged);
    expect(read).toEqual({ state: "complete", items: ["a", "b", "c", "d", "e"] });
    expect(queries).toEqual(["?limit=500", "?limit=500&continue=1%2F%3D", "?limit=500&continue=2"]);
  });

  it("tells how many objects were read so far, after each page", async () => {
    const read: number[] = [];
    await listing(paged, { onPage: (count) => read.push(count) });
    expect(read).toEqual([2, 4, 5]);
  });

  it("keeps nothing of what is not wanted", async () => {
    const { read } = await listing(paged, { map: (object) => (nameOf(object) === "c" ? "c" : null) });
    expect(read).toEqual({ state: "complete", items: ["c"] });
  });

  it("is complete and empty where the server says so, be it in Go's way", async () => {
    expect((await listing(() => listOf("Pod", null))).read).toEqual({ state: "complete", items: [] });
  });

  it.each([
    { metadataOnly: true, accept: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1" },
    { metadataOnly: false, accept: "application/json" },
  ])("asks for metadata alone only where that is enough ($metadataOnly)", async ({ metadataOnly, accept }) => {
    const { asked } = await listing(paged, { metadataOnly });
    expect(asked.map(({ headers }) => headers.accept)).toEqual([accept, accept, accept]);
  });
});

describe("a list whose snapshot the server forgot (410)", () => {
  it("starts again from its first page, and holds nothing twice", async () => {
    let gone = 0;
    const { read, queries } = await listing((asked) => {
      if (tokenOf(asked) !== "2" || gone === 1) return paged(asked);
      gone = 1;
      return failure(410, "The provided continue parameter is too old");
    });
    expect(read).toEqual({ state: "complete", items: ["a", "b", "c", "d", "e"] });
    expect(queries.filter((query) => query === "?limit=500")).toHaveLength(2);
  });

  it("starts again three times at most, and is failed then, not what was read so far", async () => {
    const { read, queries } = await listing((asked) => (tokenOf(asked) === "" ? paged(asked) : failure(410, "expired")));
    expect(read).toMatchObject({ state: "failed", why: expect.stringContaining("410 Gone") });
    expect(queries.filter((query) => query === "?limit=500")).toHaveLength(4);
  });
});

describe("a list that can't be read to its end is no list", () => {
  it.each<{ trouble: string; answer: Answer; state: string; why: string }>([
    {
      trouble: "the right is missing",
      answer: failure(403, "pods is forbidden"),
      state: "forbidden",
      why: "403: pods is forbidden",
    },
    { trouble: "the token is refused", answer: failure(401, "Unauthorized"), state: "forbidden", why: "401: Unauthorized" },
    { trouble: "the server fails", answer: failure(500, "etcd is away"), state: "failed", why: "500: etcd is away" },
    { trouble: "the connection drops", answer: "drop", state: "failed", why: "socket hang up" },
    { trouble: "the answer breaks off", answer: "break-off", state: "failed", why: "broke in the middle" },
    { trouble: "the answer is no JSON", answer: { body: "<html>" }, state: "failed", why: "answered what is no list" },
    {
      trouble: "the answer is cut",
      answer: { body: '{"items":[{"name":"c"},' },
      state: "failed",
      why: "answered what is no list",
    },
    { trouble: "the answer has no items", answer: { body: { metadata: {} } }, state: "failed", why: "answered what is no list" },
    {
      trouble: "the answer is a Status of success",
      answer: { body: { kind: "Status" } },
      state: "failed",
      why: "answered what is no list",
    },
    { trouble: "its items are no list", answer: { body: { items: {} } }, state: "failed", why: "answered what is no list" },
    { trouble: "the kind is gone in mid-list", answer: failure(404, "not found"), state: "failed", why: "404: not found" },
  ])("where $trouble on its second page", async ({ answer, state, why }) => {
    const { read } = await listing((asked) => (tokenOf(asked) === "" ? paged(asked) : answer));
    expect(read).toEqual({ state, why: expect.stringContaining(why) });
  });
});

const GOOD = { kind: "PodList", apiVersion: "v1", metadata: { resourceVersion: "7" }, items: [] };
const POD = { metadata: { name: "a", namespace: "games", uid: "u", creationTimestamp: "2026-01-05T01:00:00Z" } };
const bare = (lost: string) => ({ metadata: Object.fromEntries(Object.entries(POD.metadata).filter(([name]) => name !== lost)) });

describe("an answer is a list only if it says so, on the first page and on a later one", () => {
  const cases: readonly { what: string; body: unknown; status?: number; why: string }[] = [
    { what: "a gateway's own words", body: { code: 0, items: [] }, why: "no PodList of v1" },
    { what: "a gateway's page", body: "<html>please log in</html>", why: "what is no list" },
    { what: "nothing", body: "", why: "what is no list" },
    { what: "a list of nothing in particular", body: { ...GOOD, kind: "List" }, why: "no PodList of v1" },
    { what: "a list of another kind", body: { ...GOOD, kind: "NodeList" }, why: "no PodList of v1" },
    { what: "a list of another version", body: { ...GOOD, apiVersion: "v2" }, why: "no PodList of v1" },
    { what: "a list without a version", body: { ...GOOD, apiVersion: undefined }, why: "no PodList of v1" },
    { what: "a slim list that nobody asked for", body: { ...GOOD, kind: "PartialObjectMetadataList" }, why: "no PodList of v1" },
    { what: "a list without metadata", body: { ...GOOD, metadata: undefined }, why: "without metadata.resourceVersion" },
    { what: "a list of no state", body: { ...GOOD, metadata: { resourceVersion: "" } }, why: "without metadata.resourceVersion" },
    { what: "a list without items", body: { ...GOOD, items: undefined }, why: "what is no list" },
    { what: "items that are an object", body: { ...GOOD, items: {} }, why: "what is no list" },
    { what: "an item that is nothing", body: { ...GOOD, items: [null] }, why: "what is no list" },
    { what: "an item that is a number", body: { ...GOOD, items: [0] }, why: "what is no list" },
    { what: "an item that is a list", body: { ...GOOD, items: [[]] }, why: "without metadata.namespace" },
    { what: "more after the list", body: `${JSON.stringify(GOOD)}{}`, why: "what is no list" },
    { what: "an object of another kind", body: { ...GOOD, items: [{ ...POD, kind: "Node" }] }, why: "that is no Pod of v1" },
    {
      what: "an object of another version",
      body: { ...GOOD, items: [{ ...POD, apiVersion: "v2" }] },
      why: "that is no Pod of v1",
    },
    { what: "an object without a name", body: { ...GOOD, items: [bare("name")] }, why: "without metadata.name" },
    { what: "an object in no namespace", body: { ...GOOD, items: [bare("namespace")] }, why: "without metadata.namespace" },
    { what: "an object without a uid", body: { ...GOOD, items: [bare("uid")] }, why: "without metadata.uid" },
    {
      what: "an object of no age",
      body: { ...GOOD, items: [bare("creationTimestamp")] },
      why: "without metadata.creationTimestamp",
    },
    {
      what: "a last page that is not the last",
      body: { ...GOOD, metadata: { resourceVersion: "7", remainingItemCount: 3 } },
      why: "after which 3 more objects should come",
    },
    { what: "a redirect", status: 302, body: { ...GOOD }, why: "302" },
    { what: "a part of it", status: 206, body: { ...GOOD }, why: "206" },
  ];
  it.each(cases)("not $what", async ({ body, status = 200, why }) => {
    const answer: Answer = { status, body, headers: { Location: "/api/v1/pods" } };
    const first = await listing(() => answer);
    expect(first.read).toEqual({ state: "failed", why: expect.stringContaining(why) });
    expect(first.queries).toEqual(["?limit=500"]);
    await api?.close();
    const later = await listing((asked) => (tokenOf(asked) === "" ? paged(asked) : answer));
    expect(later.read).toEqual({ state: "failed", why: expect.stringContaining(why) });
  });

  it("its pages are of one state of the cluster", async () => {
    const next = listOf("Pod", [], { resourceVersion: "8" });
    const { read } = await listing((asked) => (tokenOf(asked) === "" ? paged(asked) : next));
    expect(read).toEqual({ state: "failed", why: expect.stringContaining("two different states") });
  });

  it("and it holds what it announced", async () => {
    const start = listOf("Pod", [POD], { continue: "next", remainingItemCount: 2 });
    const { read } = await listing((asked) => (tokenOf(asked) === "" ? start : listOf("Pod", [POD])));
    expect(read).toEqual({ state: "failed", why: "/api/v1/pods announced 3 objects and listed 2" });
  });

  it.each([
    { what: "a namespace needs no namespace", kind: "Namespace", path: "/api/v1/namespaces", metadata: { namespace: undefined } },
    { what: "nor does a node", kind: "Node", path: "/api/v1/nodes", metadata: { namespace: undefined } },
  ])("$what", async ({ kind, path, metadata }) => {
    const { read } = await listing(() => listOf(kind, [{ metadata: { ...metadata, name: "a" } }]), { kind, path });
    expect(read).toEqual({ state: "complete", items: ["a"] });
  });

  it.each([
    { what: "metadata alone", body: { ...GOOD, kind: "PartialObjectMetadataList", apiVersion: "meta.k8s.io/v1" } },
    { what: "whole objects, where the server knows no other list", body: GOOD },
  ])("asked for metadata, it may answer $what", async ({ body }) => {
    expect((await listing(() => ({ body }), { metadataOnly: true })).read).toEqual({ state: "complete", items: [] });
  });

  it.each([
    { who: "the API server", answer: failure(404, "not found") },
    { who: "a gateway", answer: { status: 404, body: "<h1>nginx</h1>" } },
  ])("a list that $who does not find could not be read", async ({ answer }) => {
    expect((await listing(() => answer)).read).toEqual({ state: "failed", why: expect.stringContaining("404: ") });
  });
});

describe("a list that has no end is failed, not read for ever", () => {
  it.each<{ what: string; answer: (asked: Asked, page: number) => Answer; why: string }>([
    {
      what: "the token that was just used comes again",
      answer: (_, at) => page([`a${at}`], "again"),
      why: "same continue token",
    },
    {
      what: "tokens go in a circle",
      answer: (asked, at) => page([`a${at}`], tokenOf(asked) === "1" ? "2" : "1"),
      why: "same continue token",
    },
    { what: "every token leads to the first page", answer: (_, at) => page(["a", "b"], `t${at}`), why: "same page twice" },
    { what: "its pages are empty", answer: (_, at) => page([], `t${at}`), why: "100 pages without an object" },
  ])("where $what", async ({ answer, why }) => {
    const { read } = await listing((asked, earlier) => answer(asked, earlier.length));
    expect(read).toEqual({ state: "failed", why: expect.stringContaining(why) });
  });
});

describe("a page is bounded in bytes", () => {
  const big = (bytes: number, name: string) => ({ metadata: { name, annotations: { a: "x".repeat(bytes) } } });

  it("one that grows too long is asked for again with fewer objects, and nothing is listed twice", async () => {
    const { read, asked } = await listing(({ url }) => {
      const query = new URL(url, "https://x").searchParams;
      const [from, limit] = [Number(query.get("continue") ?? 0), Number(query.get("limit"))];
      const names = Array.from({ length: Math.min(limit, 160 - from) }, (_, at) => `pod-${from + at}`);
      const more = from + names.length < 160 ? { continue: String(from + names.length) } : {};
      return listOf(
        "Pod",
        names.map((name) => big(250_000, name)),
        more,
      );
    });
    expect(read.state === "complete" && new Set(read.items).size).toBe(160);
    const limits = asked.map(({ url }) => Number(new URL(url, "https://x").searchParams.get("limit")));
    expect(limits.slice(0, 3)).toEqual([500, 125, 31]);
    expect(limits.slice(2)).toEqual(Array.from({ length: Math.ceil(160 / 31) }, () => 31));
  });

  it("one object that is too long makes its list unread, and is named", async () => {
    const { read, asked } = await listing(() => listOf("Pod", [big(10, "a"), big(5_000_000, "huge"), big(10, "b")]));
    expect(read).toEqual({ state: "failed", why: "the object games/huge is longer than 4 MB, and can't be read" });
    expect(asked).toHaveLength(1);
  });

  it("managedFields, however long, count for nothing", async () => {
    const { read } = await listing(() =>
      listOf("Pod", [{ metadata: { name: "a", managedFields: [{ manager: "x".repeat(5_000_000) }] } }]),
    );
    expect(read).toEqual({ state: "complete", items: ["a"] });
  });
});
