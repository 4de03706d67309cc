import { describe, expect, it } from "vitest";
import { ACTIONS, type CamFeatures, recoveryRights, requiredRights, statementsFor } from "../../src/tencent/actions.ts";

const PLAIN: CamFeatures = {
  mode: "audit",
  roles: false,
  describeCredentials: false,
  cloudaudit: false,
  billing: false,
  mark: false,
};

function needed(features: Partial<CamFeatures>): readonly string[] {
  return requiredRights({ ...PLAIN, ...features }).flatMap(({ actions }) => actions);
}

const WRITING = [
  "cvm:ReleaseAddresses",
  "vpc:ReleaseAddresses",
  "tag:TagResources",
  "tag:UnTagResources",
  "tke:DescribeClusterKubeconfig",
];

describe("the rights that a configuration needs", () => {
  it("hold nothing that writes in a plain audit", () => {
    expect(needed({}).filter((action) => WRITING.includes(action))).toEqual([]);
  });

  it.each<{ features: Partial<CamFeatures>; right: string }>([
    { features: {}, right: "cvm:DescribeAddresses" },
    { features: {}, right: "vpc:DescribeAddresses" },
    { features: { roles: true }, right: "sts:AssumeRole" },
    { features: { describeCredentials: true }, right: "tke:DescribeClusterKubeconfig" },
    { features: { cloudaudit: true }, right: "cloudaudit:DescribeEvents" },
    { features: { billing: true }, right: "finance:DescribeBillDetail" },
    { features: { mode: "flag", mark: true }, right: "tag:TagResources" },
    { features: { mode: "enforce" }, right: "cvm:ReleaseAddresses" },
  ])("$features need $right", ({ features, right }) => {
    expect(needed(features)).toContain(right);
  });

  it.each<{ features: Partial<CamFeatures>; right: string }>([
    { features: { mode: "flag" }, right: "cvm:ReleaseAddresses" },
    { features: { mode: "enforce" }, right: "tag:TagResources" },
    { features: { mode: "audit", mark: true }, right: "tag:TagResources" },
  ])("$features don't need $right", ({ features, right }) => {
    expect(needed(features)).not.toContain(right);
  });

  it("hold the right to recover an address in no mode", () => {
    const all = { roles: true, describeCredentials: true, cloudaudit: true, billing: true, mark: true };
    for (const mode of ["audit", "flag", "enforce"] as const)
      expect(needed({ ...all, mode })).not.toContain("vpc:AllocateAddresses");
    expect(recoveryRights().flatMap(({ actions }) => actions)).toContain("vpc:AllocateAddresses");
  });

  it("limit what writes to EIPs, in a statement of its own", () => {
    const statements = statementsFor(requiredRights({ ...PLAIN, mode: "enforce", mark: true }));
    expect(statements).toHaveLength(2);
    const writing = statements.find(({ action }) => action.includes("vpc:ReleaseAddresses"));
    expect(writing?.action).toEqual(["tag:TagResources", "tag:UnTagResources", "cvm:ReleaseAddresses", "vpc:ReleaseAddresses"]);
    expect(writing?.resource).toEqual(["qcs::cvm:*:uin/*:eip/*", "qcs::vpc:*:uin/*:eip/*"]);
  });

  it("ask for no right where every key may call the action", () => {
    expect(ACTIONS.GetCallerIdentity.cam).toEqual([]);
    expect(requiredRights(PLAIN).every(({ actions }) => actions.length > 0)).toBe(true);
  });
});
