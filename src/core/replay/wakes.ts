/** When something is to be looked at again, earliest first: a binary heap, in two arrays that need no object for each entry. */
export interface Wakes<T extends NonNullable<unknown>> {
  readonly add: (at: number, what: T) => void;
  /** Everything whose time has come, taken out. */
  readonly due: (now: number) => readonly T[];
}

interface Heap<T> {
  readonly times: number[];
  readonly items: T[];
}

const NOTHING: readonly never[] = [];

export function createWakes<T extends NonNullable<unknown>>(): Wakes<T> {
  const heap: Heap<T> = { times: [], items: [] };
  return {
    add(at, what) {
      heap.times.push(at);
      heap.items.push(what);
      rise(heap, at, what);
    },
    due(now) {
      if (firstTime(heap) > now) return NOTHING;
      const found: T[] = [];
      for (let [first] = heap.items; first !== undefined && firstTime(heap) <= now; [first] = heap.items) {
        found.push(first);
        removeFirst(heap);
      }
      return found;
    },
  };
}

function firstTime<T>({ times }: Heap<T>): number {
  return times[0] ?? Number.POSITIVE_INFINITY;
}

function removeFirst<T>(heap: Heap<T>): void {
  const [at, what] = [heap.times.pop(), heap.items.pop()];
  if (at !== undefined && what !== undefined && heap.times.length > 0) sink(heap, at, what);
}

/** The newest goes up until none above it is later. */
function rise<T>({ times, items }: Heap<T>, at: number, what: T): void {
  let place = times.length - 1;
  while (place > 0) {
    const above = (place - 1) >> 1;
    const [time, item] = [times[above], items[above]];
    if (time === undefined || item === undefined || time <= at) break;
    times[place] = time;
    items[place] = item;
    place = above;
  }
  times[place] = at;
  items[place] = what;
}

/** Takes the first place, and goes down until none below it is earlier. */
function sink<T>({ times, items }: Heap<T>, at: number, what: T): void {
  let place = 0;
  for (;;) {
    const left = 2 * place + 1;
    const below = (times[left + 1] ?? Number.POSITIVE_INFINITY) < (times[left] ?? Number.POSITIVE_INFINITY) ? left + 1 : left;
    const [time, item] = [times[below], items[below]];
    if (time === undefined || item === undefined || time >= at) break;
    times[place] = time;
    items[place] = item;
    place = below;
  }
  times[place] = at;
  items[place] = what;
}
