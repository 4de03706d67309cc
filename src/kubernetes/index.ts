import { known, type Reading, unknown } from "../core/terms/known.ts";
import type { Place } from "../core/terms/place.ts";
import type { Clock, ClusterAddress, KubernetesReader, KubernetesWriter } from "../ports.ts";
import { NO_PROXY, type ProxyFor } from "../proxy/environment.ts";
import { type Access, accessByFile, accessByText, accessInCluster } from "./access.ts";
import { jsonOf, property } from "./json.ts";
import { type MarkKeys, NO_MARKS } from "./metadata.ts";
import { pathOf, saysAbsent } from "./object.ts";
import { readIpamdDeployment, readObjects } from "./objects.ts";
import { ask, describeReply, type Reply } from "./transport.ts";

export interface Kubeconfig extends Place {
  readonly id: string;
  readonly path: string;
  /** The path as the user wrote it: what messages name. Left out: the file's name alone. */
  readonly written?: string;
  readonly context: string | null;
  /** Where it is in the Secrets Manager; null or left out: it is the file. */
  readonly secret?: KubeconfigSecret | null;
}

/** A secret that holds a kubeconfig. */
export interface KubeconfigSecret {
  readonly region: string;
  readonly name: string;
  readonly version: string | null;
}

/** Where a path stands for the service account of the Pod that the guard runs in. */
export const IN_CLUSTER = "in-cluster";

/** The ways into the clusters, each opened once and kept. */
export interface Clusters {
  readonly access: (cluster: ClusterAddress) => Promise<Reading<Access>>;
  readonly configured: readonly Kubeconfig[];
}

export interface WaysIn {
  /** Reads a kubeconfig out of the Secrets Manager; left out: none is there. */
  readonly fromSecret?: (secret: KubeconfigSecret) => Promise<Reading<string>>;
  /** For clusters whose kubeconfig names no proxy; left out: none. */
  readonly proxyFor?: ProxyFor;
}

/**
 * @param describe asks the cloud for a kubeconfig; null where the configuration does not allow it
 */
export function openClusters(
  kubeconfigs: readonly Kubeconfig[],
  describe: ((cluster: ClusterAddress) => Promise<Reading<string>>) | null,
  { fromSecret, proxyFor = NO_PROXY }: WaysIn = {},
): Clusters {
  const opened = new Map<string, Promise<Reading<Access>>>();
  async function open(cluster: ClusterAddress): Promise<Reading<Access>> {
    const configured = kubeconfigs.find(({ id }) => id === cluster.id);
    if (configured !== undefined) {
      const { secret = null } = configured;
      if (secret !== null) {
        const what = `the kubeconfig in secret ${secret.name} of ${secret.region}`;
        const text = (await fromSecret?.(secret)) ?? unknown("no secret can be read here");
        return text.known ? accessByText(text.value, configured.context, what, { from: "secret" }, proxyFor) : text;
      }
      if ((configured.written ?? configured.path) === IN_CLUSTER) return accessInCluster();
      return accessByFile(configured.path, configured.context, configured.written, proxyFor);
    }
    if (describe === null)
      return unknown(`no kubeconfig is configured for cluster ${cluster.id} (clusters.kubeconfigs)`, "no-kubeconfig");
    const text = await describe(cluster);
    return text.known
      ? accessByText(text.value, null, `the kubeconfig of cluster ${cluster.id} from the cloud`, { from: "cloud" }, proxyFor)
      : text;
  }
  return {
    configured: kubeconfigs,
    access(cluster) {
      const present = opened.get(cluster.id) ?? open(cluster);
      opened.set(cluster.id, present);
      return present;
    },
  };
}

/** So many clusters are read side by side; the rest wait, so that memory stays within bounds. */
const SIDE_BY_SIDE = 4;

/**
 * Kubernetes, read only. Failures are unknown readings.
 *
 * @param marks keys of labels and annotations that name an owner
 */
export function createKubernetesReader(clusters: Clusters, clock: Clock, marks: MarkKeys = NO_MARKS): KubernetesReader {
  const gate = createGate(SIDE_BY_SIDE);
  return {
    configured: clusters.configured.map(({ id, account, region }) => ({ id, account, region })),
    async answers(cluster) {
      const access = await clusters.access(cluster);
      if (!access.known) return false;
      const reply = await ask(access.value, { method: "GET", path: "/version", tries: 1 });
      return reply.status !== 0;
    },
    async objects(cluster, onPage) {
      const access = await clusters.access(cluster);
      if (!access.known) return access;
      const version = await ask(access.value, { method: "GET", path: "/version" });
      // Whether anybody answers is asked first: twelve lists that time out one by one would say the same, later.
      if (version.status === 0) return unknown(`the API server can't be reached: ${describeReply(version)}`, "network");
      if (version.status === 401)
        return unknown(`the API server refuses the credentials: ${describeReply(version)}`, "credentials");
      return gate(async () => known(await readObjects(access.value, clock, marks, onPage ?? (() => undefined))));
    },
    async ipamdDeployment(cluster) {
      const access = await clusters.access(cluster);
      return access.known ? readIpamdDeployment(access.value) : access;
    },
  };
}

function createGate(width: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= width) await new Promise<void>((resolve) => waiting.push(resolve));
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
      waiting.shift()?.();
    }
  };
}

/** An API server answers a deletion with a Status of success, or with the object, where a finalizer holds it. */
function saysDeleted(reply: Reply, uid: string): boolean {
  if ((reply.status !== 200 && reply.status !== 202) || !("body" in reply)) return false;
  const answer = jsonOf(reply.body);
  if (property(answer, "kind") === "Status") return property(answer, "status") === "Success";
  return property(property(answer, "metadata"), "uid") === uid;
}

/** Deletes claims, and nothing else. */
export function createKubernetesWriter(clusters: Clusters): KubernetesWriter {
  return {
    async deleteClaim(cluster, claim, permitted) {
      const access = await clusters.access(cluster);
      if (!access.known) return { outcome: "failed", why: access.why };
      const { name, uid, resourceVersion } = claim;
      let refused: string | null = null;
      const reply = await ask(access.value, {
        method: "DELETE",
        path: pathOf(claim),
        // Exactly the claim that was judged: not one of the same name that was made or changed since.
        body: JSON.stringify({ apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid, resourceVersion } }),
        async permitted() {
          refused = await permitted();
          return refused;
        },
      });
      if (refused !== null) return { outcome: "not-sent", why: refused };
      if (saysDeleted(reply, uid)) return { outcome: "deleted" };
      if (reply.status === 200 || reply.status === 202)
        return { outcome: "unconfirmed", why: `${reply.status}: the answer to the deletion is not an API server's` };
      const why = describeReply(reply);
      if (saysAbsent(reply, name)) return { outcome: "gone-already", why };
      if (reply.status === 409) return { outcome: "changed", why };
      if (reply.status === 429) return { outcome: "busy", why };
      if (reply.status >= 500 || ("sent" in reply && reply.sent)) return { outcome: "unconfirmed", why };
      return { outcome: reply.status === 401 || reply.status === 403 ? "forbidden" : "failed", why };
    },
  };
}
