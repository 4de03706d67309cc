import type { Annotations } from "./facts.ts";

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

/** Each key under either prefix; put together once, since a fleet asks for them a million times. */
const PREFIXED = {
  [ATTRIBUTES]: prefixed(ATTRIBUTES),
  [DELETE_POLICY]: prefixed(DELETE_POLICY),
  [ID_LIST]: prefixed(ID_LIST),
  [CLAIM_EXPIRED]: prefixed(CLAIM_EXPIRED),
  [NETWORKS]: prefixed(NETWORKS),
  [PUBLIC_IP]: prefixed(PUBLIC_IP),
  [EIP_ID]: prefixed(EIP_ID),
} satisfies Record<Key, readonly string[]>;

function prefixed(key: Key): readonly string[] {
  return ANNOTATION_PREFIXES.map((prefix) => prefix + key);
}

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
  if (Object.keys(annotations).length === 0) return NOTHING;
  const values = (key: Key): readonly string[] =>
    distinct(PREFIXED[key].flatMap((full) => (Object.hasOwn(annotations, full) ? (annotations[full] ?? []) : [])));
  const written = (key: Key) =>
    distinct(
      values(key)
        .map((value) => value.trim())
        .filter((value) => value !== ""),
    );
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

function splitIds(list: string): readonly string[] {
  return list
    .split(",")
    .map((id) => id.trim())
    .filter((id) => id !== "");
}
