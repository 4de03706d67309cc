import type { Autoscaler, OwnerReference, Workload } from "../terms/facts.ts";
import { groupOf, kindOf, rowOf } from "../terms/kinds.ts";
import { known, type Reading, unknown } from "../terms/known.ts";
import { type ClusterView, keyOf } from "./clusters.ts";
import { includesUpTo } from "./ordinals.ts";

/**
 * Whether something may scale a workload up again, so that it includes an ordinal that it does not include now (domain.md §2.5): an
 * autoscaler of it, or of what stands above it at any height. An owner that is not counted here may do so by itself: then it is not known.
 */
export function comesBack(workload: Workload, ordinal: number, view: ClusterView): Reading<boolean> {
  const above = ownersAbove(workload, view);
  const { scalers, unread } = view.scalers;
  let doubt = unread;
  for (const scaler of scalers) {
    const scaled = scaledBy(scaler, workload, above);
    if (scaled === null) continue;
    const covered = scaled === "perhaps" ? unknown(`${describeScaler(scaler)} may scale it`) : reaches(scaler, scaled, ordinal);
    if (covered.known && covered.value) return covered;
    if (!covered.known) doubt ??= covered.why;
  }
  doubt ??= above.uncounted;
  return doubt === null ? known(false) : unknown(doubt);
}

/** Whether what stands above a workload decides by itself what the workload includes; null where nothing of that sort does. */
export function ownerDecides(workload: Workload, view: ClusterView): string | null {
  return ownersAbove(workload, view).uncounted;
}

interface Above {
  readonly references: readonly OwnerReference[];
  /** Those whose Pods are counted as their own workload's are: a GameServerSet above its Advanced StatefulSet. */
  readonly counted: readonly Workload[];
  /** The first of another sort, or that is not listed, in words; null where there is none. */
  readonly uncounted: string | null;
}

/** All owners at any height, controllers or not. */
function ownersAbove(workload: Workload, view: ClusterView): Above {
  const references: OwnerReference[] = [];
  const counted: Workload[] = [];
  let uncounted: string | null = null;
  const waiting = ownersOf(workload);
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const reference = next;
    if (references.some(({ uid, kind, name }) => uid === reference.uid && kind === reference.kind && name === reference.name))
      continue;
    references.push(reference);
    const kind = kindOf(reference);
    const owner = kind === null ? undefined : view.workloads[kind].get(keyOf(workload.namespace, reference.name));
    const listed = owner?.uid === reference.uid ? owner : undefined;
    if (listed !== undefined) waiting.push(...ownersOf(listed));
    if (listed !== undefined && rowOf(listed.kind).names === "ordinals") counted.push(listed);
    else uncounted ??= `${reference.kind} ${reference.name} stands above it, and may scale it up again`;
  }
  return { references, counted, uncounted };
}

function ownersOf({ owner, otherOwners }: Workload): OwnerReference[] {
  return owner === null ? [...otherOwners] : [owner, ...otherOwners];
}

function describeScaler({ kind, namespace, name }: Autoscaler): string {
  return `${kind} ${namespace}/${name}`;
}

/** The workloads whose replicas an autoscaler sets; null where it has nothing to do with this one. */
function scaledBy(scaler: Autoscaler, workload: Workload, above: Above): readonly Workload[] | "perhaps" | null {
  const { target, namespace } = scaler;
  if (namespace !== workload.namespace) return null;
  if (target === null) return "perhaps";
  const kind = kindOf(target);
  if (kind === workload.kind && target.name === workload.name) return [workload];
  const counted = above.counted.find((owner) => owner.kind === kind && owner.name === target.name);
  if (counted !== undefined) return [counted, workload];
  if (above.references.some((owner) => isSame(owner, target))) return "perhaps";
  if (kind !== null) return null;
  // Operators name what they make after what they were asked for: `db` makes the StatefulSet `db-mysql`.
  const names = [workload.name, ...above.references.map(({ name }) => name)];
  return names.some((name) => name === target.name || name.startsWith(`${target.name}-`)) ? "perhaps" : null;
}

type Target = NonNullable<Autoscaler["target"]>;

/** The same object under any version. */
function isSame(owner: OwnerReference, target: Target): boolean {
  return (
    owner.name === target.name &&
    groupOf(owner.apiVersion) === groupOf(target.apiVersion) &&
    owner.kind.toLowerCase() === target.kind.toLowerCase()
  );
}

function reaches(scaler: Autoscaler, scaled: readonly Workload[], ordinal: number): Reading<boolean> {
  const { maxReplicas } = scaler;
  if (maxReplicas === null) return unknown(`${describeScaler(scaler)} does not say how far it scales`);
  const covered = scaled.map((workload) => includesUpTo(workload, maxReplicas, ordinal));
  return covered.find((one) => one.known && one.value) ?? covered.find((one) => !one.known) ?? known(false);
}
