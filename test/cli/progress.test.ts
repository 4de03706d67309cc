import { describe, expect, it } from "vitest";
import { terminalProgress } from "../../src/cli/progress.ts";

function onTerminal(options: { isTTY?: boolean; columns?: number; quiet?: boolean }) {
  const written: string[] = [];
  const { quiet, ...terminal } = options;
  const progress = terminalProgress(
    { stderr: { write: (text) => written.push(text), ...terminal } },
    quiet === undefined ? {} : { quiet },
  );
  return { progress, written };
}

describe("progress", () => {
  it("says on a terminal what was read, in one line that is written over and cleared in the end", () => {
    const { progress, written } = onTerminal({ isTTY: true });
    progress.region("default", "ap-guangzhou", 100, 250);
    progress.region("default", "ap-tokyo", 5, 5);
    progress.region("default", "ap-guangzhou", 200, 250);
    progress.cluster("cls-1", 500);
    progress.end();
    progress.cluster("cls-1", 1000);
    expect(written.at(-2)).toBe("\r\u001B[Kreading 2 regions: 205 of 255 EIPs · 1 cluster: 500 Pods");
    expect(written.at(-1)).toBe("\r\u001B[K");
    expect(written.join("")).not.toContain("\n");
  });

  it("never wraps, for a wrapped line could not be written over", () => {
    const { progress, written } = onTerminal({ isTTY: true, columns: 20 });
    progress.cluster("cls-1", 123_456_789);
    expect(written.join("").replace("\r\u001B[K", "")).toHaveLength(19);
  });

  it.each([
    ["off a terminal", { isTTY: false }],
    ["with --quiet", { isTTY: true, quiet: true }],
  ])("is silent %s", (_, options) => {
    const { progress, written } = onTerminal(options);
    progress.region("default", "ap-tokyo", 1, 2);
    progress.cluster("cls-1", 1);
    progress.end();
    expect(written).toEqual([]);
  });

  it("that never began leaves nothing to clear", () => {
    const { progress, written } = onTerminal({ isTTY: true });
    progress.end();
    expect(written).toEqual([]);
  });
});
