import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createWakes } from "../../../src/core/replay/wakes.ts";

describe("wakes", () => {
  it("give what is due in the order of time, each once, and nothing of what is not due", () => {
    const wakes = createWakes<string>();
    for (const [at, what] of [
      [5, "e"],
      [1, "a"],
      [3, "c"],
      [2, "b"],
      [4, "d"],
    ] as const)
      wakes.add(at, what);
    expect(wakes.due(0)).toEqual([]);
    expect(wakes.due(3)).toEqual(["a", "b", "c"]);
    expect(wakes.due(3)).toEqual([]);
    wakes.add(1, "late");
    expect(wakes.due(9)).toEqual(["late", "d", "e"]);
    expect(wakes.due(9)).toEqual([]);
  });

  it("are those of a sorted list, whatever comes in and whenever one asks", () => {
    const step = fc.oneof(
      fc.record({ add: fc.integer({ min: 0, max: 50 }) }),
      fc.record({ due: fc.integer({ min: 0, max: 50 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const wakes = createWakes<number>();
        let list: number[] = [];
        for (const one of steps) {
          if ("add" in one) {
            wakes.add(one.add, one.add);
            list.push(one.add);
            continue;
          }
          expect(wakes.due(one.due)).toEqual(list.filter((at) => at <= one.due).sort((a, b) => a - b));
          list = list.filter((at) => at > one.due);
        }
        expect(wakes.due(50)).toEqual(list.sort((a, b) => a - b));
      }),
    );
  });
});
