import type { Mode } from "../core/terms/policy.ts";

/** The one table of the cloud's actions: whose they are, how often they may be called, and which CAM rights they need. */

/** Products by their host name, with the API version that the guard speaks. */
export const VERSIONS = {
  vpc: "2017-03-12",
  tke: "2018-05-25",
  tag: "2018-08-13",
  cloudaudit: "2019-03-19",
  sts: "2018-08-13",
  cam: "2019-01-16",
  billing: "2018-07-09",
  scf: "2018-04-16",
  ssm: "2019-09-23",
} as const;

export type Product = keyof typeof VERSIONS;

/** What makes an action necessary: a mode, or a feature of the configuration. */
export type Need =
  | "always"
  | Mode
  | "roles"
  | "describe-credentials"
  | "cloudaudit"
  | "billing"
  | "mark"
  | "secrets"
  | "recover"
  | "deploy"
  | "undeploy";

interface Row {
  readonly product: Product;
  /** Calls a second for each account and region, as the action's page in the API's documentation says. */
  readonly perSecond: number;
  /** Prefixes under which CAM checks the right; none where every key may call it. EIP calls are checked under `cvm:`; other sources say `vpc:` (domain.md §4). */
  readonly cam: readonly string[];
  /** What the right can be limited to. What writes is limited to EIPs: a tag of another resource is another team's. */
  readonly resource: "any" | "eip";
  readonly needed: readonly Need[];
  readonly why: string;
  /** What happens where the right is missing. */
  readonly without: string;
}

const EIP_CALL = { product: "vpc", perSecond: 20, cam: ["cvm", "vpc"], resource: "any" } as const;
const EIP_CHANGE = { product: "vpc", perSecond: 10, cam: ["cvm", "vpc"], resource: "eip" } as const;
const TKE_CALL = { product: "tke", perSecond: 20, cam: ["tke"], resource: "any" } as const;
const TAG_CHANGE = { product: "tag", perSecond: 20, cam: ["tag"], resource: "eip", needed: ["mark"] } as const;

const SCF_CALL = { product: "scf", perSecond: 20, cam: ["scf"], resource: "any" } as const;
const CAM_CALL = { product: "cam", perSecond: 20, cam: ["cam"], resource: "any", needed: ["deploy"] } as const;

/** Limited to the secrets that the configuration names. */
const SSM_CALL = { product: "ssm", cam: ["ssm"], resource: "any", needed: ["secrets"] } as const;

export const ACTIONS = {
  DescribeAddresses: {
    ...EIP_CALL,
    needed: ["always", "recover"],
    why: "list EIPs",
    without: "the region is a gap: nothing of it is in the report, and nothing is released",
  },
  DescribeAddressQuota: {
    ...EIP_CALL,
    needed: ["always"],
    why: "show the EIP quota",
    without: "the report does not show the quota",
  },
  DescribeNetworkAccountType: {
    ...EIP_CALL,
    needed: ["always"],
    why: "tell what an idle EIP costs",
    without: "nothing is released",
  },
  DescribeClusters: {
    ...TKE_CALL,
    needed: ["always"],
    why: "know which clusters exist",
    without: "the list is a gap: what may be of a cluster that is not listed is unknown, and no cluster is found to be deleted",
  },
  DescribeEKSClusters: {
    ...TKE_CALL,
    needed: ["always"],
    why: "know which serverless clusters exist",
    without: "the list is a gap: what may be of a cluster that is not listed is unknown, and no cluster is found to be deleted",
  },
  DescribeIPAMD: {
    ...TKE_CALL,
    needed: ["always"],
    why: "read the recycle threshold",
    without: "the cluster's recycle threshold is unknown, and EIPs that it decides about are kept",
  },
  ListAttachedRolePolicies: {
    product: "cam",
    perSecond: 10,
    cam: ["cam"],
    resource: "any",
    needed: ["always"],
    why: "tell whether ipamd is authorised",
    without: "that ipamd may not recycle is not found; `deploy` can't see what a role may do",
  },
  GetCallerIdentity: {
    product: "sts",
    perSecond: 20,
    cam: [],
    resource: "any",
    needed: ["always"],
    why: "know whose keys they are",
    without: "every key may call it",
  },
  AssumeRole: {
    product: "sts",
    perSecond: 20,
    cam: ["sts"],
    resource: "any",
    needed: ["roles"],
    why: "read the other accounts",
    without: "the other accounts are gaps",
  },
  DescribeClusterEndpointStatus: {
    ...TKE_CALL,
    needed: ["describe-credentials"],
    why: "choose a cluster's endpoint",
    without: "the cluster is unreadable",
  },
  DescribeClusterKubeconfig: {
    ...TKE_CALL,
    needed: ["describe-credentials"],
    why: "get a kubeconfig (makes a client certificate)",
    without: "the cluster is unreadable",
  },
  DescribeEKSClusterCredential: {
    ...TKE_CALL,
    needed: ["describe-credentials"],
    why: "get a serverless cluster's kubeconfig",
    without: "the cluster is unreadable",
  },
  DescribeEvents: {
    product: "cloudaudit",
    perSecond: 20,
    cam: ["cloudaudit"],
    resource: "any",
    needed: ["cloudaudit"],
    why: "know exactly since when an EIP is idle",
    without: "since when an EIP is idle is known from the guard's own readings alone",
  },
  DescribeBillDetail: {
    product: "billing",
    perSecond: 3,
    cam: ["finance"],
    resource: "any",
    needed: ["billing"],
    why: "prove idle hours by the bill",
    without: "since when an EIP is idle is known from the guard's own readings alone",
  },
  TagResources: {
    ...TAG_CHANGE,
    why: "mark flagged EIPs",
    without: "flagged EIPs carry no tag; `deploy` can't tag an existing function",
  },
  UnTagResources: { ...TAG_CHANGE, why: "take marks away", without: "tags of flags that ended stay" },
  ReleaseAddresses: {
    ...EIP_CHANGE,
    needed: ["enforce"],
    why: "release EIPs",
    without: "nothing is released; each try is told as failed",
  },
  AllocateAddresses: {
    ...EIP_CHANGE,
    needed: ["recover"],
    why: "get a released address back",
    without: "`recover` gets nothing back",
  },
  DescribeTaskResult: {
    ...EIP_CALL,
    needed: ["enforce", "recover"],
    why: "see that a change was done",
    without: "a release stays unconfirmed until the EIP is no longer listed",
  },
  ListSecretVersionIds: {
    ...SSM_CALL,
    perSecond: 20,
    why: "find the newest version of a secret",
    without: "a secret is readable only as name@version; else the run ends before it begins",
  },
  GetSecretValue: {
    ...SSM_CALL,
    perSecond: 300,
    why: "read the secrets that the configuration names",
    without: "the run ends before it begins; a kubeconfig is its cluster's gap",
  },
  GetFunction: {
    ...SCF_CALL,
    needed: ["deploy", "undeploy"],
    why: "see the function as it is",
    without: "`deploy` stops there, and says what is done and what is not",
  },
  ListTriggers: {
    ...SCF_CALL,
    needed: ["deploy", "undeploy"],
    why: "see the function's timer and address",
    without: "`deploy` stops there, and says what is done and what is not",
  },
  GetFunctionEventInvokeConfig: {
    ...SCF_CALL,
    needed: ["deploy"],
    why: "see how often a failed tick is repeated",
    without: "`deploy` stops there, and says what is done and what is not",
  },
  CreateFunction: {
    ...SCF_CALL,
    needed: ["deploy"],
    why: "make the function",
    without: "`deploy` stops there, and says what is done and what is not",
  },
  UpdateFunctionCode: {
    ...SCF_CALL,
    needed: ["deploy"],
    why: "change the function's code",
    without: "`deploy` stops there, and says what is done and what is not",
  },
  UpdateFunctionConfiguration: {
    ...SCF_CALL,
    needed: ["deploy"],
    why: "change the function's configuration",
    without: "`deploy` stops there, and says what is done and what is not",
  },
  UpdateFunctionEventInvokeConfig: {
    ...SCF_CALL,
    needed: ["deploy"],
    why: "switch the platform's retries off",
    without: "`deploy` stops there, and says what is done and what is not",
  },
  CreateTrigger: {
    ...SCF_CALL,
    needed: ["deploy"],
    why: "make the timer",
    without: "`deploy` stops there, and says what is done and what is not",
  },
  UpdateTrigger: {
    ...SCF_CALL,
    needed: ["deploy"],
    why: "change the timer",
    without: "`deploy` stops there, and says what is done and what is not",
  },
  Invoke: {
    ...SCF_CALL,
    needed: ["deploy"],
    why: "run the function once, which changes nothing",
    without: "`deploy` stops there, and says what is done and what is not",
  },
  DeleteTrigger: {
    ...SCF_CALL,
    needed: ["undeploy"],
    why: "take the timer away",
    without: "`undeploy` stops there, and says what is done and what is not",
  },
  DeleteFunction: {
    ...SCF_CALL,
    needed: ["undeploy"],
    why: "take the function away",
    without: "`undeploy` stops there, and says what is done and what is not",
  },
  GetRole: {
    ...CAM_CALL,
    why: "see the function's role",
    without: "`deploy` stops there, and says what is done and what is not",
  },
  GetPolicy: {
    ...CAM_CALL,
    why: "see what the role may do",
    without: "`deploy` stops there, and says what is done and what is not",
  },
  ListPolicies: {
    ...CAM_CALL,
    why: "find the role's policy",
    without: "`deploy` stops there, and says what is done and what is not",
  },
  CreateRole: {
    ...CAM_CALL,
    why: "make the function's role",
    without: "`deploy` stops there, and says what is done and what is not",
  },
  CreatePolicy: {
    ...CAM_CALL,
    why: "make the role's policy",
    without: "`deploy` stops there, and says what is done and what is not",
  },
  UpdatePolicy: {
    ...CAM_CALL,
    why: "change the role's policy",
    without: "`deploy` stops there, and says what is done and what is not",
  },
  AttachRolePolicy: {
    ...CAM_CALL,
    why: "give the role its policy",
    without: "`deploy` stops there, and says what is done and what is not",
  },
} as const satisfies Readonly<Record<string, Row>>;

export type Action = keyof typeof ACTIONS;

/** Calls a second that are documented. The rate limiter counts so that the cloud never counts more, however calls travel. */
export function callsPerSecond(action: Action): number {
  return ACTIONS[action].perSecond;
}

/** A right that a configuration needs, as CAM writes it. */
export interface Right {
  /** `cvm:DescribeAddresses` and the like; all of them must be allowed. */
  readonly actions: readonly string[];
  readonly resource: readonly string[];
  readonly why: string;
}

const RESOURCES = { any: ["*"], eip: ["qcs::cvm:*:uin/*:eip/*", "qcs::vpc:*:uin/*:eip/*"] } as const;

/** The right that an action needs. */
export function rightFor(action: Action): Right {
  const { cam, resource, why } = ACTIONS[action];
  return { actions: cam.map((prefix) => `${prefix}:${action}`), resource: RESOURCES[resource], why };
}

export interface CamFeatures {
  readonly mode: Mode;
  readonly roles: boolean;
  readonly describeCredentials: boolean;
  readonly cloudaudit: boolean;
  readonly billing: boolean;
  readonly mark: boolean;
}

/** Every right that a run with this configuration needs. `recover` is no run's: it has a policy of its own. */
export function requiredRights({ mode, roles, describeCredentials, cloudaudit, billing, mark }: CamFeatures): readonly Right[] {
  const needs: Need[] = ["always", mode];
  if (roles) needs.push("roles");
  if (describeCredentials) needs.push("describe-credentials");
  if (cloudaudit) needs.push("cloudaudit");
  if (billing) needs.push("billing");
  if (mark && mode !== "audit") needs.push("mark");
  return rightsOf(needs);
}

/** The right to read secrets, on nothing but these resources. */
export function secretReadingRights(resource: readonly string[]): readonly Right[] {
  return resource.length === 0 ? [] : rightsOf(["secrets"]).map((right) => ({ ...right, resource }));
}

/** The rights of `eip-guard recover`, which no role of the function has. */
export function recoveryRights(): readonly Right[] {
  return rightsOf(["recover"]);
}

/** The rights of whoever calls `eip-guard deploy`. SCF asks for `cam:PassRole` besides, where a function gets its role. */
export function deploymentRights(): readonly Right[] {
  return rightsOf(["deploy", "undeploy"]);
}

function rightsOf(needs: readonly Need[]): readonly Right[] {
  return actionNames()
    .filter((action) => ACTIONS[action].needed.some((need) => needs.includes(need)))
    .map(rightFor)
    .filter(({ actions }) => actions.length > 0);
}

function actionNames(): readonly Action[] {
  return Object.keys(ACTIONS).filter((name): name is Action => Object.hasOwn(ACTIONS, name));
}

/** One statement of a CAM policy. */
export interface Statement {
  readonly effect: "allow";
  readonly action: readonly string[];
  readonly resource: readonly string[];
}

/** The statements of a CAM policy that allows these rights: one for each kind of resource. */
export function statementsFor(rights: readonly Right[]): readonly Statement[] {
  const statements = new Map<string, Statement>();
  for (const { actions, resource } of rights) {
    const key = resource.join(" ");
    const before = statements.get(key)?.action ?? [];
    statements.set(key, { effect: "allow", action: [...before, ...actions], resource });
  }
  return [...statements.values()];
}
