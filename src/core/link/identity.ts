import type { Address, ClusterFacts, ClusterObjects, Facts } from "../terms/facts.ts";
import { unknown } from "../terms/known.ts";
import type { Ledger } from "../terms/ledger.ts";
import { own } from "../terms/own.ts";
import { readAnnotations } from "./annotations.ts";
import { eipsOfAnnotations } from "./clusters.ts";
import { readTkeTags } from "./link.ts";

/**
 * Whether a kubeconfig leads to the cluster that it is configured for. A file copied to the wrong place would make every
 * workload look deleted at once. The Kubernetes API does not tell its TKE id, but two things do: the tags that ipamd put on the EIPs
 * of living Pods (domain.md §2.3), and the uid of namespace kube-system, which no other cluster has.
 */

/** The facts, with the objects of every cluster taken for unread that shows itself to be another one. */
export function questionClusters(facts: Facts, ledger: Ledger): Facts {
  const known = knownAddresses(facts);
  const clusters = facts.clusters.map((cluster) => {
    const doubt = doubtOf(cluster, known, ledger);
    return doubt === null ? cluster : { ...cluster, objects: unknown(doubt) };
  });
  return { ...facts, clusters };
}

function doubtOf(cluster: ClusterFacts, addresses: KnownAddresses, ledger: Ledger): string | null {
  if (!cluster.objects.known) return null;
  const objects = cluster.objects.value;
  const shown = shownBy(objects, addresses, cluster.id);
  if (shown === cluster.id) return null;
  if (shown !== null) return `its kubeconfig seems to lead to ${shown}, whose tags the EIPs of its Pods carry`;
  const before = own(ledger.clusters, cluster.id)?.systemUid;
  if (before === undefined || objects.namespaces.state !== "complete" || systemUid(objects) === before) return null;
  return "its kubeconfig leads to another cluster than before: namespace kube-system has another uid";
}

/**
 * The uid of each cluster's namespace kube-system, where the tags on the EIPs of its Pods prove that it is that cluster. Only a
 * proven uid is remembered, so that a wrong kubeconfig on the first day does not make the right one look wrong ever after.
 */
export function provenSystemUids(facts: Facts): ReadonlyMap<string, string> {
  const known = knownAddresses(facts);
  const proven = new Map<string, string>();
  for (const { id, objects } of facts.clusters) {
    if (!objects.known || shownBy(objects.value, known, id) !== id) continue;
    const uid = systemUid(objects.value);
    if (uid !== null) proven.set(id, uid);
  }
  return proven;
}

function systemUid({ namespaces }: ClusterObjects): string | null {
  if (namespaces.state !== "complete") return null;
  return namespaces.items.find(({ name }) => name === "kube-system")?.uid ?? null;
}

interface KnownAddresses {
  readonly byId: ReadonlyMap<string, Address>;
  readonly idByIp: ReadonlyMap<string, string>;
}

function knownAddresses({ regions }: Facts): KnownAddresses {
  const all = regions.flatMap(({ addresses }) => (addresses.known ? addresses.value : []));
  return {
    byId: new Map(all.map((address) => [address.id, address])),
    idByIp: new Map(all.map(({ ip, id }) => [ip, id])),
  };
}

/**
 * The cluster that made the bound EIPs of living Pods: this one where any says so, else the first that one names. An EIP that a
 * person listed may come from anywhere, and says nothing.
 */
function shownBy({ pods }: ClusterObjects, { byId, idByIp }: KnownAddresses, own: string): string | null {
  let shown: string | null = null;
  if (pods.state !== "complete") return shown;
  for (const pod of pods.items) {
    const annotations = readAnnotations(pod.annotations);
    if (annotations.idList !== null) continue;
    for (const id of eipsOfAnnotations(annotations, idByIp)) {
      const address = byId.get(id);
      if (address === undefined || address.status !== "BIND") continue;
      const { tkeTags, tagCluster } = readTkeTags(address);
      if (tkeTags !== "both") continue;
      if (tagCluster === own) return own;
      shown ??= tagCluster;
    }
  }
  return shown;
}
