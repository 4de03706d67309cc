import { groupOf } from "../../sim/kubernetes/objects.ts";
import { annotation } from "../../sim/world/ipamd.ts";
import {
  addSuperNode,
  createWorkload,
  deleteCluster,
  deletePod,
  deleteWorkload,
  NEVER,
  PLAIN,
  reconcile,
  referenceTo,
  removeSuperNode,
  scale,
  startPod,
  type WorkloadKind,
  type WorkloadShape,
} from "../../sim/world/life.ts";
import type { Random } from "../../sim/world/random.ts";
import {
  allocate,
  bind,
  type Cluster,
  clustersOf,
  type Eip,
  eipsOf,
  type Region,
  unbind,
  type World,
} from "../../sim/world/world.ts";

import { BY_HAND, COPY, OPERATORS } from "./oracle.ts";

/** What happens in a fleet besides the guard, from a seed: each event tells itself in a sentence, or null where it could not happen now. */
export interface Life {
  readonly happen: () => string | null;
  /** What was promised for later and is due: Pods that come back. Between ticks, so that no race is lost by seconds. */
  readonly settle: () => readonly string[];
  /** When the last of what was promised is due. */
  readonly settledAt: () => number;
}

interface Placed {
  readonly cluster: Cluster;
  shape: WorkloadShape;
  alive: boolean;
}

const HOUR = 3_600_000;
const NAMESPACES = ["lobby", "arena"];
const NAMES = ["gate", "room-7", "match"];
const KINDS: readonly WorkloadKind[] = [
  "StatefulSet",
  "StatefulSet",
  "StatefulSet",
  "AdvancedStatefulSet",
  "GameServerSet",
  "Deployment",
  "DaemonSet",
];
const STABLE: readonly WorkloadKind[] = ["StatefulSet", "AdvancedStatefulSet", "GameServerSet"];
export const THRESHOLDS = ["0s", "0s", "0s", "6h0m0s", "24h0m0s"];
/** What eks-config may say: nothing at all (null), nothing about EIPs, that all Pods keep their EIPs, that they have some. */
const EKS_CONFIGS = [
  null,
  "eks.tke.cloud.tencent.com/security-group-id: sg-1",
  'eks.tke.cloud.tencent.com/eip-claim-delete-policy: "Never"',
  'eks.tke.cloud.tencent.com/eip-attributes: "{}"\neks.tke.cloud.tencent.com/eip-claim-delete-policy: "Never"',
  'eks.tke.cloud.tencent.com/eip-claim-delete-policy: "Delete"',
];
const NAKED: Readonly<Record<string, string>> = {};

/** Kinds besides those that make Pods here, which may have a template with a list in it: where that lies in the object. */
const TEMPLATES: readonly (readonly [apiVersion: string, plural: string, kind: string, path: readonly string[]])[] = [
  ["v1", "replicationcontrollers", "ReplicationController", ["spec", "template"]],
  ["v1", "podtemplates", "PodTemplate", ["template"]],
  ["batch/v1", "cronjobs", "CronJob", ["spec", "jobTemplate", "spec", "template"]],
  ["argoproj.io/v1alpha1", "rollouts", "Rollout", ["spec", "template"]],
  [
    "apps.kruise.io/v1alpha1",
    "uniteddeployments",
    "UnitedDeployment",
    ["spec", "template", "statefulSetTemplate", "spec", "template"],
  ],
  ["leaderworkerset.x-k8s.io/v1", "leaderworkersets", "LeaderWorkerSet", ["spec", "leaderWorkerTemplate", "workerTemplate"]],
  ["agones.dev/v1", "fleets", "Fleet", ["spec", "template", "spec", "template"]],
];

const BUGS = ["stopped", "duplicates", "forgetsToRecycle", "forgetsToDestroy", "ignoresClaimDeletion", "forgetsToBind"] as const;

function annotationsOf(onSuperNodes: boolean, random: Random): NonNullable<WorkloadShape["annotations"]> {
  if (onSuperNodes && random.chance(0.5)) return NAKED;
  return random.chance(0.85) ? NEVER : PLAIN;
}

export function createLife(world: World, random: Random): Life {
  const placed: Placed[] = [];
  const later: { at: number; does: () => string }[] = [];
  let named = 0;

  const idle = (): Eip | null => pickOf(eipsOf(world).filter(({ status }) => status === "UNBIND"));
  const pickOf = <T>(items: readonly T[]): T | null => (items.length === 0 ? null : random.pick(items));
  const cluster = (): Cluster => random.pick(clustersOf(world));
  const alive = (): Placed | null => pickOf(placed.filter((one) => one.alive && clustersOf(world).includes(one.cluster)));
  const dead = (): Placed | null => pickOf(placed.filter((one) => !one.alive && clustersOf(world).includes(one.cluster)));
  const name = ({ cluster: { id }, shape }: Placed) => `${shape.kind} ${id}/${shape.namespace}/${shape.name}`;

  function create(): string | null {
    const where = cluster();
    const kind = random.pick(KINDS);
    const namespace = random.pick(NAMESPACES);
    const workload = random.pick(NAMES);
    const taken = placed.some(
      ({ cluster: other, shape, alive: lives }) =>
        lives && other === where && shape.namespace === namespace && shape.name === workload,
    );
    if (taken) return null;
    const onSuperNodes = STABLE.includes(kind) && kind !== "GameServerSet" && random.chance(0.2);
    const shape: WorkloadShape = {
      kind,
      namespace,
      name: workload,
      replicas: 1 + random.below(4),
      annotations: annotationsOf(onSuperNodes, random),
      onSuperNodes,
      ...(kind === "StatefulSet" && random.chance(0.2) ? { start: 1 + random.below(3) } : {}),
    };
    createWorkload(world, where, shape);
    const one: Placed = { cluster: where, shape, alive: true };
    placed.push(one);
    return `${name(one)} is created with ${shape.replicas} replicas${onSuperNodes ? ", on super nodes" : ""}, ${JSON.stringify(shape.annotations)}`;
  }

  function rescale(): string | null {
    const one = alive();
    if (one === null || one.shape.kind === "DaemonSet") return null;
    const { kind, namespace, name: workload } = one.shape;
    const replicas = random.chance(0.2) ? 0 : random.below(5);
    scale(world, one.cluster, kind, namespace, workload, replicas);
    one.shape = { ...one.shape, replicas };
    return `${name(one)} is scaled to ${replicas}`;
  }

  function restart(): string | null {
    const one = alive();
    if (one === null || !STABLE.includes(one.shape.kind)) return null;
    const { kind, namespace, name: workload } = one.shape;
    const pods = one.cluster.store
      .list("Pod", "", namespace)
      .filter(({ metadata }) => metadata.name.startsWith(`${workload}-`))
      .map(({ metadata }) => metadata.name);
    const pod = pickOf(pods);
    if (pod === null) return null;
    deletePod(world, one.cluster, namespace, pod);
    const away = random.pick([0, HOUR, 5 * HOUR, 40 * HOUR]);
    const back = () => {
      if (clustersOf(world).includes(one.cluster)) reconcile(world, one.cluster, kind, namespace, workload);
      return `Pods of ${name(one)} are made again`;
    };
    if (away === 0) back();
    else later.push({ at: world.clock.now() + away, does: back });
    return `Pod ${namespace}/${pod} of ${one.cluster.id} is deleted, and comes back after ${away / HOUR} h`;
  }

  function remove(): string | null {
    const one = alive();
    if (one === null) return null;
    const { kind, namespace, name: workload } = one.shape;
    deleteWorkload(world, one.cluster, kind, namespace, workload);
    one.alive = false;
    return `${name(one)} is deleted`;
  }

  function recreate(): string | null {
    const one = dead();
    if (one === null) return null;
    const { cluster: where, shape } = one;
    if (placed.some((other) => other.alive && other.cluster === where && sameName(other.shape, shape))) return null;
    createWorkload(world, where, shape);
    one.alive = true;
    return `${name(one)} is created again`;
  }

  function bug(): string | null {
    const one = cluster();
    const which = random.pick(BUGS);
    one.bugs[which] = !one.bugs[which];
    return `ipamd of ${one.id}: ${which} is ${one.bugs[which] ? "on" : "off"}`;
  }

  function adopt(): string | null {
    const eip = idle();
    if (eip === null) return null;
    const where = pickOf([...eip.region.clusters.values()]);
    if (where === null) return null;
    named += 1;
    const shape: WorkloadShape = {
      kind: "Deployment",
      namespace: "partner",
      name: `sftp-${named}`,
      replicas: random.below(2),
      annotations: {
        "tke.cloud.tencent.com/networks": "tke-route-eni",
        "tke.cloud.tencent.com/eip-id-list": eip.id,
      },
    };
    createWorkload(world, where, shape);
    const one: Placed = { cluster: where, shape, alive: true };
    placed.push(one);
    return `${name(one)} takes ${eip.id} into its eip-id-list`;
  }

  function bindByHand(): string | null {
    const eip = idle();
    if (eip === null) return null;
    bind(world, eip, { instanceId: `${BY_HAND}${random.letters(8)}` });
    const hours = 1 + random.below(30);
    later.push({
      at: world.clock.now() + hours * HOUR,
      does() {
        if (eip.instanceId?.startsWith(BY_HAND) === true && eip.status === "BIND") unbind(world, eip);
        return `${eip.id} is unbound by hand`;
      },
    });
    return `${eip.id} is bound to a CVM by hand, for ${hours} h`;
  }

  function retag(): string | null {
    const eip = idle();
    if (eip === null || eip.tags === null) return null;
    const what = random.below(3);
    if (what === 0) eip.tags = { ...eip.tags, "eip-guard:keep": random.pick(["", "finance asked"]) };
    else if (what === 1) eip.tags = Object.fromEntries(Object.entries(eip.tags).filter(([key]) => key !== "eip-guard:keep"));
    else eip.tags = {};
    return `tags of ${eip.id} are now ${JSON.stringify(eip.tags)}`;
  }

  function protect(): string | null {
    const eip = idle();
    if (eip === null) return null;
    const what = random.pick(["deletionProtected", "isArrears", "isBlocked"] as const);
    eip[what] = !eip[what];
    return `${eip.id}: ${what} is ${eip[what]}`;
  }

  function busy(): string | null {
    const eip = idle();
    if (eip === null) return null;
    eip.busyUntil = world.clock.now() + 6 * HOUR;
    return `a task keeps ${eip.id} busy`;
  }

  function loose(): string | null {
    const region = random.pick(regionsOf(world));
    const eip = allocate(world, region, { name: "by hand" });
    return `${eip.id} is allocated by hand`;
  }

  function bare(): string | null {
    const where = cluster();
    named += 1;
    const pod = `tool-${named}`;
    startPod(world, where, "tools", pod, NEVER, null);
    later.push({
      at: world.clock.now() + 10 * HOUR,
      does() {
        deletePod(world, where, "tools", pod);
        return `bare Pod ${where.id}/tools/${pod} is deleted`;
      },
    });
    return `bare Pod ${where.id}/tools/${pod} starts`;
  }

  function rethreshold(): string | null {
    const one = cluster();
    one.claimExpired = random.pick(THRESHOLDS);
    return `the recycle threshold of ${one.id} is ${one.claimExpired}`;
  }

  function autoscale(): string | null {
    const one = alive();
    if (one === null || one.shape.kind !== "StatefulSet") return null;
    const { namespace, name: workload } = one.shape;
    const present = one.cluster.store.get("HorizontalPodAutoscaler", "autoscaling", namespace, workload);
    if (present !== undefined) {
      one.cluster.store.remove("HorizontalPodAutoscaler", "autoscaling", namespace, workload);
      return `the autoscaler of ${name(one)} is deleted`;
    }
    one.cluster.store.create({
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: { namespace, name: workload },
      spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "StatefulSet", name: workload }, minReplicas: 1, maxReplicas: 4 },
    });
    return `${name(one)} gets an autoscaler of up to 4`;
  }

  /** An operator's object with its StatefulSet, and an autoscaler of the operator's object half of the time. */
  function operate(): string | null {
    const where = cluster();
    const [apiVersion, kind] = random.pick(OPERATORS);
    named += 1;
    const [namespace, workload] = ["ops", `infer-${named}`];
    define(where, apiVersion, `${kind.toLowerCase()}s`, kind);
    const operator = where.store.create({ apiVersion, kind, metadata: { namespace, name: workload }, spec: { replicas: 1 } });
    const shape: WorkloadShape = {
      kind: "StatefulSet",
      namespace,
      name: workload,
      replicas: 1 + random.below(4),
      annotations: NEVER,
      owner: referenceTo(operator),
    };
    createWorkload(world, where, shape);
    placed.push({ cluster: where, shape, alive: true });
    const scaled = random.chance(0.5);
    if (scaled) {
      where.store.create({
        apiVersion: "autoscaling/v2",
        kind: "HorizontalPodAutoscaler",
        metadata: { namespace, name: workload },
        spec: { scaleTargetRef: { apiVersion, kind, name: workload }, minReplicas: 1, maxReplicas: 5 },
      });
    }
    return `${kind} ${where.id}/${namespace}/${workload} makes its StatefulSet${scaled ? ", and has an autoscaler" : ""}`;
  }

  function stopOperating(): string | null {
    const all = clustersOf(world).flatMap((where) =>
      OPERATORS.flatMap(([apiVersion, kind]) => where.store.list(kind, groupOf(apiVersion)).map((object) => ({ where, object }))),
    );
    const one = pickOf(all.filter(({ object }) => object.metadata.namespace === "ops"));
    if (one === null) return null;
    const { where, object } = one;
    const { namespace = "", name: operator } = object.metadata;
    where.store.remove(object.kind, groupOf(object.apiVersion), namespace, operator);
    where.store.remove("HorizontalPodAutoscaler", "autoscaling", namespace, operator);
    const below = placed.find(
      ({ cluster: other, shape }) => other === where && shape.name === operator && shape.namespace === namespace,
    );
    if (below?.alive) {
      deleteWorkload(world, where, "StatefulSet", namespace, operator);
      below.alive = false;
    }
    return `${object.kind} ${where.id}/${namespace}/${operator} is deleted with all below it`;
  }

  function cronscale(): string | null {
    const one = alive();
    if (one === null || one.shape.kind !== "StatefulSet") return null;
    const { namespace, name: workload } = one.shape;
    const group = "autoscaling.cloud.tencent.com";
    define(one.cluster, `${group}/v1`, "horizontalpodcronscalers", "HorizontalPodCronscaler");
    if (one.cluster.store.get("HorizontalPodCronscaler", group, namespace, workload) !== undefined) {
      one.cluster.store.remove("HorizontalPodCronscaler", group, namespace, workload);
      return `the scheduled scaler of ${name(one)} is deleted`;
    }
    one.cluster.store.create({
      apiVersion: `${group}/v1`,
      kind: "HorizontalPodCronscaler",
      metadata: { namespace, name: workload },
      spec: {
        scaleTarget: { apiVersion: "apps/v1", kind: "StatefulSet", name: workload },
        crons: [
          { name: "day", schedule: "0 9 * * *", targetSize: 4 },
          { name: "night", schedule: "0 21 * * *", targetSize: 1 },
        ],
      },
    });
    return `${name(one)} gets a scheduled scaler of up to 4`;
  }

  /** A template of another kind names an idle EIP, though no Pod of it is there. */
  function mention(): string | null {
    const eip = idle();
    const where = eip === null ? null : pickOf([...eip.region.clusters.values()]);
    if (eip === null || where === null) return null;
    const [apiVersion, plural, kind, path] = random.pick(TEMPLATES);
    define(where, apiVersion, plural, kind);
    named += 1;
    const template = {
      metadata: { annotations: { "tke.cloud.tencent.com/eip-id-list": eip.id } },
      spec: { containers: [{ name: "main", image: "game:1" }] },
    };
    const content = path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), template) as { spec?: object };
    where.store.create({
      ...content,
      ...(content.spec === undefined ? {} : { spec: { replicas: 0, ...content.spec } }),
      apiVersion,
      kind,
      metadata: { namespace: "partner", name: `spare-${named}` },
    });
    return `${kind} ${where.id}/partner/spare-${named} at 0 names ${eip.id}`;
  }

  /** A manifest is copied with what ipamd wrote into it; it never gets the address. */
  function copy(): string | null {
    const pods = clustersOf(world).flatMap((where) =>
      where.store
        .list("Pod", "")
        .filter((pod) => annotation(pod, "eip-public-ip") !== undefined && pod.metadata.labels?.[COPY] === undefined),
    );
    const original = pickOf(pods);
    if (original === null) return null;
    const where = cluster();
    named += 1;
    const at = { namespace: "copies", name: random.chance(0.5) ? `copy-${named}` : original.metadata.name };
    if (where.store.get("Pod", "", at.namespace, at.name) !== undefined) return null;
    where.store.create({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { ...at, annotations: { ...original.metadata.annotations }, labels: { [COPY]: "yes" } },
      spec: { nodeName: "10.0.0.2", containers: [{ name: "main", image: "game:1" }] },
      status: { phase: "Running", podIP: `10.250.0.${1 + (named % 250)}` },
    });
    later.push({
      at: world.clock.now() + (6 + random.below(60)) * HOUR,
      does() {
        where.store.remove("Pod", "", at.namespace, at.name);
        return `the copy ${where.id}/${at.namespace}/${at.name} is deleted`;
      },
    });
    return `Pod ${original.metadata.namespace}/${original.metadata.name} is copied to ${where.id}/${at.namespace}/${at.name}, annotations and all`;
  }

  function editEksConfig(): string | null {
    const where = cluster();
    const text = random.pick(EKS_CONFIGS);
    where.store.remove("ConfigMap", "", "kube-system", "eks-config");
    if (text !== null) {
      where.store.create({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { namespace: "kube-system", name: "eks-config" },
        data: { "pod.annotations": text },
      });
    }
    return `eks-config of ${where.id} is now ${text === null ? "gone" : JSON.stringify(text)}`;
  }

  function moveSuperNode(): string | null {
    const where = cluster();
    const there = where.store.get("Node", "", "", "eklet-1") !== undefined;
    if (there) removeSuperNode(world, where);
    else addSuperNode(world, where);
    return `the super node of ${where.id} ${there ? "goes" : "comes"}`;
  }

  function end(): string | null {
    const all = clustersOf(world);
    const last = all.at(-1);
    if (all.length < 2 || last === undefined || !random.chance(0.15)) return null;
    deleteCluster(world, last);
    return `cluster ${last.id} is deleted`;
  }

  const events: readonly (readonly [weight: number, event: () => string | null])[] = [
    [14, create],
    [14, rescale],
    [14, restart],
    [12, remove],
    [8, recreate],
    [4, bug],
    [3, adopt],
    [4, bindByHand],
    [3, retag],
    [2, protect],
    [1, busy],
    [2, loose],
    [1, bare],
    [1, rethreshold],
    [2, autoscale],
    [3, operate],
    [2, stopOperating],
    [2, cronscale],
    [3, mention],
    [3, copy],
    [3, editEksConfig],
    [4, moveSuperNode],
    [1, end],
  ];
  const sum = events.reduce((all, [weight]) => all + weight, 0);

  return {
    happen() {
      let drawn = random.below(sum);
      for (const [weight, event] of events) {
        drawn -= weight;
        if (drawn < 0) return event();
      }
      return null;
    },
    settle() {
      const now = world.clock.now();
      const due = later.filter(({ at }) => at <= now);
      for (const one of due) later.splice(later.indexOf(one), 1);
      return due.map(({ does }) => does());
    },
    settledAt: () => Math.max(0, ...later.map(({ at }) => at)),
  };
}

function define(cluster: Cluster, apiVersion: string, plural: string, kind: string): void {
  const [group = "", version = ""] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
  cluster.store.define({ group, version, plural, kind, namespaced: true, scale: true });
}

function sameName(one: WorkloadShape, other: WorkloadShape): boolean {
  return one.namespace === other.namespace && one.name === other.name;
}

function regionsOf(world: World): readonly Region[] {
  return world.accounts.flatMap(({ regions }) => [...regions.values()]);
}
