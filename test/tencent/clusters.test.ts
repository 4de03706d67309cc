import { afterEach, describe, expect, it } from "vitest";
import { apiError, type Cloud, REGION, type Received, type Reply, startCloud } from "./cloud.ts";

let cloud: Cloud | undefined;

async function open(reply: (call: Received) => Reply): Promise<Cloud> {
  cloud = await startCloud(reply);
  return cloud;
}

afterEach(async () => {
  await cloud?.close();
  cloud = undefined;
});

describe("whether a cluster exists", () => {
  it("is asked in both products", async () => {
    const { reader, calls } = await open(() => apiError("ResourceNotFound.ClusterNotFound"));
    expect(await reader.clusterExists("default", REGION, "cls-aaaaaaaa")).toEqual({ known: true, value: "not-found" });
    expect(calls.map(({ action }) => action)).toEqual(["DescribeClusters", "DescribeEKSClusters"]);
  });

  const EMPTY: Reply = { TotalCount: 0, Clusters: [] };
  const NOT_FOUND = apiError("ResourceNotFound.ClusterNotFound");
  const UNSUPPORTED = apiError("UnsupportedRegion");
  it.each<{ rule: string; tke: Reply; eks: Reply; value: string }>([
    { rule: "not found where both say so", tke: NOT_FOUND, eks: NOT_FOUND, value: "not-found" },
    { rule: "not shown where both lists are empty: a narrowed role gets those too", tke: EMPTY, eks: EMPTY, value: "not-shown" },
    { rule: "not shown where one list is empty", tke: NOT_FOUND, eks: EMPTY, value: "not-shown" },
    { rule: "not shown where the other list is empty", tke: EMPTY, eks: NOT_FOUND, value: "not-shown" },
    { rule: "not found where the only product of the region says so", tke: NOT_FOUND, eks: UNSUPPORTED, value: "not-found" },
    { rule: "not asked for where no product serves the region", tke: UNSUPPORTED, eks: UNSUPPORTED, value: "not-asked" },
    {
      rule: "there where the count says so and the list is empty",
      tke: { TotalCount: 1, Clusters: [] },
      eks: EMPTY,
      value: "exists",
    },
  ])("is $rule", async ({ tke, eks, value }) => {
    const { reader } = await open(({ action }) => (action === "DescribeClusters" ? tke : eks));
    expect(await reader.clusterExists("default", REGION, "cls-aaaaaaaa")).toEqual({ known: true, value });
  });

  it.each<{ rule: string; reply: Reply }>([
    { rule: "without Clusters", reply: { TotalCount: 0 } },
    { rule: "with null Clusters", reply: { TotalCount: 0, Clusters: null } },
    { rule: "without TotalCount", reply: { Clusters: [] } },
    { rule: "that is no JSON", reply: "not-json" },
  ])("is not known after an answer $rule", async ({ reply }) => {
    const { reader } = await open(() => reply);
    expect((await reader.clusterExists("default", REGION, "cls-aaaaaaaa")).known).toBe(false);
  });

  it.each(["DescribeClusters", "DescribeEKSClusters"])("is affirmed by %s alone", async (affirming) => {
    const { reader } = await open(({ action }) =>
      action === affirming ? { TotalCount: 1, Clusters: [{ ClusterId: "cls-aaaaaaaa" }] } : { TotalCount: 0, Clusters: [] },
    );
    expect(await reader.clusterExists("default", REGION, "cls-aaaaaaaa")).toEqual({ known: true, value: "exists" });
  });

  it.each(["InternalError.ClusterNotFound", "InvalidParameter.ClusterNotFound", "ResourceNotFound.ClusterNotFound"])(
    "is denied by %s",
    async (code) => {
      const { reader } = await open(() => apiError(code));
      expect(await reader.clusterExists("default", REGION, "cls-aaaaaaaa")).toEqual({ known: true, value: "not-found" });
    },
  );

  it.each([
    "ResourceUnavailable.ClusterState",
    "InternalError.RoleNotFound",
    "ResourceNotFound",
    "InvalidParameter",
    "UnauthorizedOperation.CamNoAuth",
    "FailedOperation",
  ])("is not known after %s, which denies something else", async (code) => {
    const { reader } = await open(() => apiError(code));
    expect((await reader.clusterExists("default", REGION, "cls-aaaaaaaa")).known).toBe(false);
  });

  it("is not known where one product denies it and the other fails", async () => {
    const { reader } = await open(({ action }) =>
      action === "DescribeClusters" ? { TotalCount: 0, Clusters: [] } : apiError("UnauthorizedOperation"),
    );
    expect((await reader.clusterExists("default", REGION, "cls-aaaaaaaa")).known).toBe(false);
  });
});

describe("the listing of clusters", () => {
  it("follows pages to TotalCount", async () => {
    const all = Array.from({ length: 120 }, (_, index) => ({ ClusterId: `cls-${index}`, ClusterStatus: "Running" }));
    const { reader, calls } = await open(({ parameters }) => {
      const offset = Number(parameters.Offset);
      return { TotalCount: all.length, Clusters: all.slice(offset, offset + 100) };
    });
    const clusters = await reader.clusters("default", REGION, "tke");
    expect(clusters.known && clusters.value.clusters).toHaveLength(120);
    expect(calls).toHaveLength(2);
  });

  it("is unknown where it shows fewer clusters than TotalCount: a missing one would look deleted", async () => {
    const { reader } = await open(() => ({ TotalCount: 2, Clusters: [{ ClusterId: "cls-aaaaaaaa", ClusterStatus: "Running" }] }));
    expect((await reader.clusters("default", REGION, "tke")).known).toBe(false);
  });

  it.each([
    { product: "tke", word: "Running", status: { state: "running" } },
    { product: "tke", word: "Isolated", status: { state: "other", status: "Isolated" } },
    { product: "tke", word: "Deleting", status: { state: "other", status: "Deleting" } },
    { product: "tke", word: "Creating", status: { state: "other", status: "Creating" } },
    { product: "tke", word: "NewWord", status: { state: "other", status: "NewWord" } },
    { product: "eks", word: "running", status: { state: "running" } },
    { product: "eks", word: "Terminating", status: { state: "other", status: "Terminating" } },
    { product: "eks", word: "Failed", status: { state: "other", status: "Failed" } },
  ] as const)("$product: $word is $status.state", async ({ product, word, status }) => {
    const { reader } = await open(() => ({
      TotalCount: 1,
      Clusters: [{ ClusterId: "cls-aaaaaaaa", ClusterStatus: word, Status: word }],
    }));
    const clusters = await reader.clusters("default", REGION, product);
    expect(clusters.known && clusters.value.clusters[0]?.status).toEqual(status);
  });
});

describe("a region that a product does not serve", () => {
  it.each(["tke", "eks"] as const)("has no %s cluster: an absence, and no failed reading", async (product) => {
    const { reader } = await open(() => apiError("UnsupportedRegion"));
    expect(await reader.clusters("default", "ap-zhongwei", product)).toEqual({
      known: true,
      value: { clusters: [], unsupported: true },
    });
  });

  it("is not meant where a later page says so", async () => {
    const all = Array.from({ length: 100 }, (_, index) => ({ ClusterId: `cls-${index}`, ClusterStatus: "Running" }));
    const { reader } = await open(({ parameters }) =>
      parameters.Offset === 0 ? { TotalCount: 120, Clusters: all } : apiError("UnsupportedRegion"),
    );
    expect((await reader.clusters("default", REGION, "tke")).known).toBe(false);
  });
});

describe("a listing of clusters that is no list", () => {
  it.each<{ rule: string; reply: Reply }>([
    { rule: "has no Clusters", reply: { TotalCount: 0 } },
    { rule: "has null Clusters", reply: { TotalCount: 0, Clusters: null } },
    { rule: "has no TotalCount", reply: { Clusters: [] } },
    { rule: "has a list of other things", reply: { TotalCount: 1, Clusters: [{ Name: "prod" }] } },
    { rule: "has a list of texts", reply: { TotalCount: 1, Clusters: ["cls-aaaaaaaa"] } },
    { rule: "has a TotalCount below zero", reply: { TotalCount: -1, Clusters: [] } },
    { rule: "has no RequestId", reply: { TotalCount: 0, Clusters: [], RequestId: undefined } },
    { rule: "is another answer", reply: { code: 0, items: [] } },
    { rule: "is no JSON", reply: "not-json" },
  ])("is unknown where it $rule", async ({ reply }) => {
    const { reader } = await open(() => reply);
    for (const product of ["tke", "eks"] as const) expect((await reader.clusters("default", REGION, product)).known).toBe(false);
  });

  it.each([200, 1_000_000])(
    "is unknown where a page is repeated, after two calls, though TotalCount is %d",
    async (TotalCount) => {
      const first = Array.from({ length: 100 }, (_, index) => ({ ClusterId: `cls-${index}`, ClusterStatus: "Running" }));
      const { reader, calls } = await open(() => ({ TotalCount, Clusters: first }));
      expect((await reader.clusters("default", REGION, "tke")).known).toBe(false);
      expect(calls).toHaveLength(2);
    },
  );
});

describe("ipamd", () => {
  it("has its threshold as the cloud writes it", async () => {
    const { reader } = await open(() => ({ EnableIPAMD: true, Phase: "running", ClaimExpiredDuration: "1h0m0s" }));
    expect(await reader.ipamd("default", REGION, "cls-aaaaaaaa")).toEqual({
      known: true,
      value: { enabled: true, phase: "running", claimExpiredDuration: "1h0m0s" },
    });
  });

  it("has no threshold, rather than none at all, where the cloud does not say one", async () => {
    const { reader } = await open(() => ({ EnableIPAMD: true, Phase: "running" }));
    expect(await reader.ipamd("default", REGION, "cls-aaaaaaaa")).toMatchObject({ value: { claimExpiredDuration: null } });
  });

  it("is unknown where the cloud does not say whether it is enabled", async () => {
    const { reader } = await open(() => ({ Phase: "running" }));
    expect((await reader.ipamd("default", REGION, "cls-aaaaaaaa")).known).toBe(false);
  });

  it.each([
    { rule: "null", reply: { TotalNum: 0, List: null } },
    { rule: "missing", reply: { TotalNum: 0 } },
    { rule: "of something else", reply: { TotalNum: 1, List: [{ ClusterId: "cls-aaaaaaaa" }] } },
  ])("does not know whether ipamd is authorised where the list of policies is $rule", async ({ reply }) => {
    const { reader } = await open(() => reply);
    expect((await reader.ipamdAuthorised("default")).known).toBe(false);
  });

  const POLICY = { PolicyName: "QcloudAccessForIPAMDRoleInQcloudAllocateEIP" };
  it.each<{ rule: string; reply: Reply; answer: object }>([
    { rule: "authorised by the policy", reply: { TotalNum: 1, List: [POLICY] }, answer: { known: true, value: true } },
    {
      rule: "not authorised without it",
      reply: { TotalNum: 1, List: [{ PolicyName: "Other" }] },
      answer: { known: true, value: false },
    },
    {
      rule: "not authorised where there is no such role",
      reply: apiError("InvalidParameter.RoleNotExist"),
      answer: { known: true, value: false },
    },
    { rule: "unknown where more policies exist than are shown", reply: { TotalNum: 201, List: [] }, answer: { known: false } },
    { rule: "unknown where nobody may ask", reply: apiError("UnauthorizedOperation"), answer: { known: false } },
  ])("is $rule", async ({ reply, answer }) => {
    const { reader } = await open(() => reply);
    expect(await reader.ipamdAuthorised("default")).toMatchObject(answer);
  });
});
