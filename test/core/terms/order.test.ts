import { expect, it } from "vitest";
import { byText } from "../../../src/core/terms/order.ts";

it.each([
  ["a", "b", -1],
  ["b", "a", 1],
  ["a", "a", 0],
  ["eip-10", "eip-9", -1],
  ["Z", "a", -1],
])("orders %s and %s by their code units", (one, other, expected) => expect(byText(one, other)).toBe(expected));
