/**
 * Every kind that makes Pods from a template, in one table (domain.md §2.5): where it is served, how it names its Pods, whether it has
 * replicas, and where its template lies. What may be read of a cluster, what is listed, whose lists and policies count, which owners are
 * known, and the words for people all follow from it. A kind that is in no row is a kind that we don't know.
 */

/**
 * How the Pods of a kind are named:
 * - `ordinals`: `<name>-<n>`, counted as domain.md §2.5 says; a Pod of the same name comes back.
 * - `own`: in a way of its own that is not counted here; a Pod of the same name may come back.
 * - `rarely`: at random, though a name may be given again (a CloneSet gives the name of a kept volume again).
 * - `never`: at random; no Pod of the same name ever comes back.
 */
export type PodNames = "ordinals" | "own" | "rarely" | "never";

export interface Kind {
  /** API group; empty for the core group. */
  readonly group: string;
  readonly plural: string;
  /** `kind` of its objects. */
  readonly kind: string;
  readonly names: PodNames;
  /** Whether `spec.replicas` says how many Pods there are. */
  readonly replicas: boolean;
  /** Path from the object to its Pod template. */
  readonly template: readonly string[];
  /** Versions of a built-in kind, the first that is served counts; null for a kind that is there where discovery shows it. */
  readonly versions: readonly string[] | null;
  /** It comes by the thousand and mostly belongs to another workload, whose template says the same. */
  readonly many: boolean;
}

const TEMPLATE = ["spec", "template"] as const;

function builtIn(
  group: string,
  plural: string,
  kind: string,
  names: PodNames,
  more: Partial<Pick<Kind, "replicas" | "template" | "versions" | "many">> = {},
): Kind {
  return { group, plural, kind, names, replicas: false, template: TEMPLATE, versions: ["v1"], many: false, ...more };
}

/** Of a custom kind every template is read, wherever it lies in `spec`: versions and variants have it in several places. */
function custom(
  group: string,
  plural: string,
  kind: string,
  names: PodNames,
  more: Partial<Pick<Kind, "replicas" | "template">> = {},
): Kind {
  return { group, plural, kind, names, replicas: false, template: TEMPLATE, versions: null, many: false, ...more };
}

const REPLICAS = { replicas: true } as const;

/** By the word for people; of two kinds of one name the one that is not of Kubernetes itself has its product's name in front. */
export const KINDS = {
  StatefulSet: builtIn("apps", "statefulsets", "StatefulSet", "ordinals", REPLICAS),
  Deployment: builtIn("apps", "deployments", "Deployment", "never", REPLICAS),
  ReplicaSet: builtIn("apps", "replicasets", "ReplicaSet", "never", { ...REPLICAS, many: true }),
  DaemonSet: builtIn("apps", "daemonsets", "DaemonSet", "never"),
  Job: builtIn("batch", "jobs", "Job", "never", { many: true }),
  CronJob: builtIn("batch", "cronjobs", "CronJob", "never", {
    template: ["spec", "jobTemplate", "spec", "template"],
    versions: ["v1", "v1beta1"],
  }),
  ReplicationController: builtIn("", "replicationcontrollers", "ReplicationController", "never", REPLICAS),
  // It makes no Pods by itself; what it says may be used by anything.
  PodTemplate: builtIn("", "podtemplates", "PodTemplate", "own", { template: ["template"] }),
  // OpenKruise; its StatefulSet and DaemonSet have the kind names of Kubernetes' own.
  AdvancedStatefulSet: custom("apps.kruise.io", "statefulsets", "StatefulSet", "ordinals", REPLICAS),
  CloneSet: custom("apps.kruise.io", "clonesets", "CloneSet", "rarely", REPLICAS),
  AdvancedDaemonSet: custom("apps.kruise.io", "daemonsets", "DaemonSet", "never"),
  BroadcastJob: custom("apps.kruise.io", "broadcastjobs", "BroadcastJob", "never"),
  AdvancedCronJob: custom("apps.kruise.io", "advancedcronjobs", "AdvancedCronJob", "never"),
  UnitedDeployment: custom("apps.kruise.io", "uniteddeployments", "UnitedDeployment", "own", REPLICAS),
  // OpenKruiseGame has its template under a name of its own (kruise-game, apis/v1alpha1).
  GameServerSet: custom("game.kruise.io", "gameserversets", "GameServerSet", "ordinals", {
    ...REPLICAS,
    template: ["spec", "gameServerTemplate"],
  }),
  Rollout: custom("argoproj.io", "rollouts", "Rollout", "never", REPLICAS),
  LeaderWorkerSet: custom("leaderworkerset.x-k8s.io", "leaderworkersets", "LeaderWorkerSet", "own", REPLICAS),
  JobSet: custom("jobset.x-k8s.io", "jobsets", "JobSet", "own"),
  ScaledJob: custom("keda.sh", "scaledjobs", "ScaledJob", "never"),
  Fleet: custom("agones.dev", "fleets", "Fleet", "own", REPLICAS),
  AgonesGameServerSet: custom("agones.dev", "gameserversets", "GameServerSet", "own", REPLICAS),
  GameServer: custom("agones.dev", "gameservers", "GameServer", "own"),
  // Of Tencent's own platforms: TAPP, BlueKing Container Service, TKEx.
  TApp: custom("apps.tkestack.io", "tapps", "TApp", "own", REPLICAS),
  GameStatefulSet: custom("tkex.tencent.com", "gamestatefulsets", "GameStatefulSet", "own", REPLICAS),
  GameDeployment: custom("tkex.tencent.com", "gamedeployments", "GameDeployment", "rarely", REPLICAS),
  StatefulSetPlus: custom("platform.tkestack.io", "statefulsetpluses", "StatefulSetPlus", "own", REPLICAS),
  AppsStatefulSetPlus: custom("apps.tkestack.io", "statefulsetpluses", "StatefulSetPlus", "own", REPLICAS),
  StkeStatefulSetPlus: custom("platform.stke", "statefulsetpluses", "StatefulSetPlus", "own", REPLICAS),
  VolcanoJob: custom("batch.volcano.sh", "jobs", "Job", "own"),
  KnativeService: custom("serving.knative.dev", "services", "Service", "never"),
  RayCluster: custom("ray.io", "rayclusters", "RayCluster", "own"),
} as const satisfies Readonly<Record<string, Kind>>;

/** The kinds that we know; everything else is an unknown kind of owner. */
export type WorkloadKind = keyof typeof KINDS;

/** In the order of the table. */
export const WORKLOAD_KINDS: readonly WorkloadKind[] = Object.keys(KINDS).filter(isKind);

function isKind(word: string): word is WorkloadKind {
  return Object.hasOwn(KINDS, word);
}

/** One row, with every field that a row may have. */
export function rowOf(kind: WorkloadKind): Kind {
  return KINDS[kind];
}

/** The kinds that name their Pods in one of these ways. */
export function kindsNaming(...names: readonly PodNames[]): readonly WorkloadKind[] {
  return WORKLOAD_KINDS.filter((kind) => names.includes(rowOf(kind).names));
}

/** A value for each kind. */
export function ofEachKind<T>(of: (kind: WorkloadKind) => T): Readonly<Record<WorkloadKind, T>> {
  const all: Partial<Record<WorkloadKind, T>> = {};
  for (const kind of WORKLOAD_KINDS) all[kind] = of(kind);
  return all as Record<WorkloadKind, T>;
}

/** `statefulsets.apps.kruise.io`, as `kubectl get` takes it; a built-in kind's plural alone. */
export function resourceName({ group, plural, versions }: Pick<Kind, "group" | "plural" | "versions">): string {
  return versions === null ? `${plural}.${group}` : plural;
}

const BY_GROUP_AND_KIND: ReadonlyMap<string, WorkloadKind> = new Map(
  WORKLOAD_KINDS.map((kind) => [`${rowOf(kind).group}/${rowOf(kind).kind.toLowerCase()}`, kind]),
);

/**
 * The kind that an owner or an autoscaler's target means, whatever its version; null for one that we don't know. In any case: Tencent's own
 * examples write `Statefulset`.
 */
export function kindOf({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): WorkloadKind | null {
  return BY_GROUP_AND_KIND.get(`${groupOf(apiVersion)}/${kind.toLowerCase()}`) ?? null;
}

/** `apps/v1`; of the core group `v1`. */
export function apiVersionOf({ group }: Pick<Kind, "group">, version: string): string {
  return group === "" ? version : `${group}/${version}`;
}

/** `apps` of `apps/v1`; empty for `v1`. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash === -1 ? "" : apiVersion.slice(0, slash);
}

/** What scales a workload up and down by itself (domain.md §2.5). */
export const AUTOSCALERS = {
  /** Versions: v2 from Kubernetes 1.23 on; v1 has all that is read here. */
  HorizontalPodAutoscaler: {
    group: "autoscaling",
    plural: "horizontalpodautoscalers",
    kind: "HorizontalPodAutoscaler",
    versions: ["v2", "v1"],
  },
  /** TKE's scheduled scaler. */
  HorizontalPodCronscaler: {
    group: "autoscaling.cloud.tencent.com",
    plural: "horizontalpodcronscalers",
    kind: "HorizontalPodCronscaler",
    versions: null,
  },
  /** KEDA makes a HorizontalPodAutoscaler of it, but none while it stands at zero or is paused. */
  ScaledObject: { group: "keda.sh", plural: "scaledobjects", kind: "ScaledObject", versions: null },
  /** Crane. */
  EffectiveHorizontalPodAutoscaler: {
    group: "autoscaling.crane.io",
    plural: "effectivehorizontalpodautoscalers",
    kind: "EffectiveHorizontalPodAutoscaler",
    versions: null,
  },
  /** TKEStack. */
  CronHPA: { group: "extensions.tkestack.io", plural: "cronhpas", kind: "CronHPA", versions: null },
} as const satisfies Readonly<Record<string, Pick<Kind, "group" | "plural" | "kind" | "versions">>>;

export type AutoscalerKind = keyof typeof AUTOSCALERS;

export const AUTOSCALER_KINDS: readonly AutoscalerKind[] = Object.keys(AUTOSCALERS).filter(isAutoscalerKind);

export function isAutoscalerKind(word: string): word is AutoscalerKind {
  return Object.hasOwn(AUTOSCALERS, word);
}
