/** A cluster's objects: what an API server keeps. Plain data, a resource version for each change. */

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
}

export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
}

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
  readonly [more: string]: unknown;
}

/** An object before the store has it. */
export interface NewObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Pick<Metadata, "name" | "namespace" | "annotations" | "labels" | "ownerReferences">;
  readonly [more: string]: unknown;
}

export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly shortNames?: readonly string[];
  readonly namespaced: boolean;
  /** Whether it has a subresource `scale`, as what an autoscaler can scale has. */
  readonly scale?: boolean;
}

export interface ObjectStore {
  readonly resources: () => readonly Resource[];
  /** Installs a kind, as a CustomResourceDefinition does. */
  readonly define: (resource: Resource) => void;
  readonly undefine: (group: string, plural: string) => void;
  readonly create: (object: NewObject) => KubernetesObject;
  readonly get: (kind: string, group: string, namespace: string, name: string) => KubernetesObject | undefined;
  readonly list: (kind: string, group: string, namespace?: string) => readonly KubernetesObject[];
  /** Replaces an object by one of the same name. */
  readonly update: (object: KubernetesObject) => KubernetesObject;
  readonly remove: (kind: string, group: string, namespace: string, name: string) => KubernetesObject | undefined;
  /** Told after an object was removed, by whomever. */
  readonly onRemoved: (listener: (object: KubernetesObject) => void) => void;
  readonly version: () => number;
  /** Everything, in a fixed order. */
  readonly dump: () => readonly KubernetesObject[];
}

const BUILT_IN: readonly Resource[] = [
  { group: "", version: "v1", plural: "pods", kind: "Pod", namespaced: true },
  { group: "", version: "v1", plural: "namespaces", kind: "Namespace", namespaced: false },
  { group: "", version: "v1", plural: "nodes", kind: "Node", namespaced: false },
  { group: "", version: "v1", plural: "configmaps", kind: "ConfigMap", namespaced: true },
  { group: "", version: "v1", plural: "replicationcontrollers", kind: "ReplicationController", namespaced: true },
  { group: "", version: "v1", plural: "podtemplates", kind: "PodTemplate", namespaced: true },
  { group: "apps", version: "v1", plural: "statefulsets", kind: "StatefulSet", namespaced: true },
  { group: "apps", version: "v1", plural: "deployments", kind: "Deployment", namespaced: true },
  { group: "apps", version: "v1", plural: "replicasets", kind: "ReplicaSet", namespaced: true },
  { group: "apps", version: "v1", plural: "daemonsets", kind: "DaemonSet", namespaced: true },
  { group: "batch", version: "v1", plural: "jobs", kind: "Job", namespaced: true },
  { group: "batch", version: "v1", plural: "cronjobs", kind: "CronJob", namespaced: true },
  { group: "autoscaling", version: "v2", plural: "horizontalpodautoscalers", kind: "HorizontalPodAutoscaler", namespaced: true },
];

export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash === -1 ? "" : apiVersion.slice(0, slash);
}

/**
 * @param now the simulated clock, for creation times
 * @param number of the cluster: no two clusters share a uid
 */
export function createObjectStore(now: () => number, number = 0): ObjectStore {
  const cluster = String(number).padStart(8, "0");
  let resources: Resource[] = [...BUILT_IN];
  let version = 1;
  let uids = 0;
  const kinds = new Map<string, Map<string, KubernetesObject>>();
  const listeners: ((object: KubernetesObject) => void)[] = [];
  const shelf = (kind: string, group: string): Map<string, KubernetesObject> => {
    const key = `${group}/${kind}`;
    const present = kinds.get(key) ?? new Map<string, KubernetesObject>();
    kinds.set(key, present);
    return present;
  };
  const keyOf = (namespace: string, name: string) => `${namespace}/${name}`;
  const next = () => {
    version += 1;
    return String(version);
  };
  return {
    resources: () => resources,
    define(resource) {
      resources = [...resources.filter((one) => one.group !== resource.group || one.plural !== resource.plural), resource];
    },
    undefine(group, plural) {
      resources = resources.filter((one) => one.group !== group || one.plural !== plural);
    },
    create(object) {
      const { name, namespace = "" } = object.metadata;
      const objects = shelf(object.kind, groupOf(object.apiVersion));
      if (objects.has(keyOf(namespace, name))) throw new Error(`${object.kind} ${namespace}/${name} exists already`);
      uids += 1;
      const created: KubernetesObject = {
        ...object,
        metadata: {
          ...object.metadata,
          uid: `${cluster}-0000-4000-8000-${String(uids).padStart(12, "0")}`,
          resourceVersion: next(),
          creationTimestamp: new Date(now()).toISOString().replace(/\.\d+Z$/, "Z"),
        },
      };
      objects.set(keyOf(namespace, name), created);
      return created;
    },
    get: (kind, group, namespace, name) => shelf(kind, group).get(keyOf(namespace, name)),
    list(kind, group, namespace) {
      const all = [...shelf(kind, group).values()];
      return namespace === undefined ? all : all.filter((object) => object.metadata.namespace === namespace);
    },
    update(object) {
      const { name, namespace = "" } = object.metadata;
      const updated = { ...object, metadata: { ...object.metadata, resourceVersion: next() } };
      shelf(object.kind, groupOf(object.apiVersion)).set(keyOf(namespace, name), updated);
      return updated;
    },
    remove(kind, group, namespace, name) {
      const objects = shelf(kind, group);
      const object = objects.get(keyOf(namespace, name));
      if (object === undefined) return undefined;
      objects.delete(keyOf(namespace, name));
      version += 1;
      for (const listener of listeners) listener(object);
      return object;
    },
    onRemoved: (listener) => {
      listeners.push(listener);
    },
    version: () => version,
    dump: () =>
      [...kinds]
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .flatMap(([, objects]) => [...objects].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, object]) => object)),
  };
}
