import { isIP } from "node:net";
import type { Annotations, Autoscaler, Claim, KubernetesNode, Namespace, Pod, Workload } from "../core/terms/facts.ts";
import { type AutoscalerKind, type Kind, rowOf, type WorkloadKind } from "../core/terms/kinds.ts";
import {
  eipAnnotations,
  field,
  items,
  type MarkKeys,
  metadataOf,
  NO_ANNOTATIONS,
  NO_MARKS,
  ownerMarkOf,
  ownersOf,
  shared,
  text,
} from "./metadata.ts";

/** From an API server's JSON to the core's facts: only the fields that are used. */

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

export function toPod(object: unknown, marks: MarkKeys = NO_MARKS): Pod | null {
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
    owner: ownersOf(object).owner,
    annotations: eipAnnotations(object, "metadata", "annotations"),
    gameServerSet: text(object, "metadata", "labels", "game.kruise.io/owner-gss"),
    requestsEip: requestsEip(field(object, "spec")),
    readsPublicIpFromEnvironment: readsPublicIpFromEnvironment(field(object, "spec")),
    ownerMark: ownerMarkOf(object, marks),
  };
}

const NO_TEMPLATES: readonly Annotations[] = Object.freeze([]);

/**
 * The Pod templates of a workload, the main one first. A custom kind may have them anywhere in its spec: several of them, in variants, in
 * patches. What has annotations about EIPs is one.
 */
function templatesOf({ template, versions }: Kind, object: unknown): readonly unknown[] {
  const main = field(object, ...template);
  if (versions !== null) return [main];
  const usual = main ?? field(object, "spec", "template");
  const found: unknown[] = [];
  collectTemplates(field(object, "spec"), 0, found);
  if (!found.includes(usual)) return [...found, usual];
  return [usual, ...found.filter((one) => one !== usual)];
}

/** Deeper than any kind has a template. */
const DEEPEST = 16;

function collectTemplates(value: unknown, depth: number, found: unknown[]): void {
  if (typeof value !== "object" || value === null || depth > DEEPEST) return;
  if (eipAnnotations(value, "metadata", "annotations") !== NO_ANNOTATIONS) found.push(value);
  for (const part of Object.values(value)) collectTemplates(part, depth + 1, found);
}

/** A number that may be left out; NaN where it is there and can't be read, which is not the same. */
function count(object: unknown, leftOut: number, ...path: readonly string[]): number {
  const value = field(object, ...path) ?? leftOut;
  return typeof value === "number" && Number.isSafeInteger(value) ? value : Number.NaN;
}

/** What can't be read stays as written, so that the core says what it could not read. */
function reservedOf(value: unknown): readonly (number | string)[] {
  if (value === undefined || value === null) return NONE_RESERVED;
  const entries: readonly unknown[] = Array.isArray(value) ? value : [{ reserved: value }];
  return entries.map((entry) => (typeof entry === "number" || typeof entry === "string" ? entry : JSON.stringify(entry)));
}

const NONE_RESERVED: readonly (number | string)[] = Object.freeze([]);

/** A workload of a kind that we know. */
export function toWorkload(
  kind: WorkloadKind,
  apiVersion: string,
  marks: MarkKeys = NO_MARKS,
): (object: unknown) => Workload | null {
  const row = rowOf(kind);
  return (object) => {
    const metadata = metadataOf(object);
    if (metadata === null) return null;
    const spec = field(object, "spec");
    const templates = templatesOf(row, object);
    const all = templates.map((one) => eipAnnotations(one, "metadata", "annotations"));
    const [annotations = NO_ANNOTATIONS, ...others] = all.filter((one) => one !== NO_ANNOTATIONS);
    const { namespace, name, uid, createdAt, deletionAt } = metadata;
    const owners = ownersOf(object);
    return {
      kind,
      apiVersion,
      namespace,
      name,
      uid,
      createdAt,
      deletionAt,
      owner: owners.owner,
      otherOwners: owners.others,
      replicas: row.replicas ? count(spec, 1, "replicas") : 0,
      start: count(spec, 0, "ordinals", "start"),
      reserved: reservedOf(field(spec, kind === "GameServerSet" ? "reserveGameServerIds" : "reserveOrdinals")),
      templateAnnotations: annotations,
      otherTemplates: others.length === 0 ? NO_TEMPLATES : others,
      selectsSuperNode: templates.some(
        (one) => text(one, "spec", "nodeSelector", "node.kubernetes.io/instance-type") === "eklet",
      ),
      readsPublicIpFromEnvironment: templates.some((one) => readsPublicIpFromEnvironment(field(one, "spec"))),
      ownerMark: templates.map((one) => ownerMarkOf(one, marks)).find((mark) => mark !== null) ?? null,
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

export function toNamespace(object: unknown, marks: MarkKeys = NO_MARKS): Namespace | null {
  const metadata = metadataOf(object);
  if (metadata === null) return null;
  const { name, uid, deletionAt } = metadata;
  return { name, uid, deletionAt, ownerMark: ownerMarkOf(object, marks) };
}

export function toNode(object: unknown): KubernetesNode | null {
  const name = text(object, "metadata", "name");
  if (name === null) return null;
  const type = text(object, "metadata", "labels", "node.kubernetes.io/instance-type");
  return { name, superNode: type === "eklet" || name.startsWith("eklet-") };
}

/** Where the kinds of autoscalers say what they scale. */
const TARGETS = ["scaleTargetRef", "scaleTarget"] as const;
const FOREIGN_TARGETS = [...TARGETS, "targetRef", "workloadRef"] as const;
/** And the most that they set: of several numbers, such as those of a schedule, the largest counts. */
const MOST: ReadonlySet<string> = new Set([
  "maxReplicas",
  "maxReplicaCount",
  "targetSize",
  "targetReplicas",
  "maxSize",
  "specificReplicas",
]);
/** KEDA's own: of a Deployment, and up to a hundred, where nothing else is said. */
const KEDA_KIND = { apiVersion: "apps/v1", kind: "Deployment" } as const;
const KEDA_MOST = 100;

/** An autoscaler of a kind that we know. What can't be read of it is null: it may then scale anything, to any number. */
export function toAutoscaler(kind: AutoscalerKind): (object: unknown) => Autoscaler | null {
  return (object) => {
    const metadata = metadataOf(object);
    if (metadata === null) return null;
    const spec = field(object, "spec");
    const ref = TARGETS.map((key) => field(spec, key)).find((one) => one !== undefined);
    const keda = kind === "ScaledObject" && text(ref, "kind") === null ? KEDA_KIND : null;
    const targetKind = keda?.kind ?? text(ref, "kind");
    const targetName = text(ref, "name");
    const numbers: unknown[] = [];
    collectNumbers(spec, numbers);
    const sound = numbers.filter((one): one is number => typeof one === "number" && Number.isSafeInteger(one));
    const most = sound.length === numbers.length && sound.length > 0 ? Math.max(...sound) : null;
    return {
      kind,
      namespace: text(ref, "namespace") ?? metadata.namespace,
      name: metadata.name,
      target:
        targetKind === null || targetName === null
          ? null
          : { apiVersion: keda?.apiVersion ?? text(ref, "apiVersion") ?? "", kind: targetKind, name: targetName },
      maxReplicas: kind === "ScaledObject" && numbers.length === 0 ? KEDA_MOST : most,
    };
  };
}

/** One of a kind that is in no row of the table: whatever its numbers are called, how far it scales is not known. */
export function toForeignAutoscaler(kind: string): (object: unknown) => Autoscaler | null {
  return (object) => {
    const metadata = metadataOf(object);
    if (metadata === null) return null;
    const spec = field(object, "spec");
    const ref = FOREIGN_TARGETS.map((key) => field(spec, key)).find((one) => one !== undefined);
    const [targetKind, name] = [text(ref, "kind"), text(ref, "name")];
    const target =
      targetKind === null || name === null ? null : { apiVersion: text(ref, "apiVersion") ?? "", kind: targetKind, name };
    return { kind, namespace: text(ref, "namespace") ?? metadata.namespace, name: metadata.name, target, maxReplicas: null };
  };
}

/** Each value under a key that means the most replicas, wherever it stands: a schedule has one in each entry. */
function collectNumbers(value: unknown, found: unknown[]): void {
  if (typeof value !== "object" || value === null) return;
  for (const [key, part] of Object.entries(value)) {
    if (MOST.has(key)) found.push(part);
    else if (key !== "metrics" && key !== "triggers" && key !== "behavior") collectNumbers(part, found);
  }
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
