import { describe, expect, it } from "vitest";
import { placeKey, privateAddressKey, samePlace } from "../../../src/core/terms/place.ts";

describe("a place", () => {
  const tokyo = { account: "games", region: "ap-tokyo" };

  it("has a key of its account and region", () => expect(placeKey(tokyo)).toBe("games/ap-tokyo"));
  it("has keys of its private addresses", () => expect(privateAddressKey(tokyo, "10.0.0.7")).toBe("games/ap-tokyo/10.0.0.7"));

  it.each([
    ["itself", tokyo, true],
    ["not another region of its account", { ...tokyo, region: "ap-seoul" }, false],
    ["not the same region of another account", { ...tokyo, account: "shop" }, false],
  ])("is %s", (_, other, same) => expect(samePlace(tokyo, other)).toBe(same));
});
