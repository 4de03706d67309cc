import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ScanResult } from "../../src/core/terms/result.ts";
import { openDemoStage, type Stage } from "./stage.ts";

/** What happens where a right of the cloud is missing, as docs/security.md says it. */

let stage: Stage;
let whole: ScanResult;
beforeAll(async () => {
  stage = await openDemoStage("mode: flag\nstate: { dir: ./state }\n");
  whole = await stage.json(["scan"]);
});
afterAll(() => stage.close());

async function without(right: string): Promise<ScanResult> {
  const { denied = new Set<string>() } = stage.world.accounts[0] ?? {};
  denied.add(right);
  try {
    return await stage.json(["scan"]);
  } finally {
    denied.clear();
  }
}

const gapsOf = ({ gaps }: ScanResult) => [...new Set(gaps.map(({ what }) => what))];
const reasons = ({ eips }: ScanResult, verdict: string) =>
  new Set(eips.filter((eip) => eip.verdict === verdict).map(({ reason }) => reason));

describe("without the right", () => {
  it("to list EIPs the region is a gap, and nothing of it is in the report", async () => {
    const result = await without("DescribeAddresses");
    expect({ eips: result.eips, gaps: gapsOf(result) }).toEqual({ eips: [], gaps: ["eips"] });
  });

  it.each(["DescribeClusters", "DescribeEKSClusters"])(
    "of %s the list is a gap, and no cluster is found to be deleted",
    async (right) => {
      const result = await without(right);
      expect(gapsOf(result)).toContain(right === "DescribeClusters" ? "tke clusters" : "eks clusters");
      expect(reasons(whole, "leaked")).toContain("cluster-deleted");
      expect(reasons(result, "leaked")).not.toContain("cluster-deleted");
      expect(reasons(result, "unknown")).toContain("region-cluster-unreadable");
    },
  );

  it("to read the recycle threshold, EIPs that it decides about are unknown", async () => {
    const result = await without("DescribeIPAMD");
    expect(gapsOf(result)).toContain("recycle threshold");
    expect(reasons(result, "unknown")).toContain("threshold-unknown");
    expect(reasons(result, "leaked")).not.toContain("workload-gone-never-recycled");
  });

  it.each(["DescribeAddressQuota", "DescribeNetworkAccountType", "ListAttachedRolePolicies"])(
    "of %s each verdict stays",
    async (right) => {
      const { totals } = await without(right);
      expect(totals.byVerdict).toEqual(whole.totals.byVerdict);
    },
  );
});
