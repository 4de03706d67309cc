import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Zippable, zipSync } from "fflate";
import { commandLine } from "./script.ts";
import { dated, problemsOf } from "./version.ts";

/**
 * `npm run release -- VERSION [--dry-run]`: sets the version, dates the changelog, builds, and writes into `release/` the package, a zip of
 * each function, a bill of materials (CycloneDX) and checksums; then it commits and tags. It pushes and publishes nothing.
 * `--dry-run` checks everything and makes the files from the version that stands, without a commit or a tag.
 */
const { values, positionals } = commandLine("usage: npm run release -- VERSION [--dry-run]", {
  "dry-run": { type: "boolean", default: false },
});
const root = join(import.meta.dirname, "..");
const [version = ""] = positionals;
const dryRun = values["dry-run"];

const changelog = readFileSync(join(root, "CHANGELOG.md"), "utf8");
const standing: { readonly version: string } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const problems = problemsOf(version, standing.version, changelog, git("status", "--porcelain"));
if (problems.length > 0) {
  for (const problem of problems) console.error(`error: ${problem}`);
  process.exit(2);
}

if (!dryRun) {
  npm("version", version, "--no-git-tag-version", "--allow-same-version");
  writeFileSync(join(root, "CHANGELOG.md"), dated(changelog, version, new Date().toISOString().slice(0, 10)));
}
const made = join(root, "release");
rmSync(made, { recursive: true, force: true });
mkdirSync(made);
npm("run", "build");
npm("pack", "--ignore-scripts", "--pack-destination", made);
for (const name of readdirSync(join(root, "dist/functions"))) {
  writeFileSync(join(made, `eip-guard-${name}-${version}.zip`), zipOf(join(root, "dist/functions", name)));
}
writeFileSync(join(made, "eip-guard.cdx.json"), npm("sbom", "--sbom-format", "cyclonedx"));
const sums = readdirSync(made).map((name) => `${sha256(readFileSync(join(made, name)))}  ${name}`);
writeFileSync(join(made, "SHA256SUMS"), `${sums.join("\n")}\n`);
if (!dryRun) {
  git("commit", "-a", "-m", `release: ${version}`);
  git("tag", "-a", `v${version}`, "-m", `eip-guard ${version}`);
}
console.log(`${dryRun ? "checked" : "released"} ${version}; in release/: ${readdirSync(made).join(", ")}`);

/** The same bytes for the same files, whenever and wherever it is made. */
function zipOf(folder: string): Uint8Array {
  const files: Zippable = {};
  for (const name of readdirSync(folder).sort()) {
    files[name] = [readFileSync(join(folder, name)), { mtime: new Date(1980, 0, 1), level: 9 }];
  }
  return zipSync(files);
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function git(...words: readonly string[]): string {
  return execFileSync("git", words, { cwd: root, encoding: "utf8" });
}

function npm(...words: readonly string[]): string {
  return execFileSync("npm", words, {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: 64 * 1024 * 1024,
  });
}
