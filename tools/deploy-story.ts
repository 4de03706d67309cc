import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ASSEMBLY } from "../src/cli/assembly.ts";
import { typed } from "../src/cli/commands/demo.ts";
import { type Chapter, deployStory } from "../src/cli/commands/demo-deploy.ts";
import { runCli } from "../src/cli/program.ts";

const ROOT = join(import.meta.dirname, "..");
const PAGE = join(ROOT, "docs/deploy.md");
const BEGIN = "<!-- Written by `npm run docs`: the real commands against the simulator. -->";
const END = "<!-- The end of what is written. -->";

/** `docs/deploy.md`: what people wrote, and between two marks the whole way as the program prints it. */
export async function deployPage(): Promise<string> {
  const text = await readFile(PAGE, "utf8");
  const [before, after] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (before < 0 || after < before) throw new Error("docs/deploy.md has lost the marks around its story");
  const story = (await chapters()).map(section).join("\n\n");
  return `${text.slice(0, before)}${BEGIN}\n\n${story}\n\n${text.slice(after)}`;
}

/** Played once in a process. */
let played: Promise<readonly Chapter[]> | null = null;

function chapters(): Promise<readonly Chapter[]> {
  played ??= play();
  return played;
}

/** The function from its sources: the page must not wait for a build. */
async function play(): Promise<readonly Chapter[]> {
  const folder = await mkdtemp(join(tmpdir(), "eip-guard-story-"));
  try {
    await mkdir(join(folder, "guard"));
    await writeFile(join(folder, "guard/index.js"), handler());
    const told: Chapter[] = [];
    await deployStory({
      assembly: { ...ASSEMBLY, bundles: folder },
      run: (argv, around) => typed(argv, around, runCli),
      tell: (chapter) => told.push(chapter),
    });
    return told;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function handler(): string {
  const tsx = import.meta.resolve("tsx/esm/api");
  const scf = new URL("../src/scf.ts", import.meta.url).href;
  return `exports.main_handler = async (event, context) => {
    (await import(${JSON.stringify(tsx)})).register();
    return (await import(${JSON.stringify(scf)})).invoke({ event, context, env: process.env, folder: __dirname });
  };\n`;
}

function section({ title, command, output, calls }: Chapter): string {
  const typedLine = command === null ? [] : [`$ ${command}`];
  const made = calls.length === 0 ? "" : `\n\nCalls: ${counted(calls).join(" · ")}.`;
  return `**${title}.**\n\n\`\`\`text\n${[...typedLine, ...lasting(output)].join("\n")}\n\`\`\`${made}`;
}

/** Without what differs from day to day and from build to build. */
function lasting(output: string): readonly string[] {
  const lines = output
    .replace(/sha256 [0-9a-f]{64}/g, "sha256 …")
    .replace(/→ [0-9a-f]{64}/g, "→ …")
    .split("\n");
  const next = lines.filter((line) => line.startsWith("next: ")).length;
  const others = lines.filter((line) => !line.startsWith("next: "));
  return next === 0 ? others : [...others, `next: …   (${next} times, each in Asia/Shanghai and in UTC+8)`];
}

/** `GetFunction ×2` for what follows itself. */
function counted(calls: readonly string[]): readonly string[] {
  const told: { readonly name: string; times: number }[] = [];
  for (const name of calls) {
    const last = told.at(-1);
    if (last?.name === name) last.times += 1;
    else told.push({ name, times: 1 });
  }
  return told.map(({ name, times }) => (times === 1 ? name : `${name} ×${times}`));
}
