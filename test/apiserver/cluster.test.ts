import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { assess } from "../../src/core/assess.ts";
import { link } from "../../src/core/link/link.ts";
import { remember } from "../../src/core/remember.ts";
import { known } from "../../src/core/terms/known.ts";
import { emptyLedger, type Ledger } from "../../src/core/terms/ledger.ts";
import { after, HOUR, instant } from "../../src/core/terms/time.ts";
import { createKubernetesWriter } from "../../src/kubernetes/index.ts";
import { READ_RIGHTS, reviewRights } from "../../src/kubernetes/rights.ts";
import { address, claim, facts, POLICY } from "../core/build.ts";
import { ASSETS, type ControlPlane, startControlPlane, until } from "./control-plane.ts";
import { CLUSTER, clusterWith, crd, openReader, type Reader } from "./reading.ts";

if (ASSETS === "") console.warn("KUBEBUILDER_ASSETS is not set: the tests on a real API server are skipped");

const deploy = (path: string) => readFileSync(fileURLToPath(new URL(`../../deploy/${path}`, import.meta.url)), "utf8");

const CLAIM = claim({ namespace: "games", name: "web-2" });

const NEVER = {
  "tke.cloud.tencent.com/networks": "tke-route-eni",
  "tke.cloud.tencent.com/eip-attributes": '{"Bandwidth":"100","ISP":"BGP"}',
  "tke.cloud.tencent.com/eip-claim-delete-policy": "Never",
};

function template(annotations: Readonly<Record<string, string>>) {
  return {
    metadata: { labels: { app: "x" }, annotations },
    spec: { containers: [{ name: "main", image: "game:1" }], terminationGracePeriodSeconds: 0 },
  };
}

function workload(kind: string, name: string, replicas: number, annotations: Readonly<Record<string, string>> = NEVER) {
  const spec = { replicas, selector: { matchLabels: { app: "x" } }, template: template(annotations) };
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { name, namespace: "games" },
    spec: kind === "StatefulSet" ? { ...spec, serviceName: "x", podManagementPolicy: "Parallel" } : spec,
  };
}

describe.skipIf(ASSETS === "")("on a real API server", () => {
  let plane: ControlPlane;
  let reader: Reader;
  const podsOf = async (name: string) => {
    const { items } = (await plane.call("GET", "/api/v1/namespaces/games/pods")) as {
      items: readonly { metadata: { name: string } }[];
    };
    return items.map(({ metadata }) => metadata.name).filter((pod) => pod.startsWith(name));
  };
  const scale = (name: string, replicas: number) =>
    plane.call("PATCH", `/apis/apps/v1/namespaces/games/statefulsets/${name}`, { spec: { replicas } });

  beforeAll(async () => {
    plane = await startControlPlane();
    reader = await openReader(plane);
    await plane.call("POST", "/api/v1/namespaces", { metadata: { name: "games" } });
  }, 180_000);
  afterAll(async () => {
    await plane?.close();
    await reader?.close();
  });

  it("reads StatefulSets and their Pods as the real controller makes them: names, owners, annotations", async () => {
    await plane.call("POST", "/apis/apps/v1/namespaces/games/statefulsets", workload("StatefulSet", "web", 3));
    await until(async () => (await podsOf("web-")).length === 3);
    const { pods, workloads } = await reader.objects();
    if (pods.state !== "complete" || workloads.StatefulSet.state !== "complete") throw new Error("not listed");
    expect(pods.items.map(({ name }) => name).sort()).toEqual(["web-0", "web-1", "web-2"]);
    const [set] = workloads.StatefulSet.items;
    expect(set).toMatchObject({ name: "web", replicas: 3, start: 0, templateAnnotations: NEVER });
    for (const pod of pods.items) {
      expect(pod.owner).toMatchObject({ apiVersion: "apps/v1", kind: "StatefulSet", name: "web", uid: set?.uid });
      expect(pod.annotations).toMatchObject(NEVER);
    }
  });

  it("tells the difference between not installed, not permitted and read, for each kind on its own", async () => {
    expect((await reader.objects()).claims.state).toBe("not-installed");
    const before = await reader.read("guard");
    if (!before.known) throw new Error(before.why);
    // Who may list nothing still learns what is not there.
    expect(before.value.workloads.CloneSet.state).toBe("not-installed");
    expect(before.value.workloads.Deployment.state).toBe("forbidden");
    await plane.call(
      "POST",
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
      crd("networking.tke.cloud.tencent.com", "v1alpha1", "eipclaims", "EIPClaim", ["eipc"]),
    );
    await plane.call(
      "POST",
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
      crd("apps.kruise.io", "v1beta1", "statefulsets", "StatefulSet"),
    );
    await plane.call(
      "POST",
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
      crd("game.kruise.io", "v1alpha1", "gameserversets", "GameServerSet"),
    );
    // As OpenKruise does: served, but not at the version that its group prefers.
    await plane.call(
      "POST",
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
      crd("apps.kruise.io", "v1alpha1", "clonesets", "CloneSet"),
    );
    const installed = async () => {
      const { claims, workloads } = await reader.objects();
      const states = [claims, workloads.AdvancedStatefulSet, workloads.CloneSet, workloads.GameServerSet].map(
        ({ state }) => state,
      );
      return states.every((state) => state === "complete");
    };
    await until(installed);
    // The objects of these kinds are played by the simulator's API server: this build of the real one crashes when it decodes one
    // (json-iterator of 1.20 under Go 1.19, apiextensions GetObjectMeta).
    const { claims, workloads } = await reader.objects();
    expect(claims).toEqual({ state: "complete", items: [] });
    expect(workloads.AdvancedStatefulSet).toEqual({ state: "complete", items: [] });
    expect(workloads.CloneSet).toEqual({ state: "complete", items: [] });
    const denied = await reader.read("guard");
    if (!denied.known) throw new Error(denied.why);
    expect(denied.value.pods).toMatchObject({ state: "forbidden", why: expect.stringContaining('cannot list resource "pods"') });
    expect(denied.value.claims.state).toBe("forbidden");
    expect(denied.value.workloads.CloneSet.state).toBe("forbidden");
  });

  it("finds the shipped ClusterRole enough for a scan and for nothing more, and names each missing right", async () => {
    const clusters = await reader.clusters("guard");
    const access = await clusters.access(CLUSTER);
    if (!access.known) throw new Error(access.why);
    const missing = async () => {
      const reviewed = await reviewRights(access.value, READ_RIGHTS);
      if (!reviewed.known) throw new Error(reviewed.why);
      return reviewed.value.filter(({ allowed }) => !allowed).length;
    };
    expect(await missing()).toBe(READ_RIGHTS.length);
    for (const document of parseAllDocuments(deploy("base/cluster-role.yaml"))) {
      const object = document.toJS();
      const plural = object.kind === "ClusterRole" ? "clusterroles" : "clusterrolebindings";
      if (object.kind === "ClusterRoleBinding")
        object.subjects = [{ kind: "User", name: "eip-guard", apiGroup: "rbac.authorization.k8s.io" }];
      await plane.call("POST", `/apis/rbac.authorization.k8s.io/v1/${plural}`, object);
    }
    await until(async () => (await missing()) === 0);
    const permitted = async () => {
      const reading = await reader.read("guard");
      if (!reading.known) throw new Error(reading.why);
      return reading.value;
    };
    const {
      readAt: _,
      workloads,
      autoscalers,
      eksConfigAnnotations,
      unlistedKinds,
      foreignAutoscalers,
      ...listings
    } = await permitted();
    expect(eksConfigAnnotations).toEqual(known(null));
    expect([unlistedKinds, foreignAutoscalers]).toEqual([known([]), known([])]);
    for (const listing of [...Object.values(listings), ...Object.values(workloads), ...Object.values(autoscalers)])
      expect(["complete", "not-installed"]).toContain(listing.state);
    const more = [
      ["", "secrets", "list"],
      ["", "pods", "delete"],
      ["", "pods", "create"],
      ["", "pods/exec", "create"],
      ["apps", "statefulsets", "patch"],
      ["networking.tke.cloud.tencent.com", "eipclaims", "delete"],
    ] as const;
    const reviewed = await reviewRights(
      access.value,
      more.map(([group, resource, verb]) => ({ group, resource, verb: verb as "delete" })),
    );
    expect(reviewed.known && reviewed.value.filter(({ allowed }) => allowed)).toEqual([]);
    expect(await createKubernetesWriter(clusters).deleteClaim(CLUSTER, CLAIM, async () => null)).toMatchObject({
      outcome: "forbidden",
    });
  });

  it("judges what scaling, deletion and recreation by the real controllers leave", async () => {
    const eip = address();
    // As ipamd does while a Pod starts.
    await plane.call("PATCH", "/api/v1/namespaces/games/pods/web-2", {
      metadata: { annotations: { "tke.cloud.tencent.com/eip-id": eip.id } },
    });
    let ledger: Ledger = emptyLedger();
    let now = instant(Date.now());
    const verdictNow = async () => {
      now = after(now, HOUR);
      const world = facts([eip], [clusterWith(known(await reader.objects()))], { startedAt: now, now });
      ledger = remember(link(world, ledger), POLICY, "run").ledger;
      return assess(world, ledger, POLICY).judgements[0]?.reason;
    };
    expect(await verdictNow()).toBe("pod-exists");
    await scale("web", 2);
    await until(async () => (await podsOf("web-")).length === 2);
    expect(await verdictNow()).toBe("scaled-down-never-recycled");
    await scale("web", 0);
    await until(async () => (await podsOf("web-")).length === 0);
    expect(await verdictNow()).toBe("scaled-to-zero");
    const uidNow = async () => {
      const { workloads } = await reader.objects();
      return workloads.StatefulSet.state === "complete"
        ? workloads.StatefulSet.items.find(({ name }) => name === "web")?.uid
        : undefined;
    };
    const uid = await uidNow();
    await plane.call("DELETE", "/apis/apps/v1/namespaces/games/statefulsets/web");
    await until(async () => (await verdictNow()) === "workload-gone-never-recycled");
    await plane.call("POST", "/apis/apps/v1/namespaces/games/statefulsets", workload("StatefulSet", "web", 3));
    await until(async () => (await podsOf("web-")).length === 3);
    expect(await uidNow()).not.toBe(uid);
    expect(await verdictNow()).toBe("pod-exists");
    await plane.call("DELETE", "/apis/apps/v1/namespaces/games/statefulsets/web?propagationPolicy=Orphan");
    await until(async () => ((await reader.objects()).workloads.StatefulSet as { items: readonly object[] }).items.length === 0);
    expect((await podsOf("web-")).length).toBe(3);
    expect(await verdictNow()).toBe("pod-exists");
  }, 240_000);

  it("climbs from a Deployment's Pods to the Deployment", async () => {
    await plane.call("POST", "/apis/apps/v1/namespaces/games/deployments", workload("Deployment", "api", 1));
    await until(async () => (await podsOf("api-")).length === 1);
    const { pods, workloads } = await reader.objects();
    if (pods.state !== "complete" || workloads.ReplicaSet.state !== "complete") throw new Error("not listed");
    const pod = pods.items.find(({ name }) => name.startsWith("api-"));
    expect(pod?.name).toMatch(/^api-[a-z0-9]+-[a-z0-9]{5}$/);
    expect(workloads.ReplicaSet.items.find(({ uid }) => uid === pod?.owner?.uid)?.owner).toMatchObject({
      kind: "Deployment",
      name: "api",
    });
  });

  it("takes a claim that is no longer there for gone", async () => {
    const clusters = await reader.clusters("admin");
    expect(await createKubernetesWriter(clusters).deleteClaim(CLUSTER, CLAIM, async () => null)).toMatchObject({
      outcome: "gone-already",
    });
  });

  it("accepts the overlays that we ship", () => {
    for (const overlay of ["audit", "serve", "enforce"]) {
      const folderOf = fileURLToPath(new URL(`../../deploy/overlays/${overlay}`, import.meta.url));
      const rendered = plane
        .kubectl(["kustomize", folderOf])
        // The control plane of the tests is of 1.20, in which CronJobs are v1beta1 and know no time zone (that came with 1.25).
        .replace("apiVersion: batch/v1\nkind: CronJob", "apiVersion: batch/v1beta1\nkind: CronJob")
        .replace("  timeZone: Asia/Shanghai\n", "");
      plane.kubectl(["create", "namespace", "eip-guard", "--dry-run=client", "-o", "name"]);
      const objectsOf = parseAllDocuments(rendered).map((document) => document.toJS());
      expect(objectsOf.length).toBeGreaterThan(3);
      plane.kubectl(
        ["apply", "-f", "-"],
        JSON.stringify({ apiVersion: "v1", kind: "Namespace", metadata: { name: "eip-guard" } }),
      );
      plane.kubectl(["apply", "--dry-run=server", "-f", "-"], rendered);
    }
  }, 120_000);
});
