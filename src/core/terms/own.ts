/**
 * The value that a record itself holds under a key. Keys come from outside (tags, names, ids): what every object inherits
 * (`constructor`, `__proto__`) is nobody's value.
 */
export function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
