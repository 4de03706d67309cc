import { describe, expect, it } from "vitest";
import { type CamFeatures, requiredActions } from "../../src/tencent/cam.ts";

const PLAIN: CamFeatures = {
  mode: "audit",
  roles: false,
  describeCredentials: false,
  cloudaudit: false,
  billing: false,
  mark: false,
};

function needed(features: Partial<CamFeatures>): readonly string[] {
  return requiredActions({ ...PLAIN, ...features }).flatMap(({ actions }) => actions);
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
});
