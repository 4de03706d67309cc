import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse, parseAllDocuments, stringify } from "yaml";
import { parseConfig } from "../../src/config/load.ts";

/** The Helm chart: it makes what the kustomize overlays make. Where there is no helm, its few kinds of directives are followed here. */

const here = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const CHART = here("deploy/helm");
const read = (path: string) => readFileSync(join(CHART, path), "utf8");

type Values = Readonly<Record<string, unknown>>;
const VALUES: Values = parse(read("values.yaml"));
const NAMESPACE = "eip-guard";

function valueAt(values: Values, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((at, key) => (typeof at === "object" && at !== null ? Reflect.get(at, key) : undefined), values);
}

/** Follows exactly the directives that the templates may have; anything else is an error of the test. */
function render(template: string, values: Values): string {
  const lines: string[] = [];
  const open: boolean[] = [];
  for (const line of template.split("\n")) {
    const [, condition] = /^\{\{- if (.+) \}\}$/.exec(line) ?? [];
    if (condition !== undefined) open.push(holds(condition, values));
    else if (line === "{{- end }}") open.pop();
    else if (open.every((one) => one))
      lines.push(line.replace(/\{\{ (.+?) \}\}/g, (_, inner: string) => expression(inner, values)));
  }
  if (open.length > 0) throw new Error("an if without an end");
  return lines.join("\n");
}

function holds(condition: string, values: Values): boolean {
  const [, path = "", wanted] = /^(?:eq )?\.Values\.([\w.]+)(?: "(\w+)")?$/.exec(condition) ?? [];
  if (path === "") throw new Error(`no condition that is known: ${condition}`);
  const value = valueAt(values, path);
  if (value === undefined) throw new Error(`values.yaml has no ${path}`);
  return wanted === undefined ? value === true : value === wanted;
}

function expression(inner: string, values: Values): string {
  if (inner === ".Release.Namespace") return NAMESPACE;
  const [, plain, quoted] = /^\.Values\.([\w.]+)( \| quote)?$/.exec(inner) ?? [];
  if (plain !== undefined) {
    const value = valueAt(values, plain);
    if (value === undefined) throw new Error(`values.yaml has no ${plain}`);
    return quoted === undefined ? String(value) : JSON.stringify(value);
  }
  const [, whole] = /^toYaml \.Values\.(\w+) \| indent 4$/.exec(inner) ?? [];
  if (whole !== undefined) return stringify(valueAt(values, whole)).trimEnd().replace(/^/gm, "    ");
  const [, file, from] =
    /^\.Files\.Get "([\w/.-]+)" \| replace "([^"]+)" \(printf "namespace: %s" \.Release\.Namespace\)$/.exec(inner) ?? [];
  if (file === undefined || from === undefined) throw new Error(`no expression that is known: ${inner}`);
  return read(file).replaceAll(from, `namespace: ${NAMESPACE}`);
}

interface Made {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

function objectsIn(text: string): readonly Made[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Made | null)
    .filter((object) => object !== null)
    .sort((one, other) => (`${one.kind}/${one.metadata.name}` < `${other.kind}/${other.metadata.name}` ? -1 : 1));
}

function chart(more: Values = {}): readonly Made[] {
  const values = { ...VALUES, ...more };
  const texts = readdirSync(join(CHART, "templates")).map((name) => render(read(`templates/${name}`), values));
  return objectsIn(texts.join("\n---\n"));
}

const CASES: readonly (readonly [overlay: string, values: Values])[] = [
  ["audit", {}],
  ["enforce", { enforce: true }],
  ["serve", { kind: "serve" }],
];

describe("the Helm chart", () => {
  it.each(CASES)("has what the overlay %s has", (_, values) => {
    const kinds = chart(values).map(({ kind }) => kind);
    expect(kinds).toContain(values.kind === "serve" ? "Deployment" : "CronJob");
    expect(kinds.includes("Service")).toBe(values.kind === "serve");
    expect(kinds.filter((kind) => kind === "ClusterRole")).toHaveLength(values.enforce === true ? 2 : 1);
  });

  it("writes a configuration that the guard reads, and runs by its schedule", () => {
    const objects = chart();
    const text =
      objects.flatMap((object) => ("data" in object ? Object.values(object.data as Record<string, string>) : []))[0] ?? "";
    const { deploy, state } = parseConfig(text, { path: "/etc/eip-guard/eip-guard.yaml", env: {} }).config;
    expect(state.kind).toBe("cos");
    expect(objects.find(({ kind }) => kind === "CronJob")).toMatchObject({
      spec: { schedule: deploy.schedule, timeZone: deploy.timezone },
    });
  });

  it("has the version of the package, and the image of it", () => {
    const { version } = JSON.parse(readFileSync(here("package.json"), "utf8"));
    expect(parse(read("Chart.yaml"))).toMatchObject({ version, appVersion: version });
    expect(valueAt(VALUES, "image.tag")).toBe(version);
  });
});

function isThere(command: string, ...argv: readonly string[]): boolean {
  try {
    execFileSync(command, argv, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const kubectl = isThere("kubectl", "version", "--client");
if (!kubectl) console.warn("no kubectl: the chart is not compared with the overlays");
describe.skipIf(!kubectl)("beside the kustomize overlays", () => {
  // The overlays leave namespace and configuration to whoever applies them.
  const shared = (objects: readonly Made[]) => objects.filter(({ kind }) => kind !== "Namespace" && kind !== "ConfigMap");

  it.each(CASES)("makes the very objects of %s", (overlay, values) => {
    const rendered = execFileSync("kubectl", ["kustomize", here(`deploy/overlays/${overlay}`)], { encoding: "utf8" });
    expect(shared(chart(values))).toEqual(shared(objectsIn(rendered)));
  });
});

const helm = isThere("helm", "version");
if (!helm) console.warn("no helm: the chart's directives are followed by this test alone");
describe.skipIf(!helm)("helm itself", () => {
  it.each(CASES)("renders what this test renders, as %s", (_, values) => {
    const set = Object.entries(values).flatMap(([name, value]) => ["--set", `${name}=${value}`]);
    const text = execFileSync("helm", ["template", "eip-guard", CHART, "--namespace", NAMESPACE, ...set], { encoding: "utf8" });
    const plain = (objects: readonly Made[]) => objects.filter(({ kind }) => kind !== "ConfigMap");
    expect(plain(objectsIn(text))).toEqual(plain(chart(values)));
  });
});
