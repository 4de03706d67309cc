import { execFileSync, spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { runCli } from "../../src/cli/program.ts";

/** What each shell itself offers, with the script that the command prints. */

async function printed(argv: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await runCli(argv, {
    stdout: { write: (text) => out.push(text) },
    stderr: { write: (text) => err.push(text) },
    env: {},
    cwd: "/",
  });
  return { code, out: out.join(""), err: err.join("") };
}

function has(shell: string): boolean {
  return spawnSync(shell, ["-c", "exit 0"]).status === 0;
}

const cases: readonly {
  readonly line: readonly string[];
  readonly offers: readonly string[];
  readonly not?: readonly string[];
}[] = [
  { line: ["sc"], offers: ["scan", "schema"], not: ["run"] },
  { line: ["trail", ""], offers: ["verify", "export"], not: ["scan"] },
  { line: ["scan", "--fo"], offers: ["--format"], not: ["--confirm"] },
  { line: ["scan", "--format", ""], offers: ["table", "json", "csv", "markdown", "html"] },
  { line: ["scan", "--language", "z"], offers: ["zh"] },
  { line: ["check", "--f", "x", "--format", "m"], offers: ["markdown"], not: ["html"] },
  { line: ["trail", "export", "--format", "js"], offers: ["jsonl", "json"], not: ["csv"] },
  { line: ["scan", "--fail-on", "le"], offers: ["leaked"] },
  { line: ["completion", ""], offers: ["bash", "zsh", "fish"] },
];

describe("eip-guard completion", () => {
  it.skipIf(!has("bash")).each(cases)("bash offers $offers after $line", async ({ line, offers, not = [] }) => {
    const { out } = await printed(["completion", "bash"]);
    const words = line.map((word) => `'${word}'`).join(" ");
    const script = `${out}\nCOMP_WORDS=(eip-guard ${words}); COMP_CWORD=${line.length}; _eip_guard; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const offered = execFileSync("bash", ["--norc", "-c", script], { encoding: "utf8" }).split("\n");
    for (const word of offers) expect(offered).toContain(word);
    for (const word of not) expect(offered).not.toContain(word);
  });

  it.skipIf(!has("fish")).each(cases)("fish offers $offers after $line", async ({ line, offers, not = [] }) => {
    const { out } = await printed(["completion", "fish"]);
    const script = `${out}\ncomplete -C "eip-guard ${line.join(" ")}"`;
    const told = execFileSync("fish", ["--no-config", "-c", script], { encoding: "utf8", env: { ...process.env, HOME: "/tmp" } });
    const offered = told.split("\n").map((one) => one.split("\t")[0]);
    for (const word of offers) expect(offered).toContain(word);
    for (const word of not) expect(offered).not.toContain(word);
  });

  it.skipIf(!has("zsh"))("zsh takes the script", async () => {
    const { out } = await printed(["completion", "zsh"]);
    const script = `autoload -Uz compinit; compinit -D -u; ${out}\nprint -- $_comps[eip-guard]; functions _eip_guard > /dev/null`;
    expect(execFileSync("zsh", ["-f", "-c", script], { encoding: "utf8" }).trim()).toBe("_eip_guard");
  });

  it("names every command and each option that takes a choice, in every shell", async () => {
    const { out: help } = await printed(["--help"]);
    const commands = [...help.matchAll(/^ {2}([a-z]+) /gm)].map(([, name = ""]) => name).filter((name) => name !== "help");
    expect(commands.length).toBeGreaterThan(15);
    for (const shell of ["bash", "zsh", "fish"]) {
      const { out } = await printed(["completion", shell]);
      for (const command of commands) expect(out, shell).toMatch(new RegExp(`\\b${command}\\b`));
    }
  });

  it("refuses another shell, and names those that it knows", async () => {
    expect(await printed(["completion", "tcsh"])).toMatchObject({ code: 2, err: expect.stringContaining("bash, zsh, fish") });
  });
});
