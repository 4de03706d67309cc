import { expect, it } from "vitest";
import { countRead } from "../../src/core/assess.ts";
import { unknown } from "../../src/core/terms/known.ts";
import { address, region } from "./build.ts";

it("counts the EIPs of complete listings, and none of a listing that is not complete", () => {
  const two = [address(), address({ id: "eip-bbbbbbbb" })];
  const partial = region([], { region: "ap-tokyo", addresses: unknown("read 2 of 3"), partial: two });
  expect(countRead([])).toBe(0);
  expect(countRead([partial])).toBe(0);
  expect(countRead([region(two), partial, region([address()], { account: "games" })])).toBe(3);
});
