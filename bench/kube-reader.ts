import { link } from "../src/core/link/link.ts";
import type { Address, ClusterFacts, Facts } from "../src/core/terms/facts.ts";
import { known } from "../src/core/terms/known.ts";
import { emptyLedger } from "../src/core/terms/ledger.ts";
import { instant } from "../src/core/terms/time.ts";
import { keepHeapSmall } from "../src/heap.ts";
import { createKubernetesReader, openClusters } from "../src/kubernetes/index.ts";

/** What a run does with clusters, measured in a process of its own: reads all side by side, and links their EIPs to Pods. */
const REGION = { account: "default", region: "ap-guangzhou" } as const;

keepHeapSmall();
const files = process.argv.slice(2);
const kubeconfigs = files.map((path, index) => ({ id: `cls-bench00${index}`, path, context: null, ...REGION }));
const clock = { now: () => instant(Date.now()), sleep: async () => undefined };
const reader = createKubernetesReader(openClusters(kubeconfigs, null), clock);
const started = performance.now();
const clusters = await Promise.all(
  kubeconfigs.map(async ({ id }): Promise<ClusterFacts> => {
    const objects = await reader.objects({ id, ...REGION, product: "tke" });
    if (!objects.known || objects.value.pods.state !== "complete") throw new Error(`cluster ${id} could not be read`);
    const ipamd = known({
      enabled: true,
      phase: "running",
      claimExpiredDuration: "0s",
      authorised: known(true),
      argument: null,
      version: null,
    });
    const status = { state: "running" } as const;
    return { id, name: id, ...REGION, product: "tke", vpcId: null, status, objects, ipamd };
  }),
);
const read = performance.now();
const addresses = clusters.flatMap(addressesOf);
const facts: Facts = {
  now: clock.now(),
  startedAt: clock.now(),
  regions: [
    { ...REGION, addresses: known(addresses), partial: [], accountType: known("standard"), quota: known({ limit: 1, used: 1 }) },
  ],
  clusterListings: [{ ...REGION, product: "tke", ids: known(clusters.map(({ id }) => id)) }],
  absentClusters: [],
  clusters,
  declaredDeletedClusters: [],
  ignoredClusters: [],
  principals: { default: known("bench") },
};
const { linked } = link(facts, emptyLedger());
const done = performance.now();
const result = {
  pods: clusters.reduce(
    (sum, { objects }) => sum + (objects.known && objects.value.pods.state === "complete" ? objects.value.pods.items.length : 0),
    0,
  ),
  linked: linked.filter(({ pod, claims }) => pod?.view != null && claims.length === 1).length,
  readSeconds: (read - started) / 1_000,
  linkSeconds: (done - read) / 1_000,
  peakRssMegabytes: (process.resourceUsage().maxRSS * 1_024) / 1e6,
};
process.stdout.write(JSON.stringify(result), () => process.exit(0));

/** The EIPs that the Pods of a cluster name, as the cloud would list them. */
function addressesOf({ objects }: ClusterFacts): readonly Address[] {
  if (!objects.known || objects.value.pods.state !== "complete") return [];
  return objects.value.pods.items.flatMap(({ annotations, podIP }): Address[] => {
    const id = annotations["tke.cloud.tencent.com/eip-id"];
    const ip = annotations["tke.cloud.tencent.com/eip-public-ip"];
    if (id === undefined || ip === undefined) return [];
    return [
      {
        id,
        ip,
        name: "",
        ...REGION,
        status: "BIND",
        rawStatus: "BIND",
        type: "EIP",
        chargeType: "TRAFFIC_POSTPAID_BY_HOUR",
        payMode: null,
        bandwidth: 100,
        isp: "BGP",
        instanceId: "ins-bench",
        instanceType: "CVM",
        networkInterfaceId: "eni-bench",
        privateIp: podIP,
        createdAt: instant(0),
        updatedTime: null,
        deadline: null,
        renewFlag: null,
        antiDdosPackageId: null,
        bandwidthPackageId: null,
        tags: known({}),
        isArrears: false,
        isBlocked: false,
        cascadeRelease: false,
      },
    ];
  });
}
