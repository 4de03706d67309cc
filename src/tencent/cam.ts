import type { Mode } from "../core/terms/policy.ts";

/** Which CAM rights the guard's calls need: what `check` names, and what deploy/cam holds. */

export interface RequiredAction {
  /** `vpc:DescribeAddresses`, as CAM writes it. EIP calls are checked under `cvm:`; other sources say `vpc:` (domain.md §4). */
  readonly actions: readonly string[];
  readonly why: string;
}

interface Needs {
  readonly product: string;
  readonly action: string;
  readonly why: string;
  readonly from: "always" | Mode | "roles" | "describe-credentials" | "cloudaudit" | "billing" | "tag";
}

const NEEDS: readonly Needs[] = [
  { product: "vpc", action: "DescribeAddresses", why: "list EIPs", from: "always" },
  { product: "vpc", action: "DescribeAddressQuota", why: "show the EIP quota", from: "always" },
  { product: "vpc", action: "DescribeNetworkAccountType", why: "tell what an idle EIP costs", from: "always" },
  { product: "tke", action: "DescribeClusters", why: "know which clusters exist", from: "always" },
  { product: "tke", action: "DescribeEKSClusters", why: "know which serverless clusters exist", from: "always" },
  { product: "tke", action: "DescribeIPAMD", why: "read the recycle threshold", from: "always" },
  { product: "cam", action: "ListAttachedRolePolicies", why: "tell whether ipamd is authorised", from: "always" },
  { product: "sts", action: "AssumeRole", why: "read the other accounts", from: "roles" },
  { product: "tke", action: "DescribeClusterEndpointStatus", why: "choose a cluster's endpoint", from: "describe-credentials" },
  {
    product: "tke",
    action: "DescribeClusterKubeconfig",
    why: "get a kubeconfig (makes a client certificate)",
    from: "describe-credentials",
  },
  {
    product: "tke",
    action: "DescribeEKSClusterCredential",
    why: "get a serverless cluster's kubeconfig",
    from: "describe-credentials",
  },
  { product: "cloudaudit", action: "DescribeEvents", why: "know exactly since when an EIP is idle", from: "cloudaudit" },
  { product: "billing", action: "DescribeBillDetail", why: "prove idle hours by the bill", from: "billing" },
  { product: "tag", action: "TagResources", why: "mark flagged EIPs", from: "tag" },
  { product: "tag", action: "UnTagResources", why: "take marks away", from: "tag" },
  { product: "vpc", action: "ReleaseAddresses", why: "release EIPs", from: "enforce" },
  { product: "vpc", action: "DescribeTaskResult", why: "see that a release was done", from: "enforce" },
];

const EIP_CALLS: readonly string[] = [
  "DescribeAddresses",
  "ReleaseAddresses",
  "DescribeAddressQuota",
  "DescribeTaskResult",
  "DescribeNetworkAccountType",
];

/** `cvm:DescribeAddresses and vpc:DescribeAddresses`: what a person must allow for a call. */
export function statementFor(product: string, action: string): string {
  return camActions(product, action).join(" and ");
}

function camActions(product: string, action: string): readonly string[] {
  if (product === "billing") return [`finance:${action}`];
  return EIP_CALLS.includes(action) ? [`cvm:${action}`, `vpc:${action}`] : [`${product}:${action}`];
}

export interface CamFeatures {
  readonly mode: Mode;
  readonly roles: boolean;
  readonly describeCredentials: boolean;
  readonly cloudaudit: boolean;
  readonly billing: boolean;
  readonly mark: boolean;
}

/** Every right that a configuration needs. */
export function requiredActions(features: CamFeatures): readonly RequiredAction[] {
  return NEEDS.filter(({ from }) => isNeeded(from, features)).map(({ product, action, why }) => ({
    actions: camActions(product, action),
    why,
  }));
}

function isNeeded(from: Needs["from"], features: CamFeatures): boolean {
  switch (from) {
    case "always":
      return true;
    case "roles":
      return features.roles;
    case "describe-credentials":
      return features.describeCredentials;
    case "cloudaudit":
      return features.cloudaudit;
    case "billing":
      return features.billing;
    case "tag":
      return features.mark && features.mode !== "audit";
    case "audit":
    case "flag":
    case "enforce":
      return features.mode === from;
  }
}
