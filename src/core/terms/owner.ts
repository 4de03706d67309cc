/** Whose an EIP is, for people: who is asked, and who pays (contract.md, Owner). Nothing is released by it alone. */

/** Where the name of an owner stands, in the order in which it is looked for. */
export interface OwnerKeys {
  /** Keys of labels of Pods, Pod templates and namespaces. */
  readonly labels: readonly string[];
  /** Keys of their annotations. */
  readonly annotations: readonly string[];
  /** Keys of tags of EIPs. */
  readonly tags: readonly string[];
}

/** The values that hold where the configuration names no keys. */
export const USUAL_OWNER_KEYS: OwnerKeys = { labels: ["team", "app.kubernetes.io/part-of"], annotations: [], tags: ["Owner"] };

/** What one object says of its owner. */
export interface OwnerMark {
  readonly name: string;
  /** `label team`: where the object says it. */
  readonly key: string;
}

export interface Owner {
  /** As the label, annotation or tag has it. */
  readonly name: string;
  /** `label team of namespace games`. */
  readonly from: string;
}

/** A longer value is a text, and no name. */
const LONGEST = 253;

/** What stands under a key as a name; null for an empty value, and for one that is too long to be a name. */
export function ownerName(value: string | null | undefined): string | null {
  const name = value?.trim() ?? "";
  return name === "" || name.length > LONGEST ? null : name;
}
