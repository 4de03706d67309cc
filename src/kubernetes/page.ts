import { jsonOf, property } from "./json.ts";

/**
 * A list's page, item by item, while it arrives: what a page holds as parsed objects is several times its text, and the managedFields of
 * its items, which nobody here reads, are most of that. So each item is parsed alone, without them, and is let go before the next. No
 * more than one item's text is held at a time.
 */

export interface PageEnd {
  readonly items: number;
  /** What the page says of itself, as written: `PodList`, `v1`. */
  readonly kind: unknown;
  readonly apiVersion: unknown;
  readonly resourceVersion: unknown;
  /** Token of the next page; empty on the last one. */
  readonly token: string;
  /** How many more objects the server announces; null where it does not say. */
  readonly remaining: number | null;
}

export interface PageReader {
  /** Takes the next bytes; the answer is why no more of them should come, or null. */
  readonly push: (chunk: Buffer) => string | null;
  /** What the page says of itself; null when it is no list. */
  readonly end: () => PageEnd | null;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** How deep things lie in a page: the list's own keys, its items with their own keys, the keys of an item's metadata. */
const KEYS_OF_LIST = 1;
const ITEMS = 2;
const ITEM = 3;
const KEYS_OF_METADATA = 4;

const MEGABYTE = 1024 * 1024;
/** etcd takes objects up to 1.5 MB by default; as JSON, with everything escaped, one may be some times as long. */
export const MOST_BYTES_OF_ITEM = 4 * MEGABYTE;

/** No key that is looked for is longer. */
const LONGEST_KEY = 64;
const PLACEHOLDER = Buffer.from("0");

/**
 * Reads a page as an API server writes it.
 *
 * @param take is given each parsed item
 */
export function openPage(take: (item: unknown) => void): PageReader {
  const ofList = createText();
  const ofItem = createText();
  const state: State = { depth: 0, text: "none", part: "", key: "", keyOfItem: "", at: "list", items: 0, ofList, ofItem };
  let broken = false;
  return {
    push(chunk) {
      if (broken) return null;
      try {
        scan(state, chunk, take);
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        broken = true;
      }
      return tooLong(state);
    },
    end: () => (broken ? null : endOf(state)),
  };
}

interface State {
  depth: number;
  /** Whether the next byte is inside of a text, and there behind a backslash. */
  text: "none" | "inside" | "escaped";
  /** The beginning of a text that began in an earlier chunk. */
  part: string;
  /** The newest text among the keys of the list or of metadata, and among an item's own keys. */
  key: string;
  keyOfItem: string;
  /** What the next byte belongs to. What belongs to managedFields is dropped. */
  at: "list" | "items" | "item" | "managedFields";
  items: number;
  /** The list itself, with a 0 in the place of each item; and the item at hand. */
  readonly ofList: Text;
  readonly ofItem: Text;
}

interface Text {
  readonly add: (bytes: Buffer) => void;
  readonly length: () => number;
  readonly start: () => string;
  readonly take: () => string;
}

function createText(): Text {
  let parts: Buffer[] = [];
  let length = 0;
  return {
    add(bytes) {
      if (bytes.length > 0) parts.push(bytes);
      length += bytes.length;
    },
    length: () => length,
    start: () => Buffer.concat(parts, Math.min(length, 2_000)).toString("utf8"),
    take() {
      const text = Buffer.concat(parts).toString("utf8");
      parts = [];
      length = 0;
      return text;
    },
  };
}

function scan(state: State, chunk: Buffer, take: (item: unknown) => void): void {
  /** Where what is not yet kept begins, and the newest text. */
  let from = 0;
  let textFrom = 0;
  const keep = (until: number) => {
    if (state.at !== "managedFields") (state.at === "item" ? state.ofItem : state.ofList).add(chunk.subarray(from, until));
    from = until;
  };
  for (let at = 0; at < chunk.length; at += 1) {
    const byte = chunk[at];
    if (state.text === "escaped") state.text = "inside";
    else if (state.text === "inside") {
      if (byte === BACKSLASH) state.text = "escaped";
      else if (byte === QUOTE) {
        noteKey(state, chunk, textFrom, at);
        state.text = "none";
      }
    } else if (byte === QUOTE) {
      state.text = "inside";
      textFrom = at + 1;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      state.depth += 1;
      opened(state, byte, at, keep);
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      closed(state, at, keep, take);
      state.depth -= 1;
    }
  }
  if (state.text !== "none") state.part = partOf(state, chunk, textFrom, chunk.length);
  keep(chunk.length);
}

function partOf({ part }: State, chunk: Buffer, from: number, to: number): string {
  return (part + chunk.toString("latin1", from, Math.min(to, from + LONGEST_KEY))).slice(0, LONGEST_KEY);
}

function noteKey(state: State, chunk: Buffer, from: number, to: number): void {
  if (state.depth === ITEM) state.keyOfItem = partOf(state, chunk, from, to);
  else if (state.depth === KEYS_OF_LIST || state.depth === KEYS_OF_METADATA) state.key = partOf(state, chunk, from, to);
  state.part = "";
}

function opened(state: State, byte: number, at: number, keep: (until: number) => void): void {
  const { depth, key, keyOfItem } = state;
  if (state.at === "list" && byte === OPEN_BRACKET && depth === ITEMS && key === "items") state.at = "items";
  else if (state.at === "items" && depth === ITEM) {
    keep(at);
    state.ofList.add(PLACEHOLDER);
    state.at = "item";
  } else if (state.at === "item" && depth === KEYS_OF_METADATA + 1 && key === "managedFields" && keyOfItem === "metadata") {
    keep(at + 1);
    state.at = "managedFields";
  }
}

function closed(state: State, at: number, keep: (until: number) => void, take: (item: unknown) => void): void {
  const { depth } = state;
  if (state.at === "managedFields" && depth === KEYS_OF_METADATA + 1) {
    keep(at);
    state.at = "item";
  } else if (state.at === "item" && depth === ITEM) {
    keep(at + 1);
    state.at = "items";
    state.items += 1;
    take(JSON.parse(state.ofItem.take()));
  } else if (state.at === "items" && depth === ITEMS) state.at = "list";
}

function tooLong({ ofList, ofItem }: State): string | null {
  const most = `${MOST_BYTES_OF_ITEM / MEGABYTE} MB`;
  if (ofItem.length() > MOST_BYTES_OF_ITEM) return `${whichItem(ofItem.start())} is longer than ${most}, and can't be read`;
  return ofList.length() > MOST_BYTES_OF_ITEM ? `what is no list, longer than ${most}` : null;
}

/** `the object games/web-0`, as far as its beginning shows it. */
function whichItem(start: string): string {
  const name = /"metadata"\s*:\s*\{[^{}]*"name"\s*:\s*"([^"]+)"/.exec(start)?.[1];
  const namespace = /"metadata"\s*:\s*\{[^{}]*"namespace"\s*:\s*"([^"]+)"/.exec(start)?.[1];
  return name === undefined ? "an object" : `the object ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

function endOf({ ofList, items }: State): PageEnd | null {
  const list = jsonOf(ofList.take());
  const listed = property(list, "items");
  // API servers before 1.24 write an empty list as null (a nil slice of Go). A list without the key is none.
  if (listed === null ? items > 0 : !Array.isArray(listed) || listed.length !== items || listed.some((item) => item !== 0))
    return null;
  const metadata = property(list, "metadata");
  const token = property(metadata, "continue");
  const remaining = property(metadata, "remainingItemCount");
  return {
    items,
    kind: property(list, "kind"),
    apiVersion: property(list, "apiVersion"),
    resourceVersion: property(metadata, "resourceVersion"),
    token: typeof token === "string" ? token : "",
    remaining: typeof remaining === "number" ? remaining : null,
  };
}
