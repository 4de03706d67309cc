import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

/** What comments, tests, worlds and documents cite is in the repository: paragraphs of the domain, headings of the contract, pages, anchors. */

const root = join(import.meta.dirname, "..");
const HERE = relative(root, import.meta.filename);
const PLACES = ["src", "sim", "functions", "test", "bench", "tools", "deploy", "docs", ".github"];
const TEXT = /\.(ts|mjs|cjs|md|ya?ml|json)$|(^|\/)Dockerfile$/;

const files: readonly string[] = [
  ...PLACES.flatMap((place) =>
    readdirSync(join(root, place), { recursive: true, encoding: "utf8" }).map((name) => join(place, name)),
  ),
  ...readdirSync(root).filter((name) => !name.startsWith("package")),
].filter((name) => TEXT.test(name) && name !== HERE && statSync(join(root, name)).isFile());

function textOf(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

function headingsOf(markdown: string): readonly string[] {
  const prose = markdown.replace(/^```[\s\S]*?^```$/gm, "");
  return [...prose.matchAll(/^#{1,6} +(.+?) *$/gm)].map(([, heading = ""]) => heading);
}

/** As GitHub makes them: small letters, no punctuation, hyphens for spaces. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
}

/** The numbers of each paragraph: `5.3` has 1 to 7, as list items or as rows of a table whose first cell is the number. */
function paragraphsOf(law: string): ReadonlyMap<string, ReadonlySet<number>> {
  const paragraphs = new Map<string, Set<number>>();
  let numbers = new Set<number>();
  for (const text of law.split("\n")) {
    const heading = /^##+ (\d+(?:\.\d+)?)\.? /.exec(text)?.[1];
    if (heading !== undefined) {
      numbers = new Set();
      paragraphs.set(heading, numbers);
    }
    const item = /^(?:(\d+)\. |\| (\d+) \|)/.exec(text);
    if (item !== null) numbers.add(Number(item[1] ?? item[2]));
  }
  return paragraphs;
}

const LAW = paragraphsOf(textOf("docs/domain.md"));
const CONTRACT = headingsOf(textOf("docs/contract.md"));
const anchors = new Map(
  files.filter((file) => file.endsWith(".md")).map((file) => [file, headingsOf(textOf(file)).map(anchorOf)]),
);

/** What `text`, as it would stand in `file`, cites and is not there. */
function wrongCitations(file: string, text: string): readonly string[] {
  // A comment may go on in the next line.
  const flowing = text.replace(/\n[ \t]*(?:\*(?!\/)|\/\/|#)[ \t]*/g, " ");
  return [...wrongParagraphs(flowing), ...wrongHeadings(flowing), ...wrongPages(file, text), ...strangers(flowing)];
}

function wrongParagraphs(text: string): readonly string[] {
  const wrong: string[] = [];
  for (const [cited, paragraph, first, second] of text.matchAll(
    /§(?!\$\{)(\d+(?:\.\d+)?)?(?:, (?:line )?(\d+)\b(?: and (\d+)\b)?)?/g,
  )) {
    const numbers = LAW.get(paragraph ?? "");
    const asked = [first, second].filter((number) => number !== undefined);
    if (numbers === undefined || !asked.every((number) => numbers.has(Number(number)))) wrong.push(cited);
  }
  return wrong;
}

/** `contract.md, HEADING`, to the end of the line or to a punctuation mark. Links are looked at as links. */
function wrongHeadings(text: string): readonly string[] {
  const cited = [...text.matchAll(/(?<![\w/-]|\]\()contract(?:\.md\b(?!#|\]|\))|(?=, [A-Z]))(?:, ([^\n.,;:)*"'`]+))?/g)];
  return cited.filter(([all, heading]) => !all.includes(".md") || !CONTRACT.includes(heading?.trim() ?? "")).map(([all]) => all);
}

function wrongPages(file: string, text: string): readonly string[] {
  const named = [...text.matchAll(/(?<![\w/.-])docs\/[\w.-]+\.(?:md|png)(?:#[\w-]+)?/g)].map(([target]) => ({
    target,
    path: target,
  }));
  const linked = file.endsWith(".md") ? [...text.matchAll(/\]\((?![a-z]+:)([^)\s]+)\)/g)].map(([, target = ""]) => target) : [];
  const links = linked.map((target) => ({
    target,
    path: target.startsWith("#") ? `${file}${target}` : join(dirname(file), target),
  }));
  return [...named, ...links].filter(({ path }) => !exists(path)).map(({ target }) => target);
}

function exists(target: string): boolean {
  const [path = "", anchor] = normalize(target).split("#");
  if (statSync(join(root, path), { throwIfNoEntry: false }) === undefined) return false;
  return anchor === undefined || (anchors.get(path)?.includes(anchor) ?? false);
}

/** Documents that are not in the repository, and numbers of issues, which nobody can look up. */
function strangers(text: string): readonly string[] {
  return [...text.matchAll(/\b(?:models|platform|design|newcomer|performance)\.md\b|\bissue \d+\b/g)].map(([cited]) => cited);
}

describe("a citation", () => {
  it.each([
    ["a paragraph that there is not", "src/a.ts", "// domain.md §5.9", "§5.9"],
    ["a number that its paragraph does not have", "src/a.ts", "// domain.md §5.3, 8", "§5.3, 8"],
    ["a second number that its paragraph does not have", "test/worlds/a.yaml", "because: §5.2, 3 and 60", "§5.2, 3 and 60"],
    ["a line that the table does not have", "src/a.ts", "/** domain.md §5, line 9. */", "§5, line 9"],
    ["a paragraph without a number", "src/a.ts", "// domain.md §", "§"],
    ["a number on the next line", "src/a.ts", "/**\n * domain.md §5.3,\n * 8\n */", "§5.3, 8"],
    ["a heading that the contract does not have", "src/a.ts", "// (contract.md, Modes)", "contract.md, Modes"],
    ["a heading that only begins like one", "src/a.ts", "// contract.md, Commandspeak", "contract.md, Commandspeak"],
    ["the contract without a heading", "src/a.ts", "// as contract.md says", "contract.md"],
    ["the contract without its ending", "test/worlds/a.yaml", "because: contract, Modes", "contract, Modes"],
    ["a page that there is not", "src/a.ts", "// docs/nowhere.md", "docs/nowhere.md"],
    ["an anchor that its page does not have", "serverless.yml", "# docs/release.md#nowhere", "docs/release.md#nowhere"],
    ["a link to no file", "docs/a.md", "[it](nowhere.md)", "nowhere.md"],
    ["a link to no anchor of another page", "docs/a.md", "[it](release.md#nowhere)", "release.md#nowhere"],
    ["a link to no anchor of its own page", "docs/release.md", "[it](#nowhere)", "#nowhere"],
    ["a document that is elsewhere", "src/a.ts", "// models.md, accidents", "models.md"],
    ["the number of an issue", "src/a.ts", "// (issue 5, 2)", "issue 5"],
  ])("of %s is wrong", (_what, file, text, cited) => {
    expect(wrongCitations(file, text)).toEqual([cited]);
  });

  it.each([
    ["src/a.ts", "// domain.md §5.3, 7, and §4.2; §5, line 3"],
    ["src/a.ts", "/**\n * (contract.md, Modes and\n * the two keys)\n */"],
    ["test/worlds/a.yaml", "because: §5.2, 3 and 6; contract.md, Approvals"],
    ["README.md", "[it](docs/release.md#what-an-approval-is-worth) and [that](docs/contract.md)"],
    ["docs/a.md", "[it](../README.md), [that](contract.md#floors), [far](https://example.com/nowhere.md)"],
  ])("is right in %s: %s", (file, text) => {
    expect(wrongCitations(file, text)).toEqual([]);
  });
});

it("cites in no file what is not in the repository", () => {
  expect(files.length).toBeGreaterThan(300);
  expect(files.flatMap((file) => wrongCitations(file, textOf(file)).map((cited) => `${file}: ${cited}`))).toEqual([]);
});

it("says of every world with a because where that stands", () => {
  const worlds = files.filter((file) => /^test\/worlds\/[\w-]+\.yaml$/.test(file));
  const reasons = worlds.flatMap((file) => {
    const stories: readonly { readonly name: string; readonly because?: string }[] = parse(textOf(file));
    return stories.flatMap(({ name, because }) => (because === undefined ? [] : [{ name, parts: because.split("; ") }]));
  });
  expect(reasons.length).toBeGreaterThan(200);
  const astray = reasons.filter(({ parts }) => !parts.every((part) => /^(§\d|contract\.md, |docs\/[\w-]+\.md)/.test(part)));
  expect(astray).toEqual([]);
});
