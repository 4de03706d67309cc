import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { createMeter } from "../../src/report/metrics.ts";
import { cluster, sample } from "../report/sample.ts";

/** The dashboard and the rules of deploy/monitoring use only metrics and labels that `serve` shows. */

const read = (file: string) => readFileSync(new URL(`../../deploy/monitoring/${file}`, import.meta.url), "utf8");

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}
const RULES: readonly Rule[] = parse(read("rules.yaml")).groups.flatMap(
  ({ rules }: { readonly rules: readonly Rule[] }) => rules,
);

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly targets: readonly { readonly expr: string }[];
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}
const DASHBOARD: {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly query: unknown }[] };
} = JSON.parse(read("dashboard.json"));

const EXPRESSIONS = [
  ...RULES.map(({ alert, expr }) => [alert, expr] as const),
  ...DASHBOARD.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
  ["variables", JSON.stringify(DASHBOARD.templating.list.map(({ query }) => query))] as const,
];

/** Each metric with its labels, as the meter writes them once everything happened. */
async function shown(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const meter = createMeter("1.2.3");
  meter.apiCall("vpc", "DescribeAddresses", "throttled");
  const threshold = { state: "set", seconds: 300 } as const;
  const result = sample({ clusters: [cluster({ recycleThreshold: threshold })] });
  meter.runEnded({ outcome: "complete", seconds: 1, result });
  const found = new Map<string, ReadonlySet<string>>();
  for (const [, name = "", labels = ""] of (await meter.text()).matchAll(/^(eip_guard_\w+)(?:\{(.*)\})? /gm))
    found.set(name, new Set([...(found.get(name) ?? []), ...[...labels.matchAll(/(\w+)="/g)].map(([, label = ""]) => label)]));
  return found;
}

/** Labels that Prometheus gives. */
const GIVEN = ["job", "instance"];

describe("deploy/monitoring", () => {
  it.each(EXPRESSIONS)("asks only for what there is: %s", async (_, expression) => {
    const metrics = await shown();
    const used = [...expression.matchAll(/(eip_guard_\w+)(?:\{([^}]*)\})?/g)];
    expect(used.length).toBeGreaterThan(0);
    for (const [, name = "", selectors = ""] of used) {
      expect([...metrics.keys()]).toContain(name);
      const labels = [...selectors.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = ""]) => label);
      const unknown = labels.filter((label) => !GIVEN.includes(label) && metrics.get(name)?.has(label) !== true);
      expect([name, unknown]).toEqual([name, []]);
    }
    const all = new Set([...metrics.values()].flatMap((labels) => [...labels]));
    const grouped = [...expression.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, labels = ""]) => labels.split(/,\s*/));
    expect(grouped.filter((label) => !all.has(label))).toEqual([]);
  });

  it("has a summary, what to do and a severity for each alert, under a name of its own", () => {
    expect(new Set(RULES.map(({ alert }) => alert)).size).toBe(RULES.length);
    for (const { annotations, labels } of RULES) {
      expect(annotations).toMatchObject({ summary: expect.any(String), description: expect.any(String) });
      expect(["critical", "warning", "info"]).toContain(labels.severity);
    }
  });

  it("lays each panel of the dashboard out beside the others", () => {
    const { panels } = DASHBOARD;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    for (const { gridPos } of panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
  });
});
