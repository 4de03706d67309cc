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
  it("is denied only where both products say that they have none of that id", async () => {
    const { reader, calls } = await open(() => ({ TotalCount: 0, Clusters: [] }));
    expect(await reader.clusterExists("default", REGION, "cls-aaaaaaaa")).toEqual({ known: true, value: false });
    expect(calls.map(({ action }) => action)).toEqual(["DescribeClusters", "DescribeEKSClusters"]);
  });

  it.each(["DescribeClusters", "DescribeEKSClusters"])("is affirmed by %s alone", async (affirming) => {
    const { reader } = await open(({ action }) =>
      action === affirming ? { TotalCount: 1, Clusters: [{ ClusterId: "cls-aaaaaaaa" }] } : { TotalCount: 0, Clusters: [] },
    );
    expect(await reader.clusterExists("default", REGION, "cls-aaaaaaaa")).toEqual({ known: true, value: true });
  });

  it.each(["InternalError.ClusterNotFound", "InvalidParameter.ClusterNotFound", "ResourceNotFound.ClusterNotFound"])(
    "is denied by %s",
    async (code) => {
      const { reader } = await open(() => apiError(code));
      expect(await reader.clusterExists("default", REGION, "cls-aaaaaaaa")).toEqual({ known: true, value: false });
    },
  );

  it.each([
    "ResourceUnavailable.ClusterState",
    "InternalError.RoleNotFound",
    "ResourceNotFound",
    "UnsupportedRegion",
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
    expect(clusters.known && clusters.value).toHaveLength(120);
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
    expect(clusters.known && clusters.value[0]?.status).toEqual(status);
  });
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
