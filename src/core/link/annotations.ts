import type { Annotations, Workload } from "../terms/facts.ts";

/** The annotations by which Pods ask for EIPs (domain.md §2.1): either prefix for every key, in any mix. */
export const ANNOTATION_PREFIXES = ["tke.cloud.tencent.com/", "eks.tke.cloud.tencent.com/"] as const;

export const ATTRIBUTES = "eip-attributes";
export const DELETE_POLICY = "eip-claim-delete-policy";
export const ID_LIST = "eip-id-list";
export const CLAIM_EXPIRED = "claim-expired-duration";
export const NETWORKS = "networks";
export const PUBLIC_IP = "eip-public-ip";
export const EIP_ID = "eip-id";

/** The value that keeps an EIP after its Pod; case-sensitive. */
export const NEVER = "Never";

export interface EipAnnotations {
  /** `eip-attributes` is there; its presence is what counts. */
  readonly wantsEip: boolean;
  readonly attributes: readonly string[];
  /** Distinct raw values, under either prefix. */
  readonly deletePolicy: readonly string[];
  /** Some value is exactly `Never`: where two prefixes disagree, the one that keeps counts. */
  readonly never: boolean;
  /** The user's own EIPs, by position; null without the annotation. */
  readonly idList: readonly string[] | null;
  readonly claimExpired: readonly string[];
  readonly networks: readonly string[];
  readonly publicIp: readonly string[];
  readonly eipId: readonly string[];
  /** Keys that carry different values under the two prefixes. */
  readonly conflicts: readonly string[];
}

const KEYS = [ATTRIBUTES, DELETE_POLICY, ID_LIST, CLAIM_EXPIRED, NETWORKS, PUBLIC_IP, EIP_ID] as const;

type Key = (typeof KEYS)[number];

/** What a full key means: a fleet's Pods carry millions of annotations, and most mean nothing here. */
const MEANINGS: ReadonlyMap<string, Key> = new Map(
  ANNOTATION_PREFIXES.flatMap((prefix) => KEYS.map((key) => [prefix + key, key] as const)),
);

/** One empty list for all: a fleet has a hundred thousand Pods without any of these. */
const NONE: readonly string[] = [];

/** What a Pod says that says nothing. */
const NOTHING: EipAnnotations = {
  wantsEip: false,
  attributes: NONE,
  deletePolicy: NONE,
  never: false,
  idList: null,
  claimExpired: NONE,
  networks: NONE,
  publicIp: NONE,
  eipId: NONE,
  conflicts: NONE,
};

function distinct(values: readonly string[]): readonly string[] {
  if (values.length === 0) return NONE;
  return values.length === 1 ? values : [...new Set(values)];
}

/** Reads the annotations of a Pod or of a template. Empty outputs (`eip-id`, `eip-public-ip`) count as not written yet. */
export function readAnnotations(annotations: Annotations): EipAnnotations {
  const found = gather(annotations);
  if (found === null) return NOTHING;
  const values = (key: Key) => found[key] ?? NONE;
  const written = (key: Key) => (found[key] === undefined ? NONE : distinct(found[key].map(trimmed).filter(isWritten)));
  const attributes = values(ATTRIBUTES);
  const deletePolicy = values(DELETE_POLICY);
  const lists = values(ID_LIST);
  return {
    wantsEip: attributes.length > 0,
    attributes,
    deletePolicy,
    never: deletePolicy.includes(NEVER),
    idList: lists.length === 0 ? null : lists.flatMap(splitIds),
    claimExpired: written(CLAIM_EXPIRED),
    networks: written(NETWORKS),
    publicIp: written(PUBLIC_IP),
    eipId: written(EIP_ID),
    conflicts: distinct(KEYS.filter((key) => values(key).length > 1)),
  };
}

/** The annotations of each Pod template of a workload, the main one first. */
export function templatesOf({ templateAnnotations, otherTemplates }: Workload): readonly Annotations[] {
  return [templateAnnotations, ...otherTemplates];
}

/** Distinct raw values by key, in the order of the prefixes; null where the annotations say nothing about EIPs. */
function gather(annotations: Annotations): Partial<Record<Key, readonly string[]>> | null {
  let found: Partial<Record<Key, readonly string[]>> | null = null;
  for (const full of Object.keys(annotations)) {
    const key = MEANINGS.get(full);
    const value = annotations[full];
    if (key === undefined || value === undefined) continue;
    found ??= {};
    const other = found[key];
    if (other === undefined) found[key] = [value];
    else found[key] = distinct(full.startsWith(ANNOTATION_PREFIXES[0]) ? [value, ...other] : [...other, value]);
  }
  return found;
}

function trimmed(value: string): string {
  return value.trim();
}

function isWritten(value: string): boolean {
  return value !== "";
}

/** Commas are right. Whoever wrote another mark between ids, or quotes around them, meant these EIPs all the same. */
function splitIds(list: string): readonly string[] {
  return list.split(/[^A-Za-z0-9-]+/).filter(isWritten);
}
