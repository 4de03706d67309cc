import * as z from "zod";
import { known, type Reading, unknown } from "../core/terms/known.ts";
import type { ClusterAddress } from "../ports.ts";
import type { Sessions } from "./session.ts";
import type { Call } from "./transport.ts";

/**
 * A cluster's kubeconfig from the cloud. Not a mere reading: a sub-account's first call makes a client certificate that is valid for
 * 20 years (domain.md §7), so that it is done only with `clusters.credentials: describe`.
 */
export async function describeKubeconfig(
  sessions: Sessions,
  { id, account, region, product }: ClusterAddress,
): Promise<Reading<string>> {
  if (product === "eks") {
    const call: Call = { action: "DescribeEKSClusterCredential", region, parameters: { ClusterId: id } };
    const answer = await sessions.call(account, call, z.object({ Kubeconfig: z.string() }));
    return answer.known ? known(answer.value.Kubeconfig) : answer;
  }
  const extranet = await isExtranet(sessions, account, region, id);
  if (!extranet.known) return extranet;
  const call: Call = {
    action: "DescribeClusterKubeconfig",
    region,
    parameters: { ClusterId: id, IsExtranet: extranet.value },
  };
  const answer = await sessions.call(account, call, z.object({ Kubeconfig: z.string() }));
  return answer.known ? known(answer.value.Kubeconfig) : answer;
}

/** The public endpoint where it is open, else the internal one. */
async function isExtranet(sessions: Sessions, account: string, region: string, id: string): Promise<Reading<boolean>> {
  const status = async (extranet: boolean) => {
    const call: Call = {
      action: "DescribeClusterEndpointStatus",
      region,
      parameters: { ClusterId: id, IsExtranet: extranet },
    };
    return sessions.call(account, call, z.object({ Status: z.string() }));
  };
  const external = await status(true);
  if (!external.known) return external;
  if (external.value.Status === "Created") return known(true);
  const internal = await status(false);
  if (!internal.known) return internal;
  if (internal.value.Status === "Created") return known(false);
  return unknown(
    `neither endpoint of cluster ${id} is open (public: ${external.value.Status}, internal: ${internal.value.Status})`,
  );
}
