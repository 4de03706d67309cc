import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { startCluster } from "../../sim/world/life.ts";
import { addAccount } from "../../sim/world/world.ts";
import { AUTOSCALER_KINDS, AUTOSCALERS, rowOf, WORKLOAD_KINDS } from "../../src/core/terms/kinds.ts";
import { READ_RIGHTS, type Right, reviewRights, ruleFor } from "../../src/kubernetes/rights.ts";
import { openStage, type Stage } from "../system/stage.ts";
import { ASSETS, type ControlPlane, startControlPlane, until } from "./control-plane.ts";
import { CLUSTER, crd, openReader, type Reader } from "./reading.ts";

const ROLE = "/apis/rbac.authorization.k8s.io/v1/clusterroles/eip-guard-read";

/** What the inventory lacks without a right; null: what a report merely shows besides. */
function gapWithout({ group, resource, verb }: Right): string | null {
  if (resource === "deployments" && verb === "get") return null;
  if (resource === "configmaps") return "configmap kube-system/eks-config";
  // Custom kinds are named with their group; the groups of Kubernetes' own have no dot.
  return group.includes(".") && resource !== "eipclaims" ? `${resource}.${group}` : resource;
}

const called = ({ group, resource, verb }: Right) => `${verb} ${resource}${group === "" ? "" : `.${group}`}`;

describe.skipIf(ASSETS === "")("rights on a real API server", () => {
  let plane: ControlPlane;
  let reader: Reader;
  let stage: Stage;

  const permit = async (rights: readonly Right[]) => {
    const rules = rights.map(({ group, resource, verb, name }) => ({
      apiGroups: [group],
      resources: [resource],
      verbs: [verb],
      ...(name === undefined ? {} : { resourceNames: [name] }),
    }));
    const { metadata } = await plane.call("GET", ROLE);
    await plane.call("PUT", ROLE, { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata, rules });
    const access = await (await reader.clusters("guard")).access(CLUSTER);
    if (!access.known) throw new Error(access.why);
    // The authoriser learns of a new role a moment later.
    await until(async () => {
      const reviewed = await reviewRights(access.value, READ_RIGHTS);
      return reviewed.known && reviewed.value.filter(({ allowed }) => allowed).length === rights.length;
    });
  };

  const checks = async () => {
    const { code, out } = await stage.run(["check", "--format", "json"]);
    const { checks } = JSON.parse(out) as { checks: readonly { name: string; status: string; detail: string; fix: string }[] };
    const line = checks.find(({ name, detail }) => name === `cluster ${CLUSTER.id}` && /missing|rights/.test(detail));
    return { code, line };
  };

  beforeAll(async () => {
    plane = await startControlPlane();
    reader = await openReader(plane);
    stage = await openStage((world) => {
      const region = addAccount(world, { regions: [CLUSTER.region] }).regions.get(CLUSTER.region);
      if (region === undefined) throw new Error("no region");
      startCluster(world, region, { id: CLUSTER.id });
    });
    // The simulated cloud names the cluster; the API server is the real one.
    await writeFile(join(stage.folder, `kubeconfig-${CLUSTER.id}.yaml`), plane.kubeconfig("guard"));
    for (const definition of [
      crd("networking.tke.cloud.tencent.com", "v1alpha1", "eipclaims", "EIPClaim", ["eipc"]),
      ...[...WORKLOAD_KINDS.map(rowOf), ...AUTOSCALER_KINDS.map((kind) => AUTOSCALERS[kind])]
        .filter(({ versions }) => versions === null)
        .map(({ group, plural, kind }) => crd(group, "v1", plural, kind)),
    ])
      await plane.call("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition);
    const role = readFileSync(fileURLToPath(new URL("../../deploy/base/cluster-role.yaml", import.meta.url)), "utf8");
    for (const document of parseAllDocuments(role)) {
      const object = document.toJS();
      if (object.kind === "ClusterRoleBinding")
        object.subjects = [{ kind: "User", name: "eip-guard", apiGroup: "rbac.authorization.k8s.io" }];
      const plural = object.kind === "ClusterRole" ? "clusterroles" : "clusterrolebindings";
      await plane.call("POST", `/apis/rbac.authorization.k8s.io/v1/${plural}`, object);
    }
    // Alone, so that they are read whole, one by one.
    const template = {
      metadata: { labels: { app: "x" } },
      spec: { restartPolicy: "Never", containers: [{ name: "a", image: "a" }] },
    };
    await plane.call("POST", "/api/v1/namespaces", { metadata: { name: "games" } });
    await plane.call("POST", "/apis/batch/v1/namespaces/games/jobs", { metadata: { name: "lonely" }, spec: { template } });
    await plane.call("POST", "/apis/apps/v1/namespaces/games/replicasets", {
      metadata: { name: "lonely" },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: "x" } },
        template: { ...template, spec: { ...template.spec, restartPolicy: "Always" } },
      },
    });
    await until(async () => {
      const { claims, workloads, autoscalers } = await reader.objects();
      return [claims, ...Object.values(workloads), ...Object.values(autoscalers)].every(({ state }) => state === "complete");
    });
  }, 180_000);
  afterAll(async () => {
    await stage?.close();
    await plane?.close();
    await reader?.close();
  });

  it("with the shipped ClusterRole, check finds all of them and a scan has no gap", async () => {
    const { line } = await checks();
    expect(line).toMatchObject({ status: "ok", detail: `reachable, and all ${READ_RIGHTS.length} rights are there` });
    expect((await stage.json(["scan"])).gaps).toEqual([]);
  });

  it.each([
    {
      what: "make a Pod",
      method: "POST",
      path: "/api/v1/namespaces/games/pods",
      body: { metadata: { name: "x" }, spec: { containers: [{ name: "a", image: "a" }] } },
    },
    { what: "delete a Pod", method: "DELETE", path: "/api/v1/namespaces/games/pods/x" },
    { what: "run a command in a Pod", method: "POST", path: "/api/v1/namespaces/games/pods/x/exec?command=sh" },
    { what: "read a Pod's log", method: "GET", path: "/api/v1/namespaces/games/pods/x/log" },
    { what: "list Secrets", method: "GET", path: "/api/v1/secrets" },
    { what: "read a Secret", method: "GET", path: "/api/v1/namespaces/kube-system/secrets/x" },
    { what: "list ConfigMaps", method: "GET", path: "/api/v1/configmaps" },
    {
      what: "read another ConfigMap",
      method: "GET",
      path: "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication",
    },
    {
      what: "change eks-config",
      method: "PATCH",
      path: "/api/v1/namespaces/kube-system/configmaps/eks-config",
      body: { data: {} },
    },
    {
      what: "scale a StatefulSet",
      method: "PATCH",
      path: "/apis/apps/v1/namespaces/games/statefulsets/x/scale",
      body: { spec: { replicas: 0 } },
    },
    {
      what: "delete a claim",
      method: "DELETE",
      path: "/apis/networking.tke.cloud.tencent.com/v1alpha1/namespaces/games/eipclaims/x",
    },
    { what: "give itself more", method: "PATCH", path: ROLE, body: { rules: [] } },
    { what: "watch Pods", method: "GET", path: "/api/v1/pods?watch=true" },
  ])("with the shipped ClusterRole, its token can't $what", async ({ method, path, body }) => {
    expect(await plane.statusOf("guard", method, path, body)).toBe(403);
  });

  it("the same requests are refused for the lack of rights only: whoever has them is not", async () => {
    expect(await plane.statusOf("admin", "GET", "/api/v1/secrets")).toBe(200);
    expect(await plane.statusOf("guard", "GET", "/api/v1/pods?limit=1")).toBe(200);
  });

  it.each(READ_RIGHTS.map((right) => ({ right, name: called(right) })))(
    "without '$name', check says so with the rule to paste, and a scan has the gap",
    async ({ right }) => {
      await permit(READ_RIGHTS.filter((other) => other !== right));
      const { code, line } = await checks();
      expect(code).toBe(1);
      expect(line).toMatchObject({ status: "fail", detail: `missing: ${called(right)}` });
      expect(line?.fix).toBe(`add to the rules of its user's ClusterRole:\n  - ${ruleFor(right)}`);
      const { complete, gaps } = await stage.json(["scan"]);
      const gap = gapWithout(right);
      expect(gaps.map(({ scope, what }) => `${scope}: ${what}`)).toEqual(gap === null ? [] : [`cluster ${CLUSTER.id}: ${gap}`]);
      for (const { why } of gaps) expect(why).toContain(`cannot ${right.verb} resource`);
      expect(complete).toBe(gap === null);
    },
  );
});
