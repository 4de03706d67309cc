import { afterEach, describe, expect, it } from "vitest";
import { discover, EIP_CLAIM, ofKind } from "../../src/kubernetes/discovery.ts";
import { type Answer, type Api, failure, startApi } from "./api.ts";

let api: Api | undefined;

afterEach(async () => {
  await api?.close();
  api = undefined;
});

interface Kind {
  readonly name: string;
  readonly kind: string;
  readonly shortNames?: readonly string[];
}

const groupList = (groups: unknown) => ({ kind: "APIGroupList", apiVersion: "v1", groups });
const resourceList = (groupVersion: string, resources: unknown) => ({
  kind: "APIResourceList",
  apiVersion: "v1",
  groupVersion,
  resources,
});
const APPS = { name: "apps", versions: [{ groupVersion: "apps/v1" }], preferredVersion: { groupVersion: "apps/v1" } };

/** A server of these resources, by `group/version`; the first version of a group is its preferred one. */
async function serve(kinds: Readonly<Record<string, readonly Kind[]>>, faults: Readonly<Record<string, Answer>> = {}) {
  const versions = new Map<string, string[]>();
  for (const groupVersion of Object.keys(kinds)) {
    const group = groupVersion.slice(0, groupVersion.lastIndexOf("/"));
    versions.set(group, [...(versions.get(group) ?? []), groupVersion]);
  }
  versions.set("apps", ["apps/v1"]);
  const groups = [...versions].map(([name, served]) => ({
    name,
    versions: served.map((groupVersion) => ({ groupVersion })),
    preferredVersion: { groupVersion: served[0] },
  }));
  api = await startApi(({ url }) => {
    const fault = faults[url];
    if (fault !== undefined) return fault;
    if (url === "/apis") return { body: groupList(groups) };
    const groupVersion = url.replace("/apis/", "");
    const resources = kinds[groupVersion];
    return resources === undefined ? failure(404, "not found") : { body: resourceList(groupVersion, resources) };
  });
  return { api, discovery: await discover(await api.access()) };
}

const kruiseKind = (plural: string) => ofKind({ group: "apps.kruise.io", plural, kind: "Other" });

const CLAIM: Kind = { name: "eipclaims", kind: "EIPClaim", shortNames: ["eipc"] };
const GROUP = "networking.tke.cloud.tencent.com";

describe("claims are found", () => {
  it.each<{ where: string; kinds: Readonly<Record<string, readonly Kind[]>>; path: string }>([
    { where: "by their kind", kinds: { [`${GROUP}/v1`]: [CLAIM] }, path: `/apis/${GROUP}/v1/eipclaims` },
    {
      where: "by their short name",
      kinds: { [`${GROUP}/v2`]: [{ name: "elasticips", kind: "ElasticIPClaim", shortNames: ["eipc"] }] },
      path: `/apis/${GROUP}/v2/elasticips`,
    },
    {
      where: "in any group of tke.cloud.tencent.com",
      kinds: { "tke.cloud.tencent.com/v1alpha1": [CLAIM] },
      path: "/apis/tke.cloud.tencent.com/v1alpha1/eipclaims",
    },
    {
      where: "in the second group of that name, when the first has none",
      kinds: { "ccs.tke.cloud.tencent.com/v1": [{ name: "other", kind: "Other" }], [`${GROUP}/v1`]: [CLAIM] },
      path: `/apis/${GROUP}/v1/eipclaims`,
    },
    {
      where: "at the preferred version, where several serve them",
      kinds: { [`${GROUP}/v1beta1`]: [CLAIM], [`${GROUP}/v1alpha1`]: [CLAIM] },
      path: `/apis/${GROUP}/v1beta1/eipclaims`,
    },
    {
      where: "at another version, where the preferred one has other kinds only",
      kinds: { [`${GROUP}/v1`]: [{ name: "vpcips", kind: "VpcIP" }], [`${GROUP}/v1alpha1`]: [CLAIM] },
      path: `/apis/${GROUP}/v1alpha1/eipclaims`,
    },
  ])("$where", async ({ kinds, path }) => {
    const { discovery } = await serve(kinds);
    expect(await discovery.find(EIP_CLAIM)).toMatchObject({ state: "served", path });
  });

  it.each<{ what: string; kinds: Readonly<Record<string, readonly Kind[]>> }>([
    { what: "a group that only sounds like it", kinds: { "eviltke.cloud.tencent.com/v1": [CLAIM] } },
    { what: "a subresource of the kind", kinds: { [`${GROUP}/v1`]: [{ name: "eipclaims/status", kind: "EIPClaim" }] } },
    { what: "no group at all", kinds: {} },
  ])("not in $what: they are not installed", async ({ kinds }) => {
    const { discovery } = await serve(kinds);
    expect(await discovery.find(EIP_CLAIM)).toEqual({ state: "not-installed" });
  });
});

describe("claims are found in every group that has some", () => {
  const kinds = {
    [`${GROUP}/v1`]: [CLAIM],
    [`${GROUP}/v1alpha1`]: [CLAIM],
    "eip.tke.cloud.tencent.com/v1": [{ name: "other", kind: "Other" }],
    "eip.tke.cloud.tencent.com/v1beta1": [{ name: "elasticips", kind: "ElasticIP", shortNames: ["eipc"] }],
    "ccs.tke.cloud.tencent.com/v1": [{ name: "other", kind: "Other" }],
  };

  it("each at the version that it prefers, of those that serve them", async () => {
    const { discovery } = await serve(kinds);
    const found = await discovery.findAll(EIP_CLAIM);
    expect("state" in found ? found : found.map(({ path }) => path)).toEqual([
      `/apis/${GROUP}/v1/eipclaims`,
      "/apis/eip.tke.cloud.tencent.com/v1beta1/elasticips",
    ]);
  });

  it.each(["eip.tke.cloud.tencent.com/v1", "ccs.tke.cloud.tencent.com/v1"])(
    "and not known where %s can't be read",
    async (group) => {
      const { discovery } = await serve(kinds, { [`/apis/${group}`]: failure(403, "no") });
      expect(await discovery.findAll(EIP_CLAIM)).toMatchObject({ state: "forbidden", why: expect.stringContaining(group) });
    },
  );

  it("and not installed where there is none", async () => {
    const { discovery } = await serve({ "ccs.tke.cloud.tencent.com/v1": [{ name: "other", kind: "Other" }] });
    expect(await discovery.findAll(EIP_CLAIM)).toEqual({ state: "not-installed" });
  });
});

describe("a kind is found at whichever version serves it", () => {
  const kruise = {
    "apps.kruise.io/v1beta1": [{ name: "statefulsets", kind: "StatefulSet" }],
    "apps.kruise.io/v1alpha1": [
      { name: "statefulsets", kind: "StatefulSet" },
      { name: "clonesets", kind: "CloneSet" },
    ],
  };
  it.each([
    { plural: "statefulsets", apiVersion: "apps.kruise.io/v1beta1" },
    { plural: "clonesets", apiVersion: "apps.kruise.io/v1alpha1" },
  ])("$plural of OpenKruise at $apiVersion", async ({ plural, apiVersion }) => {
    const { discovery } = await serve(kruise);
    expect(await discovery.find(kruiseKind(plural))).toMatchObject({ state: "served", apiVersion });
  });

  it("by its kind, where its plural is another than we think", async () => {
    const { discovery } = await serve({
      "apps.tkestack.io/v1": [
        { name: "tapps/status", kind: "TApp" },
        { name: "tapplications", kind: "TApp" },
      ],
    });
    const found = await discovery.find(ofKind({ group: "apps.tkestack.io", plural: "tapps", kind: "TApp" }));
    expect(found).toMatchObject({ state: "served", path: "/apis/apps.tkestack.io/v1/tapplications" });
  });

  it("and is not installed where no version does", async () => {
    const { discovery } = await serve(kruise);
    expect(await discovery.find(kruiseKind("daemonsets"))).toEqual({ state: "not-installed" });
  });

  it("and is not known where the version that may serve it can't be read", async () => {
    const { discovery } = await serve(kruise, { "/apis/apps.kruise.io/v1alpha1": failure(403, "forbidden") });
    expect(await discovery.find(kruiseKind("clonesets"))).toMatchObject({ state: "forbidden" });
    expect(await discovery.find(kruiseKind("statefulsets"))).toMatchObject({ state: "served" });
  });
});

describe("what can't be discovered is not taken for absent", () => {
  const kinds = { [`${GROUP}/v1`]: [CLAIM], "apps.kruise.io/v1beta1": [{ name: "statefulsets", kind: "StatefulSet" }] };
  it.each<{ fault: string; path: string; answer: Answer; state: string }>([
    { fault: "/apis is forbidden", path: "/apis", answer: failure(403, "no"), state: "forbidden" },
    { fault: "/apis refuses the token", path: "/apis", answer: failure(401, "Unauthorized"), state: "forbidden" },
    { fault: "/apis is missing", path: "/apis", answer: failure(404, "no"), state: "failed" },
    { fault: "/apis is no JSON", path: "/apis", answer: { body: "<html>" }, state: "failed" },
    { fault: "/apis lists no groups", path: "/apis", answer: { body: groupList(null) }, state: "failed" },
    { fault: "/apis lists none at all", path: "/apis", answer: { body: groupList([]) }, state: "failed" },
    { fault: "/apis does not say what it lists", path: "/apis", answer: { body: { groups: [APPS] } }, state: "failed" },
    { fault: "/apis is a redirect", path: "/apis", answer: { status: 302, headers: { Location: "/apis/" } }, state: "failed" },
    {
      fault: "/apis lists a group without versions",
      path: "/apis",
      answer: { body: groupList([APPS, { name: GROUP }]) },
      state: "failed",
    },
    { fault: "the group is forbidden", path: `/apis/${GROUP}/v1`, answer: failure(403, "no"), state: "forbidden" },
    { fault: "the group went away", path: `/apis/${GROUP}/v1`, answer: failure(404, "no"), state: "failed" },
    {
      fault: "the group lists nothing",
      path: `/apis/${GROUP}/v1`,
      answer: { body: resourceList(`${GROUP}/v1`, undefined) },
      state: "failed",
    },
    {
      fault: "the group does not say what it lists",
      path: `/apis/${GROUP}/v1`,
      answer: { body: { resources: [] } },
      state: "failed",
    },
    { fault: "another group answers", path: `/apis/${GROUP}/v1`, answer: { body: resourceList("apps/v1", []) }, state: "failed" },
    {
      fault: "the group lists what has no kind",
      path: `/apis/${GROUP}/v1`,
      answer: { body: resourceList(`${GROUP}/v1`, [{ name: "eipclaims" }]) },
      state: "failed",
    },
  ])("where $fault", async ({ path, answer, state }) => {
    const { discovery } = await serve(kinds, { [path]: answer });
    expect(await discovery.find(EIP_CLAIM)).toMatchObject({ state, why: expect.stringContaining(path) });
  });

  it("and one group that fails leaves the others readable", async () => {
    const { discovery } = await serve(kinds, { [`/apis/${GROUP}/v1`]: failure(403, "no") });
    expect(await discovery.find(kruiseKind("statefulsets"))).toMatchObject({ state: "served" });
  });
});

it("asks for each group once, however many kinds are looked for in it", async () => {
  const { api, discovery } = await serve({ "apps.kruise.io/v1alpha1": [{ name: "clonesets", kind: "CloneSet" }] });
  await Promise.all(["clonesets", "statefulsets", "daemonsets"].map((plural) => discovery.find(kruiseKind(plural))));
  expect(api.asked.map(({ url }) => url)).toEqual(["/apis", "/apis/apps.kruise.io/v1alpha1"]);
});
