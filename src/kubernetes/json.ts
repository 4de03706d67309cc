/** What an answer in JSON holds, whatever it is. */

/** The parsed text; undefined where it is no JSON, so that nothing is found in it. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A value's own property; undefined where it has none. */
export function property(object: unknown, name: string): unknown {
  return typeof object === "object" && object !== null && Object.hasOwn(object, name) ? Reflect.get(object, name) : undefined;
}
