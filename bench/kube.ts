import { type ChildProcess, execFileSync, fork } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** Pods of three clusters, read and linked in one process; each size in a process of its own. */
const CLUSTERS = 3;
const SIZES = [25_000, 50_000, 100_000];

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export async function run(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "eip-guard-bench-kube-"));
  try {
    const reader = join(folder, "reader.mjs");
    // As the products are built: a loader of TypeScript weighs more than what it loads.
    await build({
      entryPoints: [here("./kube-reader.ts")],
      outfile: reader,
      bundle: true,
      minify: true,
      platform: "node",
      format: "esm",
      target: "node20.19",
      logLevel: "error",
      banner: {
        js: 'import { createRequire as benchRequire } from "node:module"; const require = benchRequire(import.meta.url);',
      },
    });
    console.log(`Pods of ${CLUSTERS} clusters, ${cpus().length} cores, Node ${process.version}`);
    for (const pods of SIZES) await measure(folder, reader, pods);
  } finally {
    await rm(folder, { recursive: true });
  }
}

interface World {
  readonly urls: readonly string[];
  readonly certificate: string;
}

interface Counts {
  readonly connections: number;
  readonly requests: number;
  readonly podBytes: number;
}

async function measure(folder: string, reader: string, pods: number): Promise<void> {
  const child = fork(here("./kube-world.ts"), [String(CLUSTERS), String(pods)], { execArgv: ["--import", "tsx"] });
  const { urls, certificate } = (await answerOf(child)) as World;
  const files = await Promise.all(urls.map((url, index) => writeKubeconfig(folder, index, url, certificate)));
  const out = execFileSync(process.execPath, [reader, ...files], { encoding: "utf8", maxBuffer: 1_000_000 });
  const { pods: read, linked, readSeconds, linkSeconds, peakRssMegabytes } = JSON.parse(out);
  child.send("counts");
  const { connections, requests, podBytes } = (await answerOf(child)) as Counts;
  child.send("end");
  console.log(
    [
      `${read} Pods of ${(podBytes / read / 1_000).toFixed(1)} KB, ${linked} with an EIP`,
      `read in ${readSeconds.toFixed(1)} s, linked in ${linkSeconds.toFixed(1)} s`,
      `peak RSS ${peakRssMegabytes.toFixed(0)} MB`,
      `${requests} requests over ${connections} TLS connections`,
    ].join("; "),
  );
}

function answerOf(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once("message", resolve);
    child.once("exit", () => reject(new Error("the API servers ended")));
  });
}

async function writeKubeconfig(folder: string, index: number, server: string, certificate: string): Promise<string> {
  const file = join(folder, `kubeconfig-${index}.json`);
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { server, "certificate-authority-data": Buffer.from(certificate).toString("base64") } }],
    users: [{ name: "u", user: { token: "bench" } }],
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    "current-context": "c",
  };
  await writeFile(file, JSON.stringify(config));
  return file;
}
