import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/assemble.ts";
import type { ClusterFacts, ClusterObjects } from "../../src/core/terms/facts.ts";
import type { Reading } from "../../src/core/terms/known.ts";
import { known } from "../../src/core/terms/known.ts";
import { type Clusters, createKubernetesReader, openClusters } from "../../src/kubernetes/index.ts";
import { ipamd } from "../core/build.ts";
import type { ControlPlane, Token } from "./control-plane.ts";

/** A control plane as the product reads it. */
export interface Reader {
  readonly clusters: (token: Token) => Promise<Clusters>;
  readonly read: (token: Token, onPage?: (read: number) => void) => Promise<Reading<ClusterObjects>>;
  /** As admin; throws where the cluster can't be read. */
  readonly objects: () => Promise<ClusterObjects>;
  readonly close: () => Promise<void>;
}

export const CLUSTER = { id: "cls-11111111", account: "default", region: "ap-guangzhou", product: "tke" } as const;

export async function openReader(plane: ControlPlane): Promise<Reader> {
  const folder = await mkdtemp(join(tmpdir(), "eip-guard-kube-test-"));
  const clusters = async (token: Token) => {
    const path = join(folder, `${token}.yaml`);
    await writeFile(path, plane.kubeconfig(token));
    return openClusters([{ ...CLUSTER, path, context: null }], null);
  };
  const read = async (token: Token, onPage?: (read: number) => void) =>
    createKubernetesReader(await clusters(token), systemClock()).objects(CLUSTER, onPage);
  return {
    clusters,
    read,
    async objects() {
      const reading = await read("admin");
      if (!reading.known) throw new Error(reading.why);
      return reading.value;
    },
    close: () => rm(folder, { recursive: true }),
  };
}

/** The cluster with what was read of it, in a cloud that says nothing else; its threshold is never. */
export function clusterWith(objects: Reading<ClusterObjects>): ClusterFacts {
  const status = { state: "running" } as const;
  return { ...CLUSTER, name: "", vpcId: null, status, objects, ipamd: known(ipamd({ claimExpiredDuration: "0s" })) };
}

/** A CustomResourceDefinition that takes any object. */
export function crd(group: string, version: string, plural: string, kind: string, shortNames: readonly string[] = []) {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural, kind, singular: kind.toLowerCase(), listKind: `${kind}List`, shortNames },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
        },
      ],
    },
  };
}
