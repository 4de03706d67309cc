import type { Workload } from "../terms/facts.ts";
import { kindOf, rowOf, WORKLOAD_KINDS } from "../terms/kinds.ts";
import { privateAddressKey } from "../terms/place.ts";
import { readAnnotations, templatesOf } from "./annotations.ts";
import { type ClaimView, type ClusterView, eipsOfAnnotations, keyOf, topOwner } from "./clusters.ts";
import { describePod, type Evidence, Piece } from "./evidence.ts";
import { parsePodName } from "./ordinals.ts";
import { addressesOf } from "./pod-addresses.ts";

/** What Pods, claims and lists of all clusters say of EIPs. */

export interface ClaimReference {
  readonly cluster: string;
  readonly claim: ClaimView;
}

export interface ListReference {
  readonly cluster: string;
  /** `StatefulSet games/web`: whose `eip-id-list` names the EIP. */
  readonly owner: string;
  readonly position: number;
}

/** What all clusters say, by AddressId. */
export interface Pieces {
  readonly evidence: Map<string, Evidence[]>;
  readonly claims: Map<string, ClaimReference[]>;
  readonly ambiguous: Map<string, ClaimReference[]>;
  readonly lists: Map<string, ListReference[]>;
  readonly conflicts: Map<string, string>;
}

function push<T>(map: Map<string, T[]>, key: string, item: T): void {
  const items = map.get(key);
  if (items === undefined) map.set(key, [item]);
  // An array that grows reserves room for seventeen: most of a hundred thousand hold three.
  else if (items.length < FEW) map.set(key, items.concat([item]));
  else items.push(item);
}

const FEW = 8;

/** Goes through all clusters once. */
export function gather(
  clusters: ReadonlyMap<string, ClusterView>,
  addressIds: ReadonlyMap<string, string>,
  privateIps: ReadonlyMap<string, string>,
): Pieces {
  const pieces: Pieces = { evidence: new Map(), claims: new Map(), ambiguous: new Map(), lists: new Map(), conflicts: new Map() };
  for (const view of clusters.values()) {
    gatherPods(view, addressIds, privateIps, pieces);
    gatherClaims(view, addressIds, pieces);
    gatherLists(view, pieces);
  }
  return pieces;
}

function gatherPods(
  view: ClusterView,
  addressIds: ReadonlyMap<string, string>,
  privateIps: ReadonlyMap<string, string>,
  pieces: Pieces,
): void {
  const cluster = view.facts.id;
  for (const { pod, annotations } of view.pods.values()) {
    for (const id of annotations.eipId) {
      push(pieces.evidence, id, new Piece("pod-annotation", null, cluster, pod));
    }
    for (const ip of annotations.publicIp) {
      const id = addressIds.get(ip);
      if (id === undefined) continue;
      push(pieces.evidence, id, new Piece("address", ip, cluster, pod));
    }
    const own = eipsOfAnnotations(annotations, addressIds);
    if (own.length > 1) {
      for (const id of own)
        pieces.conflicts.set(id, `${describePod(pod, cluster)} names several EIPs in its annotations: ${own.join(", ")}`);
    }
    for (const ip of addressesOf(pod)) {
      const id = privateIps.get(privateAddressKey(view.facts, ip));
      if (id === undefined) continue;
      push(pieces.evidence, id, new Piece("private-ip", ip, cluster, pod));
    }
  }
}

function gatherClaims(view: ClusterView, addressIds: ReadonlyMap<string, string>, pieces: Pieces): void {
  const cluster = view.facts.id;
  for (const [key, claim] of view.claims.byPod) {
    const reference = { cluster, claim };
    if (claim.names.length > 1 || claim.others.length > 0) {
      for (const id of claim.names) push(pieces.ambiguous, id, reference);
      continue;
    }
    const [named] = claim.names;
    if (named === undefined) continue;
    push(pieces.claims, named, reference);
    push(pieces.evidence, named, new Piece("claim", null, cluster, claim.claim));
    const pod = view.pods.get(key);
    if (pod === undefined) continue;
    const annotated = eipsOfAnnotations(pod.annotations, addressIds);
    if (annotated.every((id) => id === named)) continue;
    for (const id of [named, ...annotated]) {
      pieces.conflicts.set(id, `Pod ${key} in ${cluster} names ${annotated.join(" and ")}, its claim names ${named}`);
    }
  }
}

/** Every `eip-id-list`, of templates and of Pods; the copies that a workload's own Pods carry are its own list. */
function gatherLists(view: ClusterView, pieces: Pieces): void {
  const cluster = view.facts.id;
  const seen = new Set<string>();
  const note = (owner: string, list: readonly string[], podNameAt: (position: number) => string | null, namespace: string) => {
    for (const [position, id] of list.entries()) {
      const mark = `${owner} ${id} ${position}`;
      if (seen.has(mark)) continue;
      seen.add(mark);
      push(pieces.lists, id, { cluster, owner, position });
      const name = podNameAt(position);
      const pod = name === null ? null : { namespace, name };
      push(pieces.evidence, id, new Piece("id-list", `${owner}, position ${position}`, cluster, pod));
    }
  };
  for (const kind of WORKLOAD_KINDS) {
    const ordinals = rowOf(kind).names === "ordinals";
    for (const workload of view.workloads[kind].values()) {
      const owner = `${kind} ${workload.namespace}/${workload.name}`;
      const podNameAt = (position: number) => (ordinals ? `${workload.name}-${position}` : null);
      for (const list of ownLists(view, workload)) note(owner, list, podNameAt, workload.namespace);
    }
  }
  for (const { pod, annotations } of view.pods.values()) {
    if (annotations.idList === null) continue;
    const { owner } = topOwner(view, pod.namespace, pod.owner);
    const kind = owner === null ? null : kindOf(owner);
    const name = owner === null ? `Pod ${pod.namespace}/${pod.name}` : `${kind ?? owner.kind} ${pod.namespace}/${owner.name}`;
    const ordinal = parsePodName(pod.name)?.ordinal ?? null;
    note(name, annotations.idList, (position) => (position === ordinal ? pod.name : null), pod.namespace);
  }
  // It gives its annotations to all Pods on super nodes, whether one stands there now or not (domain.md §2.1); they carry the same list.
  // One that could not be read withholds releases around it (homes.ts, unreadableAround).
  const ofAll = view.eksConfig.known ? (view.eksConfig.value?.idList ?? []) : [];
  const nobodys = ofAll.filter((id) => !pieces.lists.has(id));
  note("ConfigMap kube-system/eks-config", nobodys, () => null, "kube-system");
}

/** The lists of a workload's templates, but for what a listed workload above it says too: a Deployment's ReplicaSet repeats it. */
function ownLists(view: ClusterView, workload: Workload): readonly (readonly string[])[] {
  const lists = listsOf(workload);
  if (lists.length === 0 || workload.owner === null) return lists;
  const kind = kindOf(workload.owner);
  const owner = kind === null ? undefined : view.workloads[kind].get(keyOf(workload.namespace, workload.owner.name));
  if (owner === undefined || owner.uid !== workload.owner.uid) return lists;
  const said = new Set(listsOf(owner).flat());
  return lists.filter((list) => !list.every((id) => said.has(id)));
}

function listsOf(workload: Workload): readonly (readonly string[])[] {
  return templatesOf(workload).flatMap((template) => {
    const { idList } = readAnnotations(template);
    return idList === null ? [] : [idList];
  });
}
