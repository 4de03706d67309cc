import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, normalize } from "node:path";
import { unzipSync } from "fflate";
import type { CloudFunction, FunctionInvocation } from "../world/functions.ts";

/** Runs a function's own code, out of the zip that was uploaded, in a process of its own, as SCF does. */
export interface Runner {
  readonly run: (fn: CloudFunction, event: unknown, keys: RunKeys | null) => Promise<FunctionInvocation>;
  /** Takes away what was unpacked, and ends what still runs. */
  readonly close: () => Promise<void>;
}

/** The run role's temporary keys. */
export interface RunKeys {
  readonly id: string;
  readonly key: string;
  readonly token: string;
}

const MARK = "\u0001answer ";
/** Calls the handler with the event that comes by stdin, and writes its answer after a mark. */
const SCRIPT = `
  const [file, handler, context] = process.argv.slice(1);
  let text = "";
  process.stdin.on("data", (chunk) => { text += chunk; });
  process.stdin.on("end", async () => {
    const end = (answer) => process.stdout.write("\\n\\u0001answer " + JSON.stringify(answer) + "\\n", () => process.exit(0));
    try {
      const answer = await require(file)[handler](JSON.parse(text), JSON.parse(context));
      end({ answer: JSON.stringify(answer ?? null) });
    } catch (error) {
      end({ error: String(error && error.message || error) });
    }
  });`;

export function createRunner(): Runner {
  const unpacked = new Map<string, Promise<string>>();
  const children = new Set<ReturnType<typeof spawn>>();
  return {
    async run(fn, event, keys) {
      const hash = createHash("sha256").update(fn.code).digest("hex");
      const folder = unpacked.get(hash) ?? unpack(fn.code);
      unpacked.set(hash, folder);
      const [file = "", handler = ""] = fn.handler.split(".");
      const context = {
        time_limit_in_ms: fn.timeout * 1_000,
        memory_limit_in_mb: fn.memory,
        function_name: fn.name,
        namespace: fn.namespace,
        request_id: hash.slice(0, 32),
      };
      const child = spawn(process.execPath, ["-e", SCRIPT, join(await folder, `${file}.js`), handler, JSON.stringify(context)], {
        cwd: await folder,
        env: environmentOf(fn, keys),
      });
      children.add(child);
      const startedAt = Date.now();
      const timer = setTimeout(() => child.kill("SIGKILL"), fn.timeout * 1_000);
      let log = "";
      child.stdout.on("data", (chunk) => {
        log += chunk;
      });
      child.stderr.on("data", (chunk) => {
        log += chunk;
      });
      child.stdin.end(JSON.stringify(event));
      await new Promise((resolve) => child.on("close", resolve));
      clearTimeout(timer);
      children.delete(child);
      const [said = "", ended] = log.split(MARK);
      const { answer = "", error = "" } =
        ended === undefined ? { error: `the function ended after ${fn.timeout} s at most` } : JSON.parse(ended);
      return { event, answer, error, log: said, milliseconds: Date.now() - startedAt };
    },
    async close() {
      for (const child of children) child.kill("SIGKILL");
      await Promise.all([...unpacked.values()].map(async (folder) => rm(await folder, { recursive: true, force: true })));
    },
  };
}

async function unpack(code: Buffer): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "eip-guard-simulated-function-"));
  for (const [name, content] of Object.entries(unzipSync(code))) {
    if (name.endsWith("/") || normalize(name).startsWith("..")) continue;
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

/** What SCF sets, and the function's own variables; nothing of the machine's but where its programs are. */
function environmentOf(fn: CloudFunction, keys: RunKeys | null): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    TZ: "Asia/Shanghai",
    TENCENTCLOUD_RUNENV: "SCF",
    TENCENTCLOUD_REGION: fn.region.name,
    SCF_FUNCTIONNAME: fn.name,
    SCF_NAMESPACE: fn.namespace,
    ...(keys === null
      ? {}
      : { TENCENTCLOUD_SECRETID: keys.id, TENCENTCLOUD_SECRETKEY: keys.key, TENCENTCLOUD_SESSIONTOKEN: keys.token }),
    ...fn.environment,
  };
}
