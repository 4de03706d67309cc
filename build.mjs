// Builds dist/ (contract.md, Build products): everything that a product needs is inside it.
//   node build.mjs [--outdir FOLDER]
import { chmod, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, sep } from "node:path";
import { parseArgs } from "node:util";
import { build } from "esbuild";

const { values } = parseArgs({ options: { outdir: { type: "string", default: "dist" } } });
const out = values.outdir;

/** CommonJS packages inside an ES module ask for `require`. */
const requireForCommonJs =
  'import { createRequire as eipGuardRequire } from "node:module"; const require = eipGuardRequire(import.meta.url);';

/**
 * Dependencies that Node 22 and 24 warn about at every start, answered without the deprecated call:
 * - node-fetch 2 asks whatwg-url (and by it punycode) for a URL class that Node has. It never uses it where `url.URL` exists.
 * - url.parse() of a dependency: the same legacy parser, by its class, which is not deprecated.
 */
const withoutDeprecations = {
  name: "without-deprecations",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^whatwg-url$/ }, ({ importer }) =>
      importer.includes(`${sep}node-fetch${sep}`) ? { path: "whatwg-url", namespace: "node-has-it" } : undefined,
    );
    onLoad({ filter: /.*/, namespace: "node-has-it" }, () => ({ contents: "module.exports = { URL, URLSearchParams };" }));
    onResolve({ filter: /^(node:)?url$/ }, ({ importer }) =>
      importer.includes(`${sep}node_modules${sep}`) ? { path: "url", namespace: "legacy-url" } : undefined,
    );
    onLoad({ filter: /.*/, namespace: "legacy-url" }, () => ({
      contents: `
        const url = require("node:url");
        const parse = (text, query, slashes) => {
          if (text instanceof url.Url) return text;
          const parsed = new url.Url();
          parsed.parse(text, query, slashes);
          return parsed;
        };
        module.exports = { ...url, parse, resolve: (from, to) => parse(from, false, true).resolve(to) };`,
      resolveDir: ".",
    }));
    onResolve({ filter: /.*/, namespace: "legacy-url" }, ({ path }) => ({ path, external: true }));
  },
};

/**
 * What the COS client's HTTP library brings for options that nobody sets: the public suffix list (for cookies between hosts) and HTTP
 * signatures by SSH keys. Asked for, they would throw.
 */
const withoutUnused = {
  name: "without-unused",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(psl|http-signature)$/ }, ({ path, importer }) =>
      importer.includes(`${sep}node_modules${sep}`) ? { path, namespace: "unused" } : undefined,
    );
    onLoad({ filter: /.*/, namespace: "unused" }, () => ({ contents: "module.exports = {};" }));
  },
};

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
  metafile: true,
  plugins: [withoutDeprecations, withoutUnused],
};

/** The licences of the packages whose code is in a bundle: their notices go along with it. */
async function writeNotices(file, ...metafiles) {
  const folders = new Set();
  for (const input of metafiles.flatMap(({ inputs }) => Object.keys(inputs))) {
    const [, folder] = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input) ?? [];
    if (folder !== undefined) folders.add(folder);
  }
  /** Many packages share one text: it stands once, below all of them. */
  const packagesOf = new Map();
  for (const { head, text } of await Promise.all([...folders].sort().map(noticeOf))) {
    packagesOf.set(text, (packagesOf.get(text) ?? new Set()).add(head));
  }
  const notices = [...packagesOf].map(([text, heads]) => `${"-".repeat(80)}\n${[...heads].join("\n")}\n\n${text}\n`);
  await writeFile(file, `The files beside this one contain code of these packages.\n\n${notices.join("\n")}`);
}

/** Name, version, licence, author and the licence's text; a package without a text has an empty one. */
async function noticeOf(folder) {
  const { name, version, license, licenses, author, homepage } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|copying|notice)(\b|$)/i.test(file)).sort();
  if (license === undefined && licenses === undefined && files.length === 0)
    throw new Error(`${name}@${version} names no licence`);
  const by = typeof author === "object" ? author.name : author;
  const head = [`${name}@${version}`, license ?? licenses?.map(({ type }) => type).join(", "), by, homepage]
    .filter(Boolean)
    .join(" · ");
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
  return { head, text: texts.map((text) => text.trim()).join("\n\n") };
}

/** Takes away what an earlier build left. What a person put there (an eip-guard.yaml, kubeconfigs) stays. */
async function removeChunks(folder) {
  const files = await readdir(folder).catch(() => []);
  await Promise.all(files.filter((file) => /^chunk-.*\.mjs$/.test(file)).map((file) => rm(join(folder, file))));
}

// The package's bin, and beside it in a folder what it loads when it needs it: as one file it took 25 MiB more, and a start twice as long.
await rm(join(out, "cli"), { recursive: true, force: true });
const cli = await build({
  ...shared,
  entryPoints: { cli: "src/cli/main.ts" },
  outdir: out,
  chunkNames: "cli/[hash]",
  splitting: true,
  banner: { js: requireForCommonJs },
});
const bin = join(out, "cli.js");
await writeFile(bin, `#!/usr/bin/env node\n${await readFile(bin, "utf8")}`, { mode: 0o755 });
await chmod(bin, 0o755);
// Wherever the two are copied to.
await writeFile(
  join(out, "cli", "package.json"),
  `${JSON.stringify({ name: "eip-guard-cli", private: true, type: "module" })}\n`,
);
await writeNotices(join(out, "THIRD-PARTY-NOTICES.txt"), cli.metafile);

/** ES module chunks of a function. What a run doesn't need (COS, Slack, …) is not loaded. */
async function buildChunks(folder, name, source) {
  await removeChunks(folder);
  const { metafile } = await build({
    ...shared,
    entryPoints: { [name]: source },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    chunkNames: "chunk-[hash]",
    splitting: true,
    banner: { js: requireForCommonJs },
  });
  await writeNotices(join(folder, "THIRD-PARTY-NOTICES.txt"), metafile);
  return metafile;
}

/** A function of SCF: a CommonJS entry, as SCF wants it, in front of ES module chunks. */
async function buildGuard() {
  const folder = join(out, "functions", "guard");
  await buildChunks(folder, "guard", "functions/guard.ts");
  await writePackage(folder, "eip-guard-function");
  await writeFile(
    `${folder}/index.js`,
    `"use strict";\nconst loaded = import("./guard.mjs");\nexports.main_handler = async (event, context) => (await loaded).main_handler(event, context);\n`,
  );
}

/** The same for the buttons; its entry refuses what is not signed before it loads anything else. */
async function buildButtons() {
  const folder = join(out, "functions", "slack");
  await rm(join(folder, "slack.mjs"), { force: true });
  const metafile = await buildChunks(folder, "buttons", BUTTONS);
  const entry = await build({
    ...shared,
    entryPoints: { index: "functions/slack.ts" },
    outdir: folder,
    format: "cjs",
    define: { "import.meta.dirname": "__dirname" },
    plugins: [
      {
        name: "loaded-later",
        setup({ onResolve }) {
          onResolve({ filter: /scf-buttons\.ts$/ }, () => ({ path: "./buttons.mjs", external: true }));
        },
      },
    ],
  });
  await writePackage(folder, "eip-guard-buttons");
  return { ...metafile.inputs, ...entry.metafile.inputs };
}

function writePackage(folder, name) {
  return writeFile(`${folder}/package.json`, `${JSON.stringify({ name, private: true, type: "commonjs" })}\n`);
}

const BUTTONS = "src/scf-buttons.ts";

await buildGuard();
const buttons = await buildButtons();

// The buttons' function can release nothing: code that could must not get into it by an import.
// Of the cloud it has what reads a secret.
const forbidden =
  /^src\/(kubernetes|cli)\/|^src\/tencent\/(?!(actions|rate|secrets|signed|transport)\.ts$)|^src\/assemble\.ts$|^src\/cycle\/(run|release|mark|collect|scan)\.ts$/;
const strays = Object.keys(buttons).filter((input) => forbidden.test(input));
if (strays.length > 0) throw new Error(`the buttons' function holds ${strays.join(", ")}`);
