import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openPage } from "../../src/kubernetes/page.ts";

interface Read {
  readonly items: readonly unknown[];
  readonly token: string;
}

/** @param cuts how many bytes come at once, in turn */
function read(text: string, cuts: readonly number[] = [Number.MAX_SAFE_INTEGER]): Read | null {
  const items: unknown[] = [];
  const page = openPage((item) => items.push(item));
  const bytes = Buffer.from(text);
  for (let from = 0, turn = 0; from < bytes.length; turn += 1) {
    const next = from + (cuts[turn % cuts.length] ?? 1);
    expect(page.push(bytes.subarray(from, next))).toBeNull();
    from = next;
  }
  const end = page.end();
  if (end === null) return null;
  expect(end.items).toBe(items.length);
  return { items, token: end.token };
}

describe("a list's page, item by item", () => {
  const hostile = {
    metadata: {
      name: "web-0",
      annotations: { text: '"items":[{"a":1}], "managedFields":[1,2] \\" } ] {', "é[": "☃{" },
      managedFields: [{ manager: "kubelet", fieldsV1: { 'k:{"port":1}': { "]": '\\"}' } } }],
      labels: {},
    },
    spec: { managedFields: "of its own", items: [[{ items: [] }]] },
  };
  const bare = { ...hostile, metadata: { ...hostile.metadata, managedFields: [] } };

  it.each([
    ["one line", JSON.stringify({ metadata: { continue: "next" }, items: [hostile, hostile] })],
    ["with line breaks", JSON.stringify({ items: [hostile, hostile], metadata: { continue: "next" } }, null, 2)],
  ])("gives each item without its managedFields, and the token: %s", (_, text) => {
    expect(read(text)).toEqual({ items: [bare, bare], token: "next" });
    for (const size of [1, 2, 3, 7, 64]) expect(read(text, [size])).toEqual({ items: [bare, bare], token: "next" });
  });

  it.each([
    ["no items", '{"kind":"PodList","metadata":{},"items":[]}'],
    ["items that Go wrote as null", '{"metadata":{"resourceVersion":"1"},"items":null}'],
    ["no metadata", '{"items":[]}'],
    ["a token that is no text", '{"metadata":{"continue":7},"items":[]}'],
  ])("is empty and the last: %s", (_, text) => {
    expect(read(text)).toEqual({ items: [], token: "" });
  });

  it.each([
    ["nothing", ""],
    ["no JSON", "upstream connect error"],
    ["a status", '{"kind":"Status","code":500}'],
    ["a text", '"items"'],
    ["null", "null"],
    ["items that are no list", '{"items":{"a":{}}}'],
    ["a page that was cut off after an item", '{"items":[{"a":1},{"b":2}'],
    ["a page that was cut off in an item", '{"items":[{"a":1},{"b":'],
    ["a page that was cut off in managedFields", '{"items":[{"metadata":{"managedFields":[{"a":1'],
    ["items that are no objects", '{"items":[null,1,"x"]}'],
    ["a number among the items", '{"items":[{},0]}'],
    ["items that nothing separates", '{"items":[{} {}]}'],
    ["items twice", '{"items":[{}],"items":[]}'],
    ["more than one", '{"items":[]}{"items":[]}'],
    ["an item that is no JSON", '{"items":[{"a":1},{b:2}]}'],
  ])("is no list: %s", (_, text) => {
    expect(read(text)).toBeNull();
  });

  it("is what JSON.parse makes of it, whatever the items hold", () => {
    const anything = fc.dictionary(fc.string(), fc.jsonValue());
    fc.assert(
      fc.property(
        fc.array(anything),
        fc.string(),
        fc.nat(3),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        (items, token, indent, cuts) => {
          const text = JSON.stringify({ metadata: { continue: token }, items }, null, indent);
          expect(read(text, cuts)).toEqual({ items: JSON.parse(JSON.stringify(items)), token });
        },
      ),
    );
  });

  it("lets an error of who takes the items pass", () => {
    expect(() =>
      openPage(() => {
        throw new TypeError("not ours");
      }).push(Buffer.from('{"items":[{}]}')),
    ).toThrow("not ours");
  });
});
