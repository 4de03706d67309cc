import { afterEach, describe, expect, it } from "vitest";
import { type ListRequest, list } from "../../src/kubernetes/list.ts";
import { type Answer, type Api, type Asked, failure, startApi } from "./api.ts";

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
    optional: false,
    map: (object) => nameOf(object),
    ...request,
  });
  return { read, asked: api.asked, queries: api.asked.map(({ url }) => url.replace("/api/v1/pods", "")) };
}

function nameOf(object: unknown): string | null {
  const name: unknown = typeof object === "object" && object !== null ? Reflect.get(object, "name") : undefined;
  return typeof name === "string" ? name : null;
}

function page(names: readonly string[], token = ""): Answer {
  return { body: { kind: "List", metadata: { continue: token }, items: names.map((name) => ({ name })) } };
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
    expect((await listing(() => ({ body: { metadata: {}, items: null } }))).read).toEqual({ state: "complete", items: [] });
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
    const { read } = await listing((asked) => (tokenOf(asked) === "" ? paged(asked) : answer), { optional: true });
    expect(read).toEqual({ state, why: expect.stringContaining(why) });
  });
});

describe("a kind that the server does not know", () => {
  it("is not installed where that may be", async () => {
    expect((await listing(() => failure(404, "not found"), { optional: true })).read).toEqual({ state: "not-installed" });
  });

  it("could not be read where every cluster has it", async () => {
    expect((await listing(() => failure(404, "not found"))).read).toEqual({ state: "failed", why: "404: not found" });
  });
});
