import diagnostics from "node:diagnostics_channel";
import { writeSync } from "node:fs";
import promises, { type FileHandle } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { runCli } from "../../src/cli/program.ts";
import { instant } from "../../src/core/terms/time.ts";
import type { Clock } from "../../src/ports.ts";

/**
 * The whole program in a process of its own, which kills itself (SIGKILL: no handler, no `finally`, no flush) at its n-th step. Steps are
 * what the world can see: each request as it is sent and as its answer is there, each change of a file before, in the middle of, and
 * after it. CRASH_AT 0 only counts them, and prints their names on file descriptor 3.
 */
const crashAt = Number(process.env.CRASH_AT);
const steps: string[] = [];

function step(name: string): void {
  steps.push(name);
  if (steps.length === crashAt) process.kill(process.pid, "SIGKILL");
}

/** Whether the step that follows is the one to die in the middle of. */
function diesNext(name: string): boolean {
  steps.push(name);
  return steps.length === crashAt;
}

diagnostics.subscribe("http.client.request.start", (message) => {
  const { method, path } = (message as { request: { method: string; path: string } }).request;
  step(`ask ${method} ${path.split("?")[0]}`);
});
diagnostics.subscribe("http.client.response.finish", (message) => {
  const { method, path } = (message as { request: { method: string; path: string } }).request;
  step(`answered ${method} ${path.split("?")[0]}`);
});

// Slack's client asks by fetch; so do we, to sleep, which is no step.
for (const [channel, word] of [
  ["undici:request:create", "ask"],
  ["undici:request:trailers", "answered"],
] as const) {
  diagnostics.subscribe(channel, (message) => {
    const { origin, method, path } = (message as { request: { origin: string; method: string; path: string } }).request;
    if (String(origin) !== process.env.CRASH_PARENT) step(`${word} ${method} ${path}`);
  });
}

const { link, mkdir, unlink, open } = promises;
Object.assign(promises, {
  async link(from: string, to: string) {
    step("before link");
    await link(from, to);
    step("after link");
  },
  async unlink(path: string) {
    step("before unlink");
    await unlink(path);
    step("after unlink");
  },
  async mkdir(...given: Parameters<typeof mkdir>) {
    step("before mkdir");
    return mkdir(...given);
  },
  async open(...given: Parameters<typeof open>) {
    return killable(await open(...given));
  },
});
syncBuiltinESMExports();

function killable(file: FileHandle): FileHandle {
  const { truncate, sync, write, writeFile } = {
    truncate: file.truncate.bind(file),
    sync: file.sync.bind(file),
    write: file.write.bind(file) as (bytes: Buffer, offset: number, length: number, position: number) => Promise<unknown>,
    writeFile: file.writeFile.bind(file) as (text: string) => Promise<void>,
  };
  return Object.assign(file, {
    async truncate(length: number) {
      step("before truncate");
      await truncate(length);
      step("after truncate");
    },
    async sync() {
      step("before sync");
      await sync();
      step("after sync");
    },
    async write(bytes: Buffer, offset: number, length: number, position: number) {
      if (diesNext("within write")) {
        await write(bytes, offset, Math.floor(length / 2), position);
        process.kill(process.pid, "SIGKILL");
      }
      const written = await write(bytes, offset, length, position);
      step("after write");
      return written;
    },
    async writeFile(text: string) {
      if (diesNext("within writeFile")) {
        await writeFile(text.slice(0, text.length / 2));
        process.kill(process.pid, "SIGKILL");
      }
      await writeFile(text);
      step("after writeFile");
    },
  });
}

/** The simulated world's time is the parent's: what we sleep, it advances. */
const started = Date.now();
let slept = 0;
const base = Number(process.env.CRASH_CLOCK);
const clock: Clock = {
  now: () => instant(base + slept),
  async sleep(duration) {
    slept += duration;
    await fetch(`${process.env.CRASH_PARENT ?? ""}/${duration}`);
  },
};
process.exitCode = await runCli(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  clock,
});
if (crashAt === 0) writeSync(3, JSON.stringify(steps));
if (Date.now() - started > 60_000) throw new Error("a run that takes a minute is stuck");
