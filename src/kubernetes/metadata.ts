import { ANNOTATION_PREFIXES } from "../core/link/annotations.ts";
import type { Annotations, OwnerReference } from "../core/terms/facts.ts";
import { type OwnerKeys, type OwnerMark, ownerName } from "../core/terms/owner.ts";
import { type Instant, instant, parseInstant } from "../core/terms/time.ts";

/** What every object of an API server has: fields that are read without trust, metadata, owners, and annotations about EIPs. */

export function field(object: unknown, ...path: readonly string[]): unknown {
  let at = object;
  for (const name of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, name)) return undefined;
    at = Reflect.get(at, name);
  }
  return at;
}

export function text(object: unknown, ...path: readonly string[]): string | null {
  const value = field(object, ...path);
  return typeof value === "string" && value !== "" ? value : null;
}

export function items(object: unknown, ...path: readonly string[]): readonly unknown[] {
  const value = field(object, ...path);
  return Array.isArray(value) ? value : [];
}

function at(object: unknown, ...path: readonly string[]): Instant | null {
  const value = text(object, ...path);
  return value === null ? null : (parseInstant(value) ?? null);
}

/** Each Pod of a workload carries the same few annotations; one copy serves them all. */
export const NO_ANNOTATIONS: Annotations = Object.freeze({});

/** Values that a template gives to each of its Pods are kept once. */
const SHARED = new Map<string, string>();
const MOST_SHARED = 2_000;
/** And the owner that all Pods of a workload refer to. */
const OWNERS = new Map<string, OwnerReference>();

export function shared(value: string): string {
  const present = SHARED.get(value);
  if (present !== undefined) return present;
  if (SHARED.size < MOST_SHARED) SHARED.set(value, value);
  return value;
}

export function eipAnnotations(object: unknown, ...path: readonly string[]): Annotations {
  const all = field(object, ...path);
  if (typeof all !== "object" || all === null) return NO_ANNOTATIONS;
  const kept: Record<string, string> = {};
  let found = false;
  for (const [key, value] of Object.entries(all)) {
    if (typeof value !== "string" || !ANNOTATION_PREFIXES.some((prefix) => key.startsWith(prefix))) continue;
    kept[key] = shared(value);
    found = true;
  }
  return found ? kept : NO_ANNOTATIONS;
}

const NO_OWNERS: readonly OwnerReference[] = Object.freeze([]);

/** A reference without a name, a kind or a uid names somebody all the same. */
const UNREADABLE: OwnerReference = Object.freeze({ apiVersion: "", kind: "an owner that can't be read,", name: "-", uid: "" });

interface Owners {
  readonly owner: OwnerReference | null;
  readonly others: readonly OwnerReference[];
}

const UNOWNED: Owners = Object.freeze({ owner: null, others: NO_OWNERS });

/**
 * Who owns an object: its controller, else the only owner. Several without a controller are one owner of an unknown kind, and so is what
 * can't be read: neither is the absence of an owner (domain.md §2.5).
 */
export function ownersOf(object: unknown): Owners {
  const listed = field(object, "metadata", "ownerReferences") ?? null;
  if (listed === null) return UNOWNED;
  if (!Array.isArray(listed)) return { owner: UNREADABLE, others: NO_OWNERS };
  if (listed.length === 0) return UNOWNED;
  if (listed.length === 1) return { owner: toReference(listed[0]), others: NO_OWNERS };
  const controllers = listed.filter((reference) => field(reference, "controller") === true);
  const all = listed.map(toReference);
  if (controllers.length !== 1) return { owner: oneOfSeveral(all), others: all };
  return { owner: toReference(controllers[0]), others: all.filter((_, place) => listed[place] !== controllers[0]) };
}

function toReference(reference: unknown): OwnerReference {
  const apiVersion = text(reference, "apiVersion");
  const kind = text(reference, "kind");
  const name = text(reference, "name");
  const uid = text(reference, "uid");
  if (apiVersion === null || kind === null || name === null || uid === null) return UNREADABLE;
  return sharedOwner({ apiVersion, kind, name, uid });
}

function oneOfSeveral(owners: readonly OwnerReference[]): OwnerReference {
  const joined = (part: "kind" | "name" | "uid") => owners.map((owner) => owner[part]).join(" and ");
  return sharedOwner({ apiVersion: "", kind: joined("kind"), name: joined("name"), uid: joined("uid") });
}

function sharedOwner(owner: OwnerReference): OwnerReference {
  const present = OWNERS.get(owner.uid);
  if (present !== undefined && present.kind === owner.kind && present.name === owner.name) return present;
  if (OWNERS.size < MOST_SHARED) OWNERS.set(owner.uid, owner);
  return owner;
}

/** The keys of what the API server's objects carry. */
export type MarkKeys = Pick<OwnerKeys, "labels" | "annotations">;

export const NO_MARKS: MarkKeys = { labels: [], annotations: [] };

/** Each Pod of a team carries the same mark; one copy serves them all. */
const MARKS = new Map<string, OwnerMark>();

/** Whom an object's metadata names: the first of the keys that does, labels first. Nothing else of its labels is kept. */
export function ownerMarkOf(object: unknown, { labels, annotations }: MarkKeys): OwnerMark | null {
  for (const key of labels) {
    const name = ownerName(text(object, "metadata", "labels", key));
    if (name !== null) return sharedMark(name, `label ${key}`);
  }
  for (const key of annotations) {
    const name = ownerName(text(object, "metadata", "annotations", key));
    if (name !== null) return sharedMark(name, `annotation ${key}`);
  }
  return null;
}

function sharedMark(name: string, key: string): OwnerMark {
  const id = `${key} ${name}`;
  const present = MARKS.get(id);
  if (present !== undefined && present.name === name) return present;
  const mark = { name, key: shared(key) };
  if (MARKS.size < MOST_SHARED) MARKS.set(id, mark);
  return mark;
}

interface Metadata {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly createdAt: Instant;
  readonly deletionAt: Instant | null;
}

export function metadataOf(object: unknown): Metadata | null {
  const name = text(object, "metadata", "name");
  if (name === null) return null;
  return {
    namespace: shared(text(object, "metadata", "namespace") ?? ""),
    name,
    uid: text(object, "metadata", "uid") ?? "",
    createdAt: at(object, "metadata", "creationTimestamp") ?? instant(0),
    deletionAt: at(object, "metadata", "deletionTimestamp"),
  };
}
