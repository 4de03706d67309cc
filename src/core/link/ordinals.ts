import type { Workload } from "../terms/facts.ts";
import { known, type Reading, unknown } from "../terms/known.ts";

/** Which Pods a workload with stable names has (domain.md §2.5). */
export interface Ordinals {
  readonly includes: (ordinal: number) => boolean;
  /** Given up by a person: `reserveOrdinals`, `reserveGameServerIds`. */
  readonly reserved: (ordinal: number) => boolean;
  readonly count: number;
}

const ORDINAL = /^(0|[1-9][0-9]*)$/;

/** Parent and ordinal of a Pod's name, greedily: the parent may itself end in digits. Null for a name that no such workload gives. */
export function parsePodName(name: string): { readonly parent: string; readonly ordinal: number } | null {
  const dash = name.lastIndexOf("-");
  const digits = name.slice(dash + 1);
  if (dash < 1 || !ORDINAL.test(digits)) return null;
  const ordinal = Number(digits);
  return Number.isSafeInteger(ordinal) ? { parent: name.slice(0, dash), ordinal } : null;
}

/** The ordinals of a workload as it stands; unknown where its reservations can't be read. */
export function ordinalsOf(workload: Workload): Reading<Ordinals> {
  return walk(workload, workload.replicas);
}

/** Whether the workload would include an ordinal if it had this many replicas (an autoscaler's maxReplicas). */
export function includesUpTo(workload: Workload, replicas: number, ordinal: number): Reading<boolean> {
  const ordinals = walk(workload, Math.max(replicas, workload.replicas));
  return ordinals.known ? known(ordinals.value.includes(ordinal)) : ordinals;
}

interface Span {
  readonly from: number;
  /** Inclusive; a span that ends before it begins holds nothing. */
  readonly to: number;
}

/**
 * Walks from `start`, skips what is reserved, until `replicas` are counted: replicas 4, reserved {1,3}, start 2 gives 2,4,5,6. The
 * walk goes from reservation to reservation, so that it takes as long as there are reservations, not Pods.
 */
function walk(workload: Workload, replicas: number): Reading<Ordinals> {
  const { kind, namespace, name, start } = workload;
  for (const [what, value] of Object.entries({ replicas, start })) {
    if (!Number.isSafeInteger(value)) return unknown(`the ${what} of ${kind} ${namespace}/${name} can't be read`);
  }
  const spans = readSpans(workload);
  if (!spans.known) return spans;
  let next = workload.start;
  let left = replicas;
  const included: Span[] = [];
  for (const span of spans.value) {
    const free = Math.max(0, Math.min(span.from - next, left));
    included.push({ from: next, to: next + free - 1 });
    left -= free;
    next = Math.max(next, span.to + 1);
  }
  included.push({ from: next, to: next + left - 1 });
  const within = (list: readonly Span[], ordinal: number) => list.some((span) => ordinal >= span.from && ordinal <= span.to);
  return known({
    includes: (ordinal) => within(included, ordinal),
    reserved: (ordinal) => within(spans.value, ordinal),
    count: Math.max(0, replicas),
  });
}

/** Reservations in order. The StatefulSet of `apps` has none. */
function readSpans(workload: Workload): Reading<readonly Span[]> {
  const spans: Span[] = [];
  for (const entry of workload.reserved) {
    const span = readSpan(entry);
    if (span === null) {
      return unknown(
        `${workload.kind} ${workload.namespace}/${workload.name} reserves '${String(entry)}', which is no ordinal and no range`,
      );
    }
    spans.push(span);
  }
  return known(spans.sort((one, other) => one.from - other.from));
}

function readSpan(entry: number | string): Span | null {
  const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(String(entry).trim()) ?? [];
  if (first === undefined) return null;
  const from = Number(first);
  const to = last === undefined ? from : Number(last);
  return to < from ? null : { from, to };
}
