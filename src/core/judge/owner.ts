import { type ClusterView, keyOf } from "../link/clusters.ts";
import { describeWorkload } from "../terms/describe.ts";
import type { OwnerReference, Workload } from "../terms/facts.ts";
import { kindOf } from "../terms/kinds.ts";
import { own } from "../terms/own.ts";
import { type Owner, type OwnerKeys, type OwnerMark, ownerName } from "../terms/owner.ts";
import type { Situation } from "./situation.ts";
import { samePodName } from "./standing.ts";

/**
 * Whose an EIP is, by what can be read now: the first that names somebody of its Pod, the template of its workload, its namespace, and its
 * own tags (contract.md, Owner). What is gone names nobody, and neither does a Pod of which nobody knows whether it is the right one.
 */
export function ownerOf(situation: Situation, keys: Pick<OwnerKeys, "tags">): Owner | null {
  return byObjects(situation) ?? byTags(situation, keys);
}

function byObjects(situation: Situation): Owner | null {
  const { linked, home, conflict } = situation;
  const { pod } = linked;
  if (pod === null || conflict !== null || home.state !== "live" || home.id !== pod.cluster) return null;
  const { view } = home;
  const living = pod.view?.pod.ownerMark ?? null;
  if (living !== null) return said(living, `Pod ${pod.namespace}/${pod.name}`);
  const workload = workloadOf(situation, view);
  if (workload !== null && workload.ownerMark !== null)
    return said(workload.ownerMark, `the template of ${describeWorkload(workload)}`);
  const namespace = view.namespaces?.get(pod.namespace)?.ownerMark ?? null;
  return namespace === null ? null : said(namespace, `namespace ${pod.namespace}`);
}

/** The living workload that its Pod belongs to: the one that includes it, or the owner that was seen, by its uid. */
function workloadOf({ standing, linked }: Situation, view: ClusterView): Workload | null {
  if (standing.is === "included" || standing.is === "zero" || standing.is === "scaled-away") return standing.workload;
  const { pod, memory } = linked;
  if (pod === null) return null;
  if (standing.is === "pod-exists") return living(standing.owner.owner, pod.namespace, view);
  const seen = memory?.pod ?? null;
  return seen !== null && samePodName(seen, pod) ? living(seen.owner, pod.namespace, view) : null;
}

function living(owner: OwnerReference | null, namespace: string, view: ClusterView): Workload | null {
  const kind = owner === null ? null : kindOf(owner);
  if (owner === null || kind === null) return null;
  const workload = view.workloads[kind].get(keyOf(namespace, owner.name));
  return workload?.uid === owner.uid ? workload : null;
}

function said({ name, key }: OwnerMark, of: string): Owner {
  return { name, from: `${key} of ${of}` };
}

function byTags({ linked }: Situation, { tags: keys }: Pick<OwnerKeys, "tags">): Owner | null {
  const { tags } = linked.address;
  if (!tags.known) return null;
  for (const key of keys) {
    const name = ownerName(own(tags.value, key));
    if (name !== null) return { name, from: `tag ${key}` };
  }
  return null;
}
