import {
  createWorkload,
  deleteCluster,
  deletePod,
  deleteWorkload,
  NEVER,
  PLAIN,
  reconcile,
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

import { BY_HAND } from "./oracle.ts";

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
const BUGS = ["stopped", "duplicates", "forgetsToRecycle", "forgetsToDestroy", "ignoresClaimDeletion", "forgetsToBind"] as const;

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
    const shape: WorkloadShape = {
      kind,
      namespace,
      name: workload,
      replicas: 1 + random.below(4),
      annotations: random.chance(0.85) ? NEVER : PLAIN,
      ...(kind === "StatefulSet" && random.chance(0.2) ? { start: 1 + random.below(3) } : {}),
    };
    createWorkload(world, where, shape);
    const one: Placed = { cluster: where, shape, alive: true };
    placed.push(one);
    return `${name(one)} is created with ${shape.replicas} replicas`;
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

function sameName(one: WorkloadShape, other: WorkloadShape): boolean {
  return one.namespace === other.namespace && one.name === other.name;
}

function regionsOf(world: World): readonly Region[] {
  return world.accounts.flatMap(({ regions }) => [...regions.values()]);
}
