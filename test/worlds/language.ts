import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";

/** What a world's YAML may say (README.md); everything else is refused, by name. */

const name = z.string().regex(/^[a-z0-9][a-z0-9-]*$/);
/** `namespace/name`, or `cluster/namespace/name` outside of the first cluster. */
const path = z.string().regex(/^([a-z0-9-]+\/)?[a-z0-9-]+\/[a-z0-9-]+$/);
const annotations = z.record(z.string(), z.string());

const cluster = z.strictObject({
  region: z.string().default("ap-guangzhou"),
  product: z.enum(["tke", "eks"]).default("tke"),
  /** `never`, a Go duration, or null where DescribeIPAMD gives none. */
  threshold: z.string().nullable().default("never"),
  /** `--claim-expired-duration` of the Deployment kube-system/tke-eni-ipamd, where it is visible. */
  argument: z.string().optional(),
  ipamd: z.enum(["running", "switched-off"]).default("running"),
  /** Whether the EIPClaim kind is installed. */
  claims: z.boolean().default(true),
  /** Whether ipamd tags EIPs (since 3.4.4), and writes the annotation eip-id. */
  tags: z.boolean().default(true),
  writesEipId: z.boolean().default(true),
  /** A Pod that lives through everything; without one, claims prove nothing (domain.md §5.2, 4). */
  witness: z.boolean().default(true),
  superNodes: z.boolean().default(false),
  /** `pod.annotations` of ConfigMap kube-system/eks-config. */
  eksConfig: z.string().optional(),
  /** Whether the guard has a kubeconfig for it. */
  kubeconfig: z.boolean().default(true),
  bugs: z
    .array(z.enum(["stopped", "duplicates", "forgetsToRecycle", "forgetsToDestroy", "ignoresClaimDeletion", "forgetsToBind"]))
    .default([]),
  later: z.boolean().default(false),
});

const podShape = {
  /** The delete policy; null: none. */
  policy: z.string().nullable().default("Never"),
  /** `tke…/networks`. */
  network: z.enum(["tke-route-eni", "tke-direct-eni"]).default("tke-route-eni"),
  /** The Pod's own recycle threshold. */
  threshold: z.string().optional(),
  /** `eip-id-list`, by the EIPs' names; the Pod then wants no automatic EIP. */
  ids: z.array(name).optional(),
  prefix: z.enum(["tke", "eks"]).default("tke"),
  /** Whether its Pods run on super nodes. */
  superNode: z.boolean().default(false),
  /** More annotations, or others. */
  annotations: annotations.default({}),
  /** Labels of the Pods; those of a workload are its template's. */
  labels: annotations.default({}),
  /** False: the Pods ask for no EIP. */
  eip: z.boolean().default(true),
  later: z.boolean().default(false),
};

const workload = z.strictObject({
  kind: z
    .enum(["StatefulSet", "Deployment", "DaemonSet", "Job", "AdvancedStatefulSet", "GameServerSet", "CloneSet"])
    .default("StatefulSet"),
  replicas: z.int().min(0).default(1),
  /** `ordinals.start`. */
  start: z.int().optional(),
  /** `reserveOrdinals` or `reserveGameServerIds`. */
  reserved: z.array(z.union([z.int(), z.string()])).optional(),
  /** maxReplicas of a HorizontalPodAutoscaler. */
  autoscaled: z.int().optional(),
  ...podShape,
});

/** A Pod without a workload, or under an owner of a kind that the guard doesn't know (`example.com/v1 Widget odd`). */
const pod = z.strictObject({
  owner: z.string().optional(),
  /** Several owners, of which none is the controller. */
  owners: z.array(z.string()).default([]),
  hostNetwork: z.boolean().default(false),
  ...podShape,
});

/** Any other object, as it stands, under `KIND namespace/name`; its kind is installed with it. `{mine}` in it is an EIP's id. */
const object = z.strictObject({
  apiVersion: z.string(),
  plural: name,
  /** Owners: `apiVersion kind name`; the first is the controller. */
  owners: z.array(z.string()).default([]),
  /** Whether its kind can be scaled. */
  scale: z.boolean().default(false),
  spec: z.record(z.string(), z.unknown()).default({}),
  later: z.boolean().default(false),
});

/** An EIP that no Pod asked for. */
const eip = z.strictObject({
  region: z.string().default("ap-guangzhou"),
  tags: annotations.default({}),
  /** Both tke tags, naming this cluster. */
  madeBy: name.optional(),
  /** Bound to this instance. */
  bound: z.string().optional(),
  later: z.boolean().default(false),
});

const world = z.strictObject({
  account: z
    .strictObject({
      type: z.string().default("STANDARD"),
      ipamdMayAllocate: z.boolean().default(true),
      /** Whether changing tags changes `UpdatedTime`. */
      taggingUpdates: z.boolean().default(false),
    })
    .prefault({}),
  clusters: z
    .record(
      name,
      cluster.nullable().transform((given) => given ?? cluster.parse({})),
    )
    .prefault({ games: {} }),
  workloads: z.record(path, workload).default({}),
  pods: z.record(path, pod).default({}),
  /** Labels and annotations of namespaces, `namespace` or `cluster/namespace`. */
  namespaces: z
    .record(
      z.string().regex(/^([a-z0-9-]+\/)?[a-z0-9-]+$/),
      z.strictObject({ labels: annotations.default({}), annotations: annotations.default({}) }),
    )
    .default({}),
  objects: z.record(z.string().regex(/^[A-Za-z]+ ([a-z0-9-]+\/)?[a-z0-9-]+\/[a-z0-9-]+$/), object).default({}),
  eips: z
    .record(
      name,
      eip.nullable().transform((given) => given ?? eip.parse({})),
    )
    .default({}),
  /** Parts of eip-guard.yaml that differ from the README's. */
  guard: z.record(z.string(), z.unknown()).default({}),
});

const VERDICT = "in-use|transient|retained|recycling|leaked|unmanaged|unknown";
const ACT = "none|flagged|noticed|unflagged|released|recycled|given up|withheld: .+|failed: .+";
/** `verdict, reason, what was done`; or `unlisted`, where the guard could not list its region. */
const EXPECTATION = new RegExp(`^((${VERDICT}), ([a-z-]+), (${ACT})|unlisted)$`);

const scenario = z.strictObject({
  name: z.string().min(10),
  /** Where that stands: `§5.1`, `contract.md, Floors` or `docs/state.md#lease`; several with `; ` between them. */
  because: z.string().optional(),
  world: world.prefault({}),
  steps: z.array(z.string()).default([]),
  expect: z.record(z.string(), z.string().regex(EXPECTATION, "want 'verdict, reason, what was done'")),
  /** Whose some of the EIPs are in the last result, as `name: where it stands`; null for nobody's. */
  owners: z.record(z.string(), z.string().nullable()).default({}),
});

export type Scenario = z.infer<typeof scenario>;
export type ClusterShape = z.infer<typeof cluster>;
export type WorkloadDefinition = z.infer<typeof workload>;
export type PodDefinition = z.infer<typeof pod>;
export type ObjectDefinition = z.infer<typeof object>;
export type EipDefinition = z.infer<typeof eip>;

/** One theme's scenarios. @throws naming the file and the key that is wrong */
export function parseTheme(file: string, text: string): readonly Scenario[] {
  const read = z.array(scenario).safeParse(parse(text));
  if (read.success) return read.data;
  throw new Error(`${file}: ${z.prettifyError(read.error)}`);
}

/** All scenarios of this folder, by theme. */
export function readThemes(folder: string): ReadonlyMap<string, readonly Scenario[]> {
  const files = readdirSync(folder).filter((file) => file.endsWith(".yaml"));
  return new Map(files.sort().map((file) => [file, parseTheme(file, readFileSync(join(folder, file), "utf8"))]));
}
