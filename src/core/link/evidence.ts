import { byText } from "../terms/order.ts";
import type { EvidenceResult } from "../terms/result.ts";

/** What links an EIP to a Pod or a cluster, piece by piece (domain.md §2.4). */

export interface Evidence extends EvidenceResult {
  /** What `detail` needs besides: an address, a list's owner and position, which tags; null where the kind says it all. */
  readonly about: string | null;
  readonly cluster: string;
  /** The Pod that this piece names; null where it names only a cluster or a workload without stable names. */
  readonly pod: { readonly namespace: string; readonly name: string } | null;
}

/**
 * One piece of evidence, put into words when somebody reads it: a large account has a hundred thousand pieces. A class, so that the words
 * cost nothing where nobody asks for them.
 */
export class Piece implements Evidence {
  readonly kind: Evidence["kind"];
  readonly about: string | null;
  readonly cluster: string;
  readonly pod: Evidence["pod"];

  constructor(kind: Evidence["kind"], about: string | null, cluster: string, pod: Evidence["pod"]) {
    this.kind = kind;
    this.about = about;
    this.cluster = cluster;
    this.pod = pod;
  }

  get detail(): string {
    return describeEvidence(this);
  }

  toJSON(): EvidenceResult {
    return { kind: this.kind, detail: this.detail };
  }
}

function describeEvidence({ kind, about, cluster, pod }: Omit<Evidence, "detail">): string {
  const where = pod === null ? cluster : describePod(pod, cluster);
  switch (kind) {
    case "pod-annotation":
      return `annotation eip-id of ${where}`;
    case "claim":
      return `the EIPClaim of ${where} names it`;
    case "id-list":
      return `eip-id-list of ${about}, in ${cluster}`;
    case "address":
      return `annotation eip-public-ip ${about} of ${where}`;
    case "private-ip":
      return `bound to ${about}, the address of ${where}`;
    case "history":
      return `last seen with ${where}`;
    case "cluster-tag":
      return `${about} name${about === "tags" ? "" : "s"} ${cluster}`;
  }
}

export function describePod({ namespace, name }: { readonly namespace: string; readonly name: string }, cluster: string): string {
  return `Pod ${namespace}/${name} in ${cluster}`;
}

/** Strongest first (domain.md §2.4). */
const STRENGTH: readonly EvidenceResult["kind"][] = [
  "pod-annotation",
  "claim",
  "id-list",
  "address",
  "private-ip",
  "history",
  "cluster-tag",
];

/** The strongest piece first. */
export function byStrength(one: Evidence, other: Evidence): number {
  return STRENGTH.indexOf(one.kind) - STRENGTH.indexOf(other.kind) || byPlace(one, other);
}

/** Among pieces of one kind the order in which the API listed them decides nothing. */
function byPlace(one: Evidence, other: Evidence): number {
  return byText(placeOf(one), placeOf(other));
}

/** `namespace/name@cluster`, or the cluster alone. */
export function placeOf({ cluster, pod }: Evidence): string {
  return pod === null ? cluster : `${pod.namespace}/${pod.name}@${cluster}`;
}

/** Evidence that names a Pod. */
export type Naming = Evidence & { readonly pod: NonNullable<Evidence["pod"]> };

export function namesPod(piece: Evidence): piece is Naming {
  return piece.pod !== null;
}
