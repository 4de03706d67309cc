/** When something is to be looked at again, earliest first: a binary heap. */
export interface Wakes<T> {
  readonly add: (at: number, what: T) => void;
  /** Everything whose time has come, taken out. */
  readonly due: (now: number) => readonly T[];
}

interface Wake<T> {
  readonly at: number;
  readonly what: T;
}

export function createWakes<T>(): Wakes<T> {
  const heap: Wake<T>[] = [];
  return {
    add(at, what) {
      heap.push({ at, what });
      rise(heap);
    },
    due(now) {
      const found: T[] = [];
      for (let first = heap[0]; first !== undefined && first.at <= now; first = heap[0]) {
        found.push(first.what);
        const last = heap.pop();
        if (last !== undefined && heap.length > 0) sink(heap, last);
      }
      return found;
    },
  };
}

/** The newest goes up until none above it is later. */
function rise<T>(heap: Wake<T>[]): void {
  let at = heap.length - 1;
  while (at > 0) {
    const above = (at - 1) >> 1;
    const [one, other] = [heap[above], heap[at]];
    if (one === undefined || other === undefined || one.at <= other.at) return;
    heap[above] = other;
    heap[at] = one;
    at = above;
  }
}

/** Takes the first place, and goes down until none below it is earlier. */
function sink<T>(heap: Wake<T>[], wake: Wake<T>): void {
  let at = 0;
  for (;;) {
    const left = heap[2 * at + 1];
    const right = heap[2 * at + 2];
    const next = right !== undefined && left !== undefined && right.at < left.at ? 2 * at + 2 : 2 * at + 1;
    const below = heap[next];
    if (below === undefined || below.at >= wake.at) break;
    heap[at] = below;
    at = next;
  }
  heap[at] = wake;
}
