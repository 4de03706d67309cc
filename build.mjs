// Builds dist/ (contract.md, "Build products"): everything that a product needs is inside it.
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { build } from "esbuild";

/** CommonJS packages inside an ES module ask for `require`. */
const requireForCommonJs =
  'import { createRequire as eipGuardRequire } from "node:module"; const require = eipGuardRequire(import.meta.url);';

const shared = {
  bundle: true,
  minify: true,
  keepNames: false,
  platform: "node",
  target: "node20.19",
  format: "esm",
  legalComments: "none",
  sourcemap: false,
  // One character outside Latin-1 makes V8 keep the whole text at two bytes a character, for as long as the program runs.
  charset: "ascii",
  logLevel: "warning",
  logOverride: { "direct-eval": "silent" },
};

await rm("dist", { recursive: true, force: true });

// One file: it is the package's bin, and what the container image holds.
await build({
  ...shared,
  entryPoints: { cli: "src/cli/main.ts" },
  outdir: "dist",
  banner: { js: `#!/usr/bin/env node\n${requireForCommonJs}` },
});
await chmod("dist/cli.js", 0o755);

// A CommonJS entry, as SCF wants it, in front of ES module chunks: what a run doesn't need (COS, Slack, …) is not loaded.
const folder = "dist/functions/guard";
await build({
  ...shared,
  entryPoints: { guard: "functions/guard.ts" },
  outdir: folder,
  outExtension: { ".js": ".mjs" },
  chunkNames: "chunk-[hash]",
  splitting: true,
  banner: { js: requireForCommonJs },
});
await mkdir(folder, { recursive: true });
await writeFile(`${folder}/package.json`, `${JSON.stringify({ name: "eip-guard-function", private: true, type: "commonjs" })}\n`);
await writeFile(
  `${folder}/index.js`,
  '"use strict";\nconst loaded = import("./guard.mjs");\nexports.main_handler = async (event, context) => (await loaded).main_handler(event, context);\n',
);
