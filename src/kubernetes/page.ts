/**
 * A list's page, item by item: what a page holds as parsed objects is several times its text, and the managedFields of its items, which
 * nobody here reads, are most of that. So each item is parsed alone, without them, and can be let go before the next.
 */

export interface PageEnd {
  /** Token of the next page; empty on the last one. */
  readonly token: string;
  readonly items: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** How deep things lie in a page: the list's own keys, its items, the keys of an item's metadata. */
const KEYS_OF_LIST = 1;
const ITEM = 3;
const KEYS_OF_METADATA = 4;

/**
 * Reads a page as an API server writes it.
 *
 * @param take is given each parsed item
 * @returns null when the text is no list
 */
export function readPage(page: Buffer, take: (item: unknown) => void): PageEnd | null {
  try {
    return scan(page, take);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function scan(page: Buffer, take: (item: unknown) => void): PageEnd | null {
  let depth = 0;
  let items = 0;
  /** The newest text at a depth where keys are looked at. */
  let key = "";
  let inItems = false;
  let hasItems = false;
  /** Where what is not yet copied begins. */
  let from = 0;
  /** What belongs to the list itself, and to the item at hand. */
  const ofList: string[] = [];
  const ofItem: string[] = [];
  for (let at = 0; at < page.length; at += 1) {
    const byte = page[at];
    if (byte === QUOTE) {
      const end = endOfText(page, at + 1);
      if (depth === KEYS_OF_LIST || depth === KEYS_OF_METADATA) key = page.toString("latin1", at + 1, end);
      at = end;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth += 1;
      if (byte === OPEN_BRACKET && depth === KEYS_OF_LIST + 1 && key === "items") {
        inItems = true;
        hasItems = true;
        ofList.push(page.toString("utf8", from, at + 1));
      } else if (inItems && depth === ITEM) from = at;
      else if (inItems && depth === KEYS_OF_METADATA + 1 && key === "managedFields") {
        ofItem.push(page.toString("utf8", from, at + 1));
        at = endOfValue(page, at + 1) - 1;
        from = at + 1;
      }
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      if (inItems && depth === ITEM) {
        ofItem.push(page.toString("utf8", from, at + 1));
        take(JSON.parse(ofItem.join("")));
        ofItem.length = 0;
        items += 1;
      } else if (inItems && depth === KEYS_OF_LIST + 1) {
        inItems = false;
        from = at;
      }
      depth -= 1;
    }
  }
  ofList.push(page.toString("utf8", from));
  // Go writes an empty list as null.
  const list: unknown = JSON.parse(ofList.join(""));
  if (typeof list !== "object" || list === null || !("items" in list) || (!hasItems && list.items !== null)) return null;
  const metadata: unknown = "metadata" in list ? list.metadata : null;
  const token = typeof metadata === "object" && metadata !== null && "continue" in metadata ? metadata.continue : "";
  return { token: typeof token === "string" ? token : "", items };
}

/** Where the text that begins at `at` has its closing quote. */
function endOfText(page: Buffer, at: number): number {
  for (let end = at; end < page.length; end += 1) {
    const byte = page[end];
    if (byte === BACKSLASH) end += 1;
    else if (byte === QUOTE) return end;
  }
  return page.length;
}

/** Where the list or object whose inside begins at `at` has its closing bracket. */
function endOfValue(page: Buffer, at: number): number {
  let depth = 1;
  for (let end = at; end < page.length; end += 1) {
    const byte = page[end];
    if (byte === QUOTE) end = endOfText(page, end + 1);
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth -= 1;
      if (depth === 0) return end;
    }
  }
  return page.length;
}
