import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { assess } from "../../src/core/assess.ts";
import { clusterFindings } from "../../src/core/audit/findings.ts";
import { link } from "../../src/core/link/link.ts";
import { remember } from "../../src/core/remember.ts";
import type { Address, Pod, Workload } from "../../src/core/terms/facts.ts";
import { known } from "../../src/core/terms/known.ts";
import { emptyLedger, type Ledger } from "../../src/core/terms/ledger.ts";
import { after, HOUR, type Instant, instant } from "../../src/core/terms/time.ts";
import { address, facts, POLICY } from "../core/build.ts";
import { ASSETS, type ControlPlane, startControlPlane, until } from "./control-plane.ts";
import { CLUSTER, clusterWith, openReader, type Reader } from "./reading.ts";

/** The five shapes in which the guide gives Pods an EIP (domain.md §2.1), in our own words; `environment` is (e) done wrong. */
const MANIFESTS = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: by-traffic }
spec:
  replicas: 1
  selector: { matchLabels: { app: by-traffic } }
  template:
    metadata:
      labels: { app: by-traffic }
      annotations:
        eks.tke.cloud.tencent.com/eip-attributes: '{"InternetMaxBandwidthOut":100,"InternetChargeType":"TRAFFIC_POSTPAID_BY_HOUR"}'
    spec: { terminationGracePeriodSeconds: 0, containers: [{ name: main, image: "web:1" }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: route-eni }
spec:
  replicas: 1
  selector: { matchLabels: { app: route-eni } }
  template:
    metadata:
      labels: { app: route-eni }
      annotations:
        tke.cloud.tencent.com/networks: tke-route-eni
        tke.cloud.tencent.com/eip-attributes: '{"Bandwidth":"100","ISP":"BGP"}'
    spec: { terminationGracePeriodSeconds: 0, containers: [{ name: main, image: "web:1" }] }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: kept }
spec:
  replicas: 1
  serviceName: kept
  selector: { matchLabels: { app: kept } }
  template:
    metadata:
      labels: { app: kept }
      annotations:
        eks.tke.cloud.tencent.com/eip-attributes: '{"InternetMaxBandwidthOut":50,"InternetChargeType":"TRAFFIC_POSTPAID_BY_HOUR"}'
        eks.tke.cloud.tencent.com/eip-claim-delete-policy: Never
    spec:
      terminationGracePeriodSeconds: 0
      nodeSelector: { node.kubernetes.io/instance-type: eklet }
      containers: [{ name: main, image: "game:1" }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: leaking }
spec:
  replicas: 1
  selector: { matchLabels: { app: leaking } }
  template:
    metadata:
      labels: { app: leaking }
      annotations:
        tke.cloud.tencent.com/networks: tke-route-eni
        tke.cloud.tencent.com/eip-attributes: '{"Bandwidth":"50","ISP":"BGP"}'
        tke.cloud.tencent.com/eip-claim-delete-policy: Never
    spec: { terminationGracePeriodSeconds: 0, containers: [{ name: main, image: "web:1" }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: mounting }
spec:
  replicas: 1
  selector: { matchLabels: { app: mounting } }
  template:
    metadata:
      labels: { app: mounting }
      annotations:
        eks.tke.cloud.tencent.com/eip-attributes: '{"Bandwidth":"100","ISP":"BGP"}'
    spec:
      terminationGracePeriodSeconds: 0
      nodeSelector: { node.kubernetes.io/instance-type: eklet }
      containers: [{ name: main, image: "web:1", volumeMounts: [{ name: podinfo, mountPath: /etc/podinfo }] }]
      volumes:
        - name: podinfo
          downwardAPI:
            items: [{ path: eip, fieldRef: { fieldPath: "metadata.annotations['tke.cloud.tencent.com/eip-public-ip']" } }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: environment }
spec:
  replicas: 1
  selector: { matchLabels: { app: environment } }
  template:
    metadata:
      labels: { app: environment }
      annotations:
        eks.tke.cloud.tencent.com/eip-attributes: ""
    spec:
      terminationGracePeriodSeconds: 0
      nodeSelector: { node.kubernetes.io/instance-type: eklet }
      containers:
        - name: main
          image: "web:1"
          env: [{ name: EIP, valueFrom: { fieldRef: { fieldPath: "metadata.annotations['tke.cloud.tencent.com/eip-public-ip']" } } }]
`;
const NAMES = ["by-traffic", "route-eni", "kept", "leaking", "mounting", "environment"] as const;

describe.skipIf(ASSETS === "")("the guide's manifests, by the real controllers", () => {
  let plane: ControlPlane;
  let reader: Reader;
  let ledger: Ledger = emptyLedger();
  let now: Instant = instant(Date.now());
  const eips = NAMES.map((name, index) => address({ id: `eip-${name.replaceAll("-", "")}`, ip: `203.0.113.${index + 1}` }));

  const podsNow = async (): Promise<readonly Pod[]> => {
    const { pods } = await reader.objects();
    if (pods.state !== "complete") throw new Error("not listed");
    return pods.items;
  };
  const podOf = (pods: readonly Pod[], name: string): Pod | undefined => pods.find((pod) => pod.name.startsWith(`${name}-`));
  /** One reading, judged and remembered; the reason of each EIP by the workload whose Pod had it. */
  const judgeNow = async (status: Address["status"]) => {
    now = after(now, HOUR);
    const rows = eips.map((eip) => ({ ...eip, status, rawStatus: status, privateIp: status === "BIND" ? "10.0.0.1" : null }));
    const world = facts(rows, [clusterWith(known(await reader.objects()))], { startedAt: now, now });
    ledger = remember(link(world, ledger), POLICY, "run").ledger;
    const assessed = assess(world, ledger, POLICY);
    const view = assessed.world.clusters.get(CLUSTER.id);
    if (view === undefined) throw new Error("the cluster was not linked");
    const findings = clusterFindings(view, assessed.judgements);
    return {
      reasons: Object.fromEntries(assessed.judgements.map(({ reason }, index) => [NAMES[index], reason])),
      findings: Object.fromEntries(
        NAMES.map((name) => [name, findings.filter(({ object }) => object === `games/${name}`).map(({ code }) => code)]),
      ),
    };
  };

  beforeAll(async () => {
    plane = await startControlPlane();
    reader = await openReader(plane);
    await plane.call("POST", "/api/v1/namespaces", { metadata: { name: "games" } });
    for (const document of parseAllDocuments(MANIFESTS)) {
      const object = document.toJS() as { readonly kind: Workload["kind"] };
      await plane.call("POST", `/apis/apps/v1/namespaces/games/${object.kind.toLowerCase()}s`, object);
    }
    await until(async () => (await podsNow()).length === NAMES.length);
    // As ipamd does while a Pod starts.
    const pods = await podsNow();
    for (const [index, name] of NAMES.entries()) {
      const annotations = {
        "tke.cloud.tencent.com/eip-id": eips[index]?.id,
        "tke.cloud.tencent.com/eip-public-ip": eips[index]?.ip,
      };
      await plane.call("PATCH", `/api/v1/namespaces/games/pods/${podOf(pods, name)?.name}`, { metadata: { annotations } });
    }
  }, 180_000);
  afterAll(async () => {
    await plane?.close();
    await reader?.close();
  });

  it("show what is wrong with each, and nothing else", async () => {
    expect((await judgeNow("BIND")).findings).toEqual({
      // The super nodes' prefix on ordinary nodes, which would need a network mode besides.
      "by-traffic": ["network-mode-missing", "wrong-prefix"],
      "route-eni": [],
      kept: [],
      leaking: ["never-without-stable-name"],
      mounting: [],
      environment: ["public-ip-in-environment"],
    });
  });

  it("hold their EIPs while their Pods live", async () => {
    expect((await judgeNow("BIND")).reasons).toEqual(Object.fromEntries(NAMES.map((name) => [name, "bound"])));
  });

  it("leave, when their Pods were replaced, what those that never come back had", async () => {
    const before = await podsNow();
    for (const { name } of before) await plane.call("DELETE", `/api/v1/namespaces/games/pods/${name}`);
    await until(async () => {
      const present = await podsNow();
      return present.length === NAMES.length && present.every(({ uid }) => before.every((pod) => pod.uid !== uid));
    });
    expect(podOf(await podsNow(), "kept")?.name).toBe("kept-0");
    expect(podOf(await podsNow(), "leaking")?.name).not.toBe(podOf(before, "leaking")?.name);
    expect((await judgeNow("UNBIND")).reasons).toEqual({
      "by-traffic": "not-destroyed-with-pod",
      "route-eni": "not-destroyed-with-pod",
      kept: "pod-exists",
      leaking: "never-without-stable-name",
      mounting: "not-destroyed-with-pod",
      environment: "not-destroyed-with-pod",
    });
  });

  it("keep the StatefulSet's EIP at 0 replicas, until the StatefulSet is gone", async () => {
    await plane.call("PATCH", "/apis/apps/v1/namespaces/games/statefulsets/kept", { spec: { replicas: 0 } });
    await until(async () => podOf(await podsNow(), "kept") === undefined);
    expect((await judgeNow("UNBIND")).reasons.kept).toBe("scaled-to-zero");
    await plane.call("DELETE", "/apis/apps/v1/namespaces/games/statefulsets/kept");
    await until(async () => (await judgeNow("UNBIND")).reasons.kept === "workload-gone-never-recycled");
  });
});
