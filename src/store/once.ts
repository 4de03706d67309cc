import { DAY } from "../core/terms/time.ts";
import type { StoreWriter } from "../ports.ts";
import type { Shelf } from "./shelf.ts";

/** How long a key that was used is remembered at least: far longer than anything signed may be old. */
const REMEMBERED = DAY / 1_000;
/** Old ones are looked for at the first use of a process, and after so many. */
const TIDY = 200;

/** Keys that are used once only, whoever tries again and from whatever process. */
export function useOnceOf(shelf: Shelf): StoreWriter["useOnce"] {
  let uses = 0;
  return async (key, at) => {
    const since = Math.floor(at / 1_000);
    const tidy = uses % TIDY === 0;
    uses += 1;
    const [first] = await Promise.all([
      shelf.rememberOnce(key, since),
      // What can't be tidied away takes room and nothing else.
      tidy ? shelf.forgetOnce(Math.max(0, since - REMEMBERED)).catch(() => undefined) : null,
    ]);
    return first;
  };
}
