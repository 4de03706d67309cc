import { isIP } from "node:net";
import { ANNOTATION_PREFIXES } from "../core/annotations.ts";
import type {
  Annotations,
  Autoscaler,
  Claim,
  KubernetesNode,
  Namespace,
  OwnerReference,
  Pod,
  Workload,
  WorkloadKind,
} from "../core/facts.ts";
import { type Instant, instant, parseInstant } from "../core/time.ts";

/** From an API server's JSON to the core's facts: only the fields that are used, read without trust. */

function field(object: unknown, ...path: readonly string[]): unknown {
  let at = object;
  for (const name of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, name)) return undefined;
    at = Reflect.get(at, name);
  }
  return at;
}

function text(object: unknown, ...path: readonly string[]): string | null {
  const value = field(object, ...path);
  return typeof value === "string" && value !== "" ? value : null;
}

function items(object: unknown, ...path: readonly string[]): readonly unknown[] {
  const value = field(object, ...path);
  return Array.isArray(value) ? value : [];
}

function whole(object: unknown, fallback: number, ...path: readonly string[]): number {
  const value = field(object, ...path);
  return typeof value === "number" && Number.isSafeInteger(value) ? value : fallback;
}

function at(object: unknown, ...path: readonly string[]): Instant | null {
  const value = text(object, ...path);
  return value === null ? null : (parseInstant(value) ?? null);
}

/** Each Pod of a workload carries the same few annotations; one copy serves them all. */
const NO_ANNOTATIONS: Annotations = Object.freeze({});

/** Values that a template gives to each of its Pods are kept once. */
const SHARED = new Map<string, string>();
const MOST_SHARED = 2_000;
/** And the owner that all Pods of a workload refer to. */
const OWNERS = new Map<string, OwnerReference>();

function shared(value: string): string {
  const present = SHARED.get(value);
  if (present !== undefined) return present;
  if (SHARED.size < MOST_SHARED) SHARED.set(value, value);
  return value;
}

function eipAnnotations(object: unknown, ...path: readonly string[]): Annotations {
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

function ownerOf(object: unknown): OwnerReference | null {
  const references = items(object, "metadata", "ownerReferences");
  const reference =
    references.find((candidate) => field(candidate, "controller") === true) ??
    (references.length === 1 ? references[0] : undefined);
  const apiVersion = text(reference, "apiVersion");
  const kind = text(reference, "kind");
  const name = text(reference, "name");
  if (apiVersion === null || kind === null || name === null) return null;
  const uid = text(reference, "uid") ?? "";
  const present = OWNERS.get(uid);
  if (present !== undefined && present.kind === kind && present.name === name) return present;
  const owner = { apiVersion, kind, name, uid };
  if (OWNERS.size < MOST_SHARED) OWNERS.set(uid, owner);
  return owner;
}

interface Metadata {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly createdAt: Instant;
  readonly deletionAt: Instant | null;
}

function metadataOf(object: unknown): Metadata | null {
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

const EIP_RESOURCE = "tke.cloud.tencent.com/eip";
const PUBLIC_IP_FIELD = /^metadata\.annotations\['(?:eks\.)?tke\.cloud\.tencent\.com\/eip-public-ip'\]$/;

function containersOf(spec: unknown): readonly unknown[] {
  return [...items(spec, "containers"), ...items(spec, "initContainers")];
}

function readsPublicIpFromEnvironment(spec: unknown): boolean {
  return containersOf(spec).some((container) =>
    items(container, "env").some((variable) => {
      const path = text(variable, "valueFrom", "fieldRef", "fieldPath");
      return path !== null && PUBLIC_IP_FIELD.test(path.replaceAll('"', "'"));
    }),
  );
}

function requestsEip(spec: unknown): boolean {
  return containersOf(spec).some((container) =>
    ["requests", "limits"].some((kind) => field(container, "resources", kind, EIP_RESOURCE) !== undefined),
  );
}

/**
 * The addresses of the interfaces besides the first, as the network plugins write them: a list of `{ interface, ips, … }`
 * (Kubernetes Network Custom Resource Definition De-facto Standard, §4; TKE writes the same under its own prefix).
 */
const NETWORKS_STATUS = [
  "tke.cloud.tencent.com/networks-status",
  "eks.tke.cloud.tencent.com/networks-status",
  "k8s.v1.cni.cncf.io/network-status",
  "k8s.v1.cni.cncf.io/networks-status",
];
const NO_ADDRESSES: readonly string[] = Object.freeze([]);

/** Every address of a Pod but `status.podIP`. */
function furtherAddresses(object: unknown): readonly string[] {
  const first = text(object, "status", "podIP");
  const found = new Set<string>();
  for (const entry of items(object, "status", "podIPs")) found.add(text(entry, "ip") ?? "");
  for (const name of NETWORKS_STATUS) {
    const status = text(object, "metadata", "annotations", name);
    if (status === null) continue;
    for (const network of items(parsed(status)))
      for (const ip of items(network, "ips")) if (typeof ip === "string") found.add(ip);
  }
  const further = [...found].filter((ip) => ip !== first && isIP(ip) !== 0);
  return further.length === 0 ? NO_ADDRESSES : further;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    // A person's text under the plugin's key shows no address. It could only have shown a Pod that an EIP is bound to.
    return null;
  }
}

export function toPod(object: unknown): Pod | null {
  const metadata = metadataOf(object);
  if (metadata === null) return null;
  // Field by field: V8 gives each object that begins with a spread a shape of its own, which weighs more than the object.
  const { namespace, name, uid, createdAt, deletionAt } = metadata;
  return {
    namespace,
    name,
    uid,
    createdAt,
    deletionAt,
    phase: shared(text(object, "status", "phase") ?? "Unknown"),
    podIP: text(object, "status", "podIP"),
    furtherIPs: furtherAddresses(object),
    hostNetwork: field(object, "spec", "hostNetwork") === true,
    nodeName: shared(text(object, "spec", "nodeName") ?? "") || null,
    owner: ownerOf(object),
    annotations: eipAnnotations(object, "metadata", "annotations"),
    gameServerSet: text(object, "metadata", "labels", "game.kruise.io/owner-gss"),
    requestsEip: requestsEip(field(object, "spec")),
    readsPublicIpFromEnvironment: readsPublicIpFromEnvironment(field(object, "spec")),
  };
}

const WITHOUT_REPLICAS: readonly WorkloadKind[] = ["DaemonSet", "Job", "CronJob"];

/**
 * Where a kind has its Pods' template: a CronJob deeper, a GameServerSet under a name of its own (kruise-game, apis/v1alpha1), or, should
 * a version have it so, under the usual one.
 */
function templateOf(kind: WorkloadKind, spec: unknown): unknown {
  if (kind === "CronJob") return field(spec, "jobTemplate", "spec", "template");
  const own = kind === "GameServerSet" ? field(spec, "gameServerTemplate") : undefined;
  return own ?? field(spec, "template");
}

/** A workload of a kind that we know. */
export function toWorkload(kind: WorkloadKind, apiVersion: string): (object: unknown) => Workload | null {
  return (object) => {
    const metadata = metadataOf(object);
    if (metadata === null) return null;
    const spec = field(object, "spec");
    const template = templateOf(kind, spec);
    const reserved = kind === "GameServerSet" ? items(spec, "reserveGameServerIds") : items(spec, "reserveOrdinals");
    const { namespace, name, uid, createdAt, deletionAt } = metadata;
    return {
      kind,
      apiVersion,
      namespace,
      name,
      uid,
      createdAt,
      deletionAt,
      owner: ownerOf(object),
      replicas: WITHOUT_REPLICAS.includes(kind) ? 0 : whole(spec, 1, "replicas"),
      start: whole(spec, 0, "ordinals", "start"),
      // What is neither stays as written, so that the core says what it could not read.
      reserved: reserved.map((entry) =>
        typeof entry === "number" ? entry : typeof entry === "string" ? entry : JSON.stringify(entry),
      ),
      templateAnnotations: eipAnnotations(template, "metadata", "annotations"),
      selectsSuperNode: text(template, "spec", "nodeSelector", "node.kubernetes.io/instance-type") === "eklet",
      readsPublicIpFromEnvironment: readsPublicIpFromEnvironment(field(template, "spec")),
    };
  };
}

const EIP_ID = /^eip-[a-z0-9]+$/;
const IPV4 = /^(?:\d{1,3}\.){3}\d{1,3}$/;

/**
 * An EIPClaim without a schema: every string of its `spec`, `status` and tke annotations that is an EIP id or an address (domain.md §2.2).
 * Never one of its names, labels, owners or finalizers: `eip-demo` is a fine name for a StatefulSet.
 */
export function toClaim(apiVersion: string, plural: string): (object: unknown) => Claim | null {
  return (object) => {
    const metadata = metadataOf(object);
    if (metadata === null) return null;
    const ids = new Set<string>();
    const ips = new Set<string>();
    const { namespace, name, uid, createdAt, deletionAt } = metadata;
    const take = (value: string) => {
      if (EIP_ID.test(value)) ids.add(value);
      else if (IPV4.test(value)) ips.add(value);
    };
    for (const part of ["spec", "status"]) collectStrings(field(object, part), take);
    collectStrings(eipAnnotations(object, "metadata", "annotations"), take);
    for (const called of namesOf(object, namespace, name)) ids.delete(called);
    const resourceVersion = text(object, "metadata", "resourceVersion") ?? "";
    return { namespace, name, uid, createdAt, deletionAt, resourceVersion, apiVersion, plural, ids: [...ids], ips: [...ips] };
  };
}

/** `eip-0` is a Pod of the StatefulSet `eip`, `eip-demo-0` one of `eip-demo`, and `eip-prod` may be a namespace. */
function namesOf(object: unknown, namespace: string, name: string): readonly string[] {
  const owners = items(object, "metadata", "ownerReferences").map((owner) => text(owner, "name") ?? "");
  return [namespace, name, name.replace(/-[0-9]+$/, ""), ...owners];
}

/** Keys under which a spec names other objects, which are no EIPs: `podName`, `namespace`, `ownerRef`, `labelSelector`. */
const OF_AN_OBJECT =
  /^(?:pod|node|namespace|workload|owner|controller|statefulset|deployment)s?(?:name|namespace|kind|uid|id|ref|reference)?$|(?:ref|refs|reference|references|selector|labels|finalizers)$/i;
/** And under which it names EIPs, also as a reference: `eipRef`. */
const OF_AN_EIP = /eip|address|ip$/i;

function collectStrings(value: unknown, take: (text: string) => void): void {
  if (typeof value === "string") take(value);
  else if (Array.isArray(value)) for (const item of value) collectStrings(item, take);
  else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      if (!OF_AN_OBJECT.test(key) || OF_AN_EIP.test(key)) collectStrings(item, take);
    }
  }
}

export function toNamespace(object: unknown): Namespace | null {
  const metadata = metadataOf(object);
  return metadata === null ? null : { name: metadata.name, uid: metadata.uid, deletionAt: metadata.deletionAt };
}

export function toNode(object: unknown): KubernetesNode | null {
  const name = text(object, "metadata", "name");
  if (name === null) return null;
  const type = text(object, "metadata", "labels", "node.kubernetes.io/instance-type");
  return { name, superNode: type === "eklet" || name.startsWith("eklet-") };
}

export function toAutoscaler(object: unknown): Autoscaler | null {
  const metadata = metadataOf(object);
  const target = field(object, "spec", "scaleTargetRef");
  const kind = text(target, "kind");
  const name = text(target, "name");
  if (metadata === null || kind === null || name === null) return null;
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    target: { apiVersion: text(target, "apiVersion") ?? "", kind, name },
    maxReplicas: whole(object, 0, "spec", "maxReplicas"),
  };
}

/** Threshold argument and version of Deployment kube-system/tke-eni-ipamd. */
export function toIpamd(object: unknown): { readonly argument: string | null; readonly version: string | null } {
  const containers = items(object, "spec", "template", "spec", "containers");
  const words = containers.flatMap((container) => [...items(container, "command"), ...items(container, "args")]);
  const flag = "--claim-expired-duration";
  let argument: string | null = null;
  for (const [position, word] of words.entries()) {
    if (typeof word !== "string") continue;
    if (word.startsWith(`${flag}=`)) argument = word.slice(flag.length + 1);
    const next = words[position + 1];
    if (word === flag && typeof next === "string") argument = next;
  }
  const image = containers.map((container) => text(container, "image")).find((name) => name?.includes("ipamd") === true);
  const version = image === undefined || image === null ? null : (/:(v?\d+\.\d+\.\d+[^@]*)/.exec(image)?.[1] ?? null);
  return { argument, version };
}
