import { describe, expect, it } from "vitest";
import { PAGES, present } from "../../tools/pages.ts";
import { readRooms } from "../../tools/rooms.ts";

describe("a generated page", () => {
  it.each(PAGES)(
    "$file is what its source says; `npm run docs` writes it anew",
    async (page) => {
      expect(present(page)).toBe(await page.make());
      // Some play a whole story; a busy machine takes its time.
    },
    180_000,
  );
});

describe("the rooms of src", () => {
  it("stand on floors, the terms of the core at the bottom and the commands at the top", () => {
    const { floors } = readRooms();
    expect(floors[0]).toContain("core/terms");
    expect(floors.at(-1)).toContain("cli/commands");
  });
});
