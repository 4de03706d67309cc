import { tmpdir } from "node:os";
import { beforeAll, describe, expect, it } from "vitest";
import { runCli } from "../../src/cli/program.ts";

/** The demo as a newcomer sees it: short, in whole words, and with all of the story. */

const WIDTH = 80;
let told: string;
let wide: string;

async function play(columns: number): Promise<string> {
  const out: string[] = [];
  const code = await runCli(["demo"], {
    stdout: { write: (text) => out.push(text), columns },
    stderr: { write: () => undefined },
    env: {},
    cwd: tmpdir(),
  });
  expect(code).toBe(0);
  return out.join("");
}

beforeAll(async () => {
  told = await play(WIDTH);
  wide = await play(2_000);
});

const weeks = (text: string) => text.slice(text.indexOf("Now four weeks"), text.indexOf("What is left"));
const words = (text: string) => text.split(/\s+/);

describe("demo", () => {
  it("fits on 80 lines of 80 columns, and breaks no word", () => {
    const lines = told.trimEnd().split("\n");
    // npm's own four lines come before it.
    expect(lines.length).toBeLessThanOrEqual(80 - 4);
    expect(lines.filter((line) => line.length > WIDTH)).toEqual([]);
    expect(words(weeks(told))).toEqual(words(weeks(wide)));
  });

  it("shows no group twice", () => {
    const heads = told.split("\n").filter((line) => line.startsWith("LEAKED: "));
    expect(heads.length).toBeGreaterThan(1);
    expect(new Set(heads).size).toBe(heads.length);
  });

  it("tells of the leak that was released, the address that came back, and the delay that would have been wrong once", () => {
    const story = words(weeks(told)).join(" ");
    expect(story).toMatch(/RELEASED \d+ EIPs/);
    expect(story).toMatch(/\$ eip-guard recover (eip-\w+) --yes [\d.]+ is back as (eip-\w+); .*eip-id-list: "\2"/);
    expect(story).toMatch(
      /\$ eip-guard backtest --policy .* and 1 of them wrong: [\d.]+ was used again .* later, by Pod old\/arena-0@/,
    );
  });
});
