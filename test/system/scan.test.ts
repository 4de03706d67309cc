import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { VERDICTS } from "../../src/core/terms/verdict.ts";
import { openDemoStage, type Stage } from "./stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openDemoStage();
});
afterAll(() => stage.close());

describe("scan", () => {
  it("changes nothing: not the cloud, the clusters, Slack, the ledger or the trail", async () => {
    const before = { world: JSON.stringify(stage.simulator.dump()), files: await stage.files() };
    for (const argv of [["scan"], ["scan", "--format", "html"], ["plan", "--format", "json"], ["explain", "43.0.0.1"], ["check"]])
      await stage.run(argv);
    expect(JSON.stringify(stage.simulator.dump())).toBe(before.world);
    expect(await stage.files()).toEqual(before.files);
    expect(stage.world.writes).toEqual([]);
    for (const server of stage.simulator.kubernetes.values()) expect(server.writes).toEqual([]);
  });

  it("gives each EIP of the account exactly one verdict", async () => {
    const { eips, totals } = await stage.json(["scan"]);
    const wanted = stage.world.accounts.flatMap(({ regions }) =>
      [...regions.values()].flatMap(({ addresses }) => [...addresses.keys()]),
    );
    expect(eips.map(({ id }) => id).sort()).toEqual(wanted.sort());
    expect(Object.values(totals.byVerdict).reduce((sum, count) => sum + count, 0)).toBe(wanted.length);
    for (const { verdict, reason, detail } of eips) {
      expect(VERDICTS).toContain(verdict);
      expect(reason).not.toBe("no-rule");
      expect(detail).not.toBe("");
    }
  });

  it("sees every verdict in the demo's fleet, each idle Pod EIP with its Pod", async () => {
    const { eips } = await stage.json(["scan"]);
    for (const verdict of VERDICTS.filter((one) => one !== "transient"))
      expect(eips.map((eip) => eip.verdict)).toContain(verdict);
    const reasons = new Set(eips.map(({ reason }) => reason));
    for (const reason of [
      "cluster-deleted",
      "workload-gone-never-recycled",
      "never-without-stable-name",
      "orphan",
      "scaled-to-zero",
      "parked-game-server",
      "in-id-list",
      "bare-pod-claim",
      "scaled-down-never-recycled",
      "keep-tag",
      "dangling-eni",
      "half-tagged",
      "ipamd-will-recycle",
    ]) {
      expect([...reasons]).toContain(reason);
    }
    const leaked = eips.filter(({ verdict, reason }) => verdict === "leaked" && reason !== "orphan");
    for (const { pod } of leaked) expect(pod).not.toBeNull();
  });

  it("makes as many calls as there are pages, and no more for more EIPs", async () => {
    stage.simulator.cloud.calls.length = 0;
    await stage.run(["scan", "--quiet"]);
    const counts = new Map<string, number>();
    for (const { action, region } of stage.simulator.cloud.calls)
      counts.set(`${action} ${region}`, (counts.get(`${action} ${region}`) ?? 0) + 1);
    expect(counts.get("DescribeAddresses ap-guangzhou")).toBe(1);
    expect(counts.get("DescribeAddresses ap-singapore")).toBe(1);
    expect([...counts.keys()].filter((key) => /Tag|Release|Allocate|Kubeconfig|DescribeEvents|Bill/.test(key))).toEqual([]);
  });

  it("leaves an incomplete inventory incomplete, says where, and forgets nothing; exits 1 where no region was read", async () => {
    const fault = { action: "DescribeAddresses", kind: "error", code: "UnauthorizedOperation" } as const;
    const before = await stage.files();
    stage.simulator.cloud.faults.push(fault);
    const { code, out } = await stage.run(["run", "--format", "json"]);
    stage.simulator.cloud.faults.length = 0;
    expect(code).toBe(1);
    const result = JSON.parse(out);
    expect(result.complete).toBe(false);
    expect(result.gaps.map((gap: { what: string }) => gap.what)).toContain("eips");
    const addresses = (files: Readonly<Record<string, string>>) => {
      const newest =
        Object.keys(files)
          .filter((name) => name.includes("ledger-"))
          .sort()
          .at(-1) ?? "";
      return Object.keys(JSON.parse(files[newest] ?? "{}").addresses);
    };
    expect(addresses(await stage.files())).toEqual(addresses(before));
  });

  it("explain lists what it could not read and ends with 3; what it does not find then may be there", async () => {
    const { eips } = await stage.json(["scan"]);
    const eip = eips.find(({ region }) => region === "ap-guangzhou")?.id ?? "";
    stage.simulator.kubernetes.get("cls-game0001")?.faults.push({ matches: "statefulsets", kind: "status", status: 403 });
    try {
      const told = await stage.run(["explain", eip]);
      expect([told.code, told.out]).toEqual([3, expect.stringMatching(/Could not be read[\s\S]*cls-game0001: /)]);
      expect(JSON.parse((await stage.run(["explain", eip, "--format", "json"])).out).gaps.length).toBeGreaterThan(0);
      const none = await stage.run(["explain", "eip-00000000"]);
      expect([none.code, none.out]).toEqual([1, ""]);
      expect(none.err).toMatch(/not found, and \d+ parts? of the inventory could not be read: .*cls-game0001: /);
    } finally {
      for (const { faults } of stage.simulator.kubernetes.values()) faults.length = 0;
    }
    expect((await stage.run(["explain", eip])).code).toBe(0);
    expect((await stage.run(["explain", "eip-00000000"])).code).toBe(2);
  });

  it("notes which region TKE does not serve, and takes it for complete", async () => {
    const singapore = stage.world.accounts[0]?.regions.get("ap-singapore");
    if (singapore === undefined) throw new Error("no such region");
    singapore.servesClusters = false;
    try {
      const { notes, gaps } = await stage.json(["scan"]);
      expect(notes.filter((note) => note.includes("does not serve this region"))).toHaveLength(2);
      for (const product of ["tke", "eks"])
        expect(notes.join("\n")).toMatch(new RegExp(`region \\S+/ap-singapore: the product ${product} `));
      expect(gaps.filter(({ scope }) => scope.startsWith("region"))).toEqual([]);
    } finally {
      singapore.servesClusters = true;
    }
  });
});
