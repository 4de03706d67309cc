import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { before, HOUR } from "../../src/core/terms/time.ts";
import { describeKubeconfig } from "../../src/tencent/kubeconfig.ts";
import { type Cloud, REGION, type Received, type Reply, START, startCloud } from "../tencent/cloud.ts";
import { sharedFile } from "./folder.ts";

/** Everything that the guard sends, against Tencent's own machine-readable definitions. */

const PRODUCTS = ["vpc", "tke", "tag", "cloudaudit", "sts", "cam", "billing"] as const;

const definition = z.object({
  actions: z.record(z.string(), z.object({ input: z.string() })),
  objects: z.record(
    z.string(),
    z.object({
      members: z.array(z.object({ name: z.string(), type: z.string(), member: z.string(), required: z.boolean().optional() })),
    }),
  ),
  metadata: z.object({ apiVersion: z.string() }),
});

type Definition = z.infer<typeof definition>;

const EVERY_ACTION = [
  "AssumeRole",
  "DescribeAddressQuota",
  "DescribeAddresses",
  "DescribeBillDetail",
  "DescribeClusterEndpointStatus",
  "DescribeClusterKubeconfig",
  "DescribeClusters",
  "DescribeEKSClusterCredential",
  "DescribeEKSClusters",
  "DescribeEvents",
  "DescribeIPAMD",
  "DescribeNetworkAccountType",
  "DescribeTaskResult",
  "GetCallerIdentity",
  "ListAttachedRolePolicies",
  "ReleaseAddresses",
  "TagResources",
  "UnTagResources",
];

const ANSWERS: Readonly<Record<string, Reply>> = {
  AssumeRole: { Credentials: { Token: "t", TmpSecretId: "i", TmpSecretKey: "k" }, ExpiredTime: START / 1_000 + 3_600 },
  GetCallerIdentity: { Arn: "qcs::cam::uin/1:root", AccountId: "1" },
  DescribeAddresses: { TotalCount: 0, AddressSet: [] },
  DescribeAddressQuota: { QuotaSet: [] },
  DescribeNetworkAccountType: { NetworkAccountType: "STANDARD" },
  DescribeClusters: { TotalCount: 0, Clusters: [] },
  DescribeEKSClusters: { TotalCount: 0, Clusters: [] },
  DescribeIPAMD: { EnableIPAMD: true },
  ListAttachedRolePolicies: { TotalNum: 0, List: [] },
  DescribeEvents: { ListOver: true, Events: [] },
  DescribeBillDetail: { DetailSet: [] },
  ReleaseAddresses: { TaskId: "1" },
  DescribeTaskResult: { Result: "SUCCESS" },
  TagResources: { FailedResources: [] },
  UnTagResources: { FailedResources: [] },
  DescribeClusterEndpointStatus: { Status: "Created" },
  DescribeClusterKubeconfig: { Kubeconfig: "x" },
  DescribeEKSClusterCredential: { Kubeconfig: "x" },
};

/** What is wrong with a value, by the definition of its type; empty where nothing is. */
function faults(api: Definition, object: string, value: unknown, path: string): readonly string[] {
  const members = api.objects[object]?.members;
  if (members === undefined || typeof value !== "object" || value === null) return [`${path} is no ${object}`];
  const given = new Map(Object.entries(value));
  const undeclared = [...given.keys()].filter((name) => !members.some((member) => member.name === name));
  const missing = members.filter(({ name, required }) => required === true && !given.has(name));
  return [
    ...undeclared.map((name) => `${path}.${name} is not declared`),
    ...missing.map(({ name }) => `${path}.${name} is required`),
    ...members
      .filter(({ name }) => given.has(name))
      .flatMap(({ name, type, member }) => faultsOfType(api, type, member, given.get(name), `${path}.${name}`)),
  ];
}

function faultsOfType(api: Definition, type: string, member: string, value: unknown, path: string): readonly string[] {
  switch (type) {
    case "string":
      return typeof value === "string" ? [] : [`${path} is no string`];
    case "bool":
      return typeof value === "boolean" ? [] : [`${path} is no boolean`];
    case "int":
      return Number.isSafeInteger(value) ? [] : [`${path} is no integer`];
    case "object":
      return faults(api, member, value, path);
    case "list":
      if (!Array.isArray(value)) return [`${path} is no list`];
      return value.flatMap((item: unknown, index) => {
        const itemPath = `${path}[${index}]`;
        return api.objects[member] === undefined
          ? faultsOfType(api, member, "", item, itemPath)
          : faults(api, member, item, itemPath);
      });
    default:
      return [`${path} has the unknown type ${type}`];
  }
}

describe("what the guard sends", () => {
  let cloud: Cloud;
  const sent = new Map<string, Received[]>();
  const apis: Definition[] = [];

  beforeAll(async () => {
    for (const product of PRODUCTS) {
      apis.push(definition.parse(JSON.parse(readFileSync(sharedFile(`api-definitions/${product}.json`), "utf8"))));
    }
    const accounts = [{ name: "games", roleArn: "qcs::cam::uin/1:roleName/eip-guard", regions: [REGION] }];
    cloud = await startCloud(({ action }) => ANSWERS[action] ?? { Error: { Code: "InvalidAction", Message: action } }, accounts);
    const { reader, writer, sessions } = cloud;
    const from = before(START, HOUR);
    await Promise.all([
      reader.principal("games"),
      reader.addresses("games", REGION),
      reader.addressesById("games", REGION, ["eip-aaaaaaaa"]),
      reader.accountType("games", REGION),
      reader.quota("games", REGION),
      reader.clusters("games", REGION, "tke"),
      reader.clusters("games", REGION, "eks"),
      reader.clusterExists("games", REGION, "cls-aaaaaaaa"),
      reader.ipamd("games", REGION, "cls-aaaaaaaa"),
      reader.ipamdAuthorised("games"),
      reader.addressEvents("games", REGION, "eip-aaaaaaaa", from, START),
      reader.billedIdle("games", "eip-aaaaaaaa", from, START),
      writer.release("games", REGION, "eip-aaaaaaaa", async () => null),
      writer.tag("games", REGION, "eip-aaaaaaaa", "key", "value"),
      writer.untag("games", REGION, "eip-aaaaaaaa", "key"),
      describeKubeconfig(sessions, { id: "cls-aaaaaaaa", account: "games", region: REGION, product: "tke" }),
      describeKubeconfig(sessions, { id: "cls-aaaaaaaa", account: "games", region: REGION, product: "eks" }),
    ]);
    for (const call of cloud.calls) sent.set(call.action, [...(sent.get(call.action) ?? []), call]);
  });

  afterAll(() => cloud.close());

  it("is every action that it has, and no other", () => {
    expect([...sent.keys()].sort()).toEqual(EVERY_ACTION);
  });

  it.each(EVERY_ACTION)("%s fits its official definition", (action) => {
    const api = apis.find(({ actions }) => action in actions);
    const input = api?.actions[action]?.input;
    if (api === undefined || input === undefined) throw new Error(`${action} has no definition`);
    const calls = sent.get(action) ?? [];
    expect(calls.flatMap(({ parameters }) => faults(api, input, parameters, action))).toEqual([]);
    expect(new Set(calls.map(({ version }) => version))).toEqual(new Set([api.metadata.apiVersion]));
  });
});
