import { afterEach, describe, expect, it } from "vitest";
import { describeKubeconfig } from "../../src/tencent/kubeconfig.ts";
import { apiError, type Cloud, REGION, type Received, type Reply, startCloud } from "./cloud.ts";

let cloud: Cloud | undefined;

async function ask(product: "tke" | "eks", reply: (call: Received) => Reply) {
  cloud = await startCloud(reply);
  const answer = await describeKubeconfig(cloud.sessions, { id: "cls-aaaaaaaa", account: "default", region: REGION, product });
  return { answer, asked: cloud.calls.filter(({ action }) => action === "DescribeClusterKubeconfig") };
}

afterEach(async () => {
  await cloud?.close();
  cloud = undefined;
});

/** A cluster whose endpoints are in these states. */
function endpoints(extranet: string, intranet: string): (call: Received) => Reply {
  return ({ action, parameters }) =>
    action === "DescribeClusterEndpointStatus"
      ? { Status: parameters.IsExtranet === true ? extranet : intranet }
      : { Kubeconfig: `extranet: ${parameters.IsExtranet}` };
}

describe("a kubeconfig from the cloud", () => {
  it.each([
    { extranet: "Created", intranet: "Created", kubeconfig: "extranet: true" },
    { extranet: "Created", intranet: "NotFound", kubeconfig: "extranet: true" },
    { extranet: "NotFound", intranet: "Created", kubeconfig: "extranet: false" },
    { extranet: "CreateFailed", intranet: "Created", kubeconfig: "extranet: false" },
  ])("is for an endpoint that is open: public $extranet, internal $intranet", async ({ extranet, intranet, kubeconfig }) => {
    expect((await ask("tke", endpoints(extranet, intranet))).answer).toEqual({ known: true, value: kubeconfig });
  });

  it("is not asked for, so that no certificate is made, where no endpoint is open", async () => {
    const { answer, asked } = await ask("tke", endpoints("NotFound", "Creating"));
    expect(answer.known).toBe(false);
    expect(asked).toEqual([]);
  });

  it("is not asked for where the endpoints could not be read", async () => {
    const { answer, asked } = await ask("tke", () => apiError("UnauthorizedOperation"));
    expect(answer.known).toBe(false);
    expect(asked).toEqual([]);
  });

  it("comes from DescribeEKSClusterCredential for a serverless cluster", async () => {
    const { answer } = await ask("eks", ({ action }) => ({ Kubeconfig: action }));
    expect(answer).toEqual({ known: true, value: "DescribeEKSClusterCredential" });
  });
});
