import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { loopbackCertificate } from "../sim/kubernetes/certificates.ts";

/**
 * API servers of clusters too large to hold in memory, in a process of their own: `kube-world.ts CLUSTERS PODS`. Each page is written when
 * it is asked for. Pods are of the size that real ones have, with the managedFields that make it; every tenth has an EIP and a claim.
 */
const [clusters = 3, pods = 100_000] = process.argv.slice(2).map(Number);
const { certificate, key } = await loopbackCertificate();
const each = Math.floor(pods / clusters);
const counts = { connections: 0, requests: 0, podBytes: 0 };

const FIELDS = 11;
const fields = Object.fromEntries(
  Array.from({ length: FIELDS }, (_, index) => [
    `f:field${index}`,
    {
      ".": {},
      "f:name": {},
      "f:value": {},
      [`k:{"containerPort":${8_000 + index},"protocol":"TCP"}`]: { "f:containerPort": {}, "f:protocol": {} },
    },
  ]),
);
const managedFields = ["kube-controller-manager", "tke-eni-ipamd", "kubelet"].map((manager) => ({
  manager,
  operation: "Update",
  apiVersion: "v1",
  time: "2026-01-05T01:00:00Z",
  fieldsType: "FieldsV1",
  fieldsV1: { "f:metadata": { "f:annotations": {}, "f:labels": {} }, "f:spec": fields },
}));
const env = Array.from({ length: 20 }, (_, index) => ({ name: `GAME_SETTING_${index}`, value: `value-of-setting-${index}` }));
const conditions = ["Initialized", "Ready", "ContainersReady", "PodScheduled"].map((type) => ({
  type,
  status: "True",
  lastProbeTime: null,
  lastTransitionTime: "2026-01-05T01:00:00Z",
}));
const probe = { httpGet: { path: "/healthz", port: 8_000, scheme: "HTTP" }, timeoutSeconds: 1, periodSeconds: 10 };
const tolerations = ["not-ready", "unreachable"].map((condition) => ({
  key: `node.kubernetes.io/${condition}`,
  operator: "Exists",
  effect: "NoExecute",
  tolerationSeconds: 300,
}));
const containers = ["main", "log-shipper"].map((name) => ({
  name,
  image: "ccr.example.com/games/server:v1.24.3",
  resources: { requests: { cpu: "1", memory: "1Gi" }, limits: { cpu: "2", memory: "2Gi" } },
  env,
  livenessProbe: probe,
  readinessProbe: probe,
  volumeMounts: [{ name: "podinfo", mountPath: "/etc/podinfo" }],
}));

function pod(cluster: number, index: number): string {
  const eip = index % 10 === 0;
  const set = Math.floor(index / 100);
  return JSON.stringify({
    metadata: {
      name: `game-${set}-${index % 100}`,
      namespace: `team-${set % 20}`,
      uid: `00000000-0000-4000-8000-${String(cluster * 1_000_000 + index).padStart(12, "0")}`,
      resourceVersion: String(1_000_000 + index),
      creationTimestamp: "2026-01-05T01:00:00Z",
      labels: { app: `game-${set}`, "statefulset.kubernetes.io/pod-name": `game-${set}-${index % 100}` },
      annotations: {
        "kubernetes.io/config.seen": "2026-01-05T01:00:00Z",
        ...(eip
          ? {
              "tke.cloud.tencent.com/networks": "tke-route-eni",
              "tke.cloud.tencent.com/eip-attributes": '{"Bandwidth":"100","ISP":"BGP"}',
              "tke.cloud.tencent.com/eip-claim-delete-policy": "Never",
              "tke.cloud.tencent.com/eip-public-ip": addressOf(cluster, index),
              "tke.cloud.tencent.com/eip-id": `eip-${(cluster * 1_000_000 + index).toString(36).padStart(8, "0")}`,
            }
          : {}),
      },
      ownerReferences: [
        { apiVersion: "apps/v1", kind: "StatefulSet", name: `game-${set}`, uid: `set-${cluster}-${set}`, controller: true },
      ],
      managedFields,
    },
    spec: {
      nodeName: `10.0.${index % 250}.2`,
      containers,
      tolerations,
      terminationGracePeriodSeconds: 30,
    },
    status: { phase: "Running", podIP: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`, conditions },
  });
}

function addressOf(cluster: number, index: number): string {
  return `43.${cluster}.${(index >> 8) & 255}.${index & 255}`.replace(/^43\./, `${43 + (index >> 16)}.`);
}

function claim(cluster: number, index: number): string {
  const set = Math.floor(index / 100);
  return JSON.stringify({
    metadata: {
      name: `game-${set}-${index % 100}`,
      namespace: `team-${set % 20}`,
      uid: `claim-${cluster}-${index}`,
      resourceVersion: "1",
      creationTimestamp: "2026-01-05T01:00:00Z",
    },
    status: { publicIp: addressOf(cluster, index) },
  });
}

function page(url: URL, total: number, item: (index: number) => string): { readonly text: string; readonly bytes: number } {
  const start = Number(url.searchParams.get("continue") ?? 0);
  const end = Math.min(total, start + Number(url.searchParams.get("limit")));
  const items = Array.from({ length: end - start }, (_, offset) => item(start + offset)).join(",");
  const next = end < total ? { continue: String(end), remainingItemCount: total - end } : {};
  const metadata = JSON.stringify({ resourceVersion: "1", ...next });
  return { text: `{"kind":"List","apiVersion":"v1","metadata":${metadata},"items":[${items}]}`, bytes: items.length };
}

const CLAIMS = "networking.tke.cloud.tencent.com";
const APIS = {
  groups: [
    {
      name: CLAIMS,
      versions: [{ groupVersion: `${CLAIMS}/v1alpha1`, version: "v1alpha1" }],
      preferredVersion: { groupVersion: `${CLAIMS}/v1alpha1`, version: "v1alpha1" },
    },
  ],
};
const CLAIM_KINDS = {
  resources: [{ name: "eipclaims", kind: "EIPClaim", namespaced: true, shortNames: ["eipc"], verbs: ["list"] }],
};

function answer(cluster: number, url: URL): string | null {
  const { pathname } = url;
  if (pathname === "/version") return "{}";
  if (pathname === "/apis") return JSON.stringify(APIS);
  if (pathname === `/apis/${CLAIMS}/v1alpha1`) return JSON.stringify(CLAIM_KINDS);
  if (pathname.endsWith("/eipclaims")) return page(url, Math.ceil(each / 10), (index) => claim(cluster, index * 10)).text;
  if (pathname.includes("/configmaps/")) return null;
  if (pathname !== "/api/v1/pods") return page(url, 0, String).text;
  const { text, bytes } = page(url, each, (index) => pod(cluster, index));
  counts.podBytes += bytes;
  return text;
}

const urls: string[] = [];
for (let cluster = 0; cluster < clusters; cluster += 1) {
  const server = createServer({ key, cert: certificate }, (request, response) => {
    counts.requests += 1;
    const text = answer(cluster, new URL(request.url ?? "/", "https://127.0.0.1"));
    response.writeHead(text === null ? 404 : 200, { "Content-Type": "application/json" });
    response.end(text ?? "{}");
  });
  server.on("connection", () => {
    counts.connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  urls.push(`https://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

process.on("message", (message) => {
  if (message === "end") process.exit(0);
  process.send?.(counts);
});
// Nobody measures any more.
process.on("disconnect", () => process.exit(0));
process.send?.({ urls, certificate });
