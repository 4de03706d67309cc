import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { groupOf, type KubernetesObject } from "../../sim/kubernetes/objects.ts";
import {
  createWorkload,
  deleteCluster,
  deletePod,
  deleteWorkload,
  NEVER,
  reconcile,
  removeSuperNode,
  scale,
  startPod,
  type WorkloadKind,
} from "../../sim/world/life.ts";
import { bind, CLAIM_GROUP, destroy, type Eip, eipsOf, unbind } from "../../sim/world/world.ts";
import {
  clusterOf,
  configure,
  eipOf,
  idOf,
  idsIn,
  makeCluster,
  makeEip,
  makeObject,
  makePod,
  makeWorkload,
  nameNewEips,
  placeOf,
  podOf,
  referenceOf,
  type Scene,
} from "./scene.ts";

/** A sentence of `steps`, and what it does. */
interface Step {
  readonly says: RegExp;
  readonly does: (scene: Scene, ...words: readonly string[]) => Promise<void> | void;
}

/** The closed vocabulary. A sentence that none of these takes is refused. */
const STEPS: readonly Step[] = [
  // the guard, and time
  { says: /^run$/, does: (scene) => run(scene) },
  { says: /^run in mode (audit|flag)$/, does: (scene, mode = "") => run(scene, ["--mode", mode]) },
  { says: /^run every (\d+[mhd]) for (\d+[mhd])$/, does: runEvery },
  { says: /^wait (\d+[mhd])$/, does: (scene, time = "") => scene.advance(millisecondsOf(time)) },
  { says: /^meanwhile (.+)$/, does: meanwhile },
  { says: /^the reading before a release takes (\d+[mhd])$/, does: (scene, time = "") => takesLong(scene, millisecondsOf(time)) },
  { says: /^plan$/, does: (scene) => succeed(scene, ["plan", "--out", "plan.json"]) },
  { says: /^apply$/, does: (scene) => apply(scene, []) },
  { says: /^apply, confirming (\d+)$/, does: (scene, count = "") => apply(scene, ["--confirm", count]) },
  { says: /^the guard is refused: (.+)$/, does: refused },
  { says: /^lose (\d+) generations? of the ledger$/, does: (scene, count = "") => loseGenerations(scene, Number(count)) },
  { says: /^lose every generation of the ledger$/, does: (scene) => loseGenerations(scene, Number.POSITIVE_INFINITY) },
  { says: /^back the ledger up$/, does: backUpLedger },
  { says: /^restore the ledger from the backup$/, does: restoreLedger },
  { says: /^a run with a clock (\d+[mhd]) ahead dies with its lease$/, does: leaveLease },
  { says: /^nothing is missing in the last run$/, does: ({ results }) => expect(results.at(-1)?.gaps).toEqual([]) },
  { says: /^forget the ledger$/, does: ({ folder }) => rm(join(folder, "state"), { recursive: true, force: true }) },
  // people
  { says: /^keep (\S+)$/, does: (scene, eip = "") => succeed(scene, ["keep", eipOf(scene, eip).id]) },
  {
    says: /^keep (\S+) until (\d{4}-\d\d-\d\d)$/,
    does: (scene, eip = "", date = "") => succeed(scene, ["keep", eipOf(scene, eip).id, "--until", date]),
  },
  {
    says: /^(\S+) keeps (\S+) until (\d{4}-\d\d-\d\d)$/,
    does: (scene, who = "", eip = "", date = "") => say(scene, who, ["keep", eipOf(scene, eip).id, "--until", date]),
  },
  { says: /^(\S+) keeps (\S+) for good$/, does: (scene, who = "", eip = "") => say(scene, who, ["keep", eipOf(scene, eip).id]) },
  {
    says: /^keep the address of (\S+), and be refused$/,
    does: (scene, eip = "") => refuse(scene, ["keep", eipOf(scene, eip).ip], "is gone since"),
  },
  { says: /^a command that keeps (\S+) dies before it writes the ledger$/, does: keepHalfway },
  { says: /^unkeep (\S+)$/, does: (scene, eip = "") => succeed(scene, ["unkeep", eipOf(scene, eip).id]) },
  { says: /^approve (\S+)$/, does: (scene, eip = "") => succeed(scene, ["approve", eipOf(scene, eip).id]) },
  { says: /^approve what the plan needs$/, does: (scene) => succeed(scene, ["approve", "--plan", "plan.json"]) },
  { says: /^put STOP into the store$/, does: ({ folder }) => writeFileSync(join(folder, "state", "STOP"), "") },
  { says: /^take STOP out of the store$/, does: ({ folder }) => rm(join(folder, "state", "STOP")) },
  { says: /^take away the second key$/, does: (scene) => void Object.assign(scene, { key: false }) },
  // workloads
  { says: /^create (\S+)$/, does: create },
  { says: /^scale (\S+) to (\d+)$/, does: (scene, where = "", count = "") => scaleTo(scene, where, Number(count)) },
  { says: /^delete workload (\S+)$/, does: (scene, where = "") => remove(scene, where, false) },
  { says: /^delete workload (\S+) but not its Pods$/, does: (scene, where = "") => remove(scene, where, true) },
  {
    says: /^create object (\S+ \S+)$/,
    does: (scene, what = "") => makeObject(scene, what, definition(scene.scenario.world.objects, what)),
  },
  { says: /^delete object (\S+ \S+)$/, does: removeObject },
  { says: /^set (\S+) of workload (\S+) to '(.*)'$/, does: annotateTemplate },
  { says: /^workload (\S+) belongs to (\S+) (\S+) (\S+)$/, does: belongTo },
  { says: /^reserve (\S+) in workload (\S+)$/, does: reserve },
  { says: /^the ordinals of (\S+) start at (\d+)$/, does: startAt },
  { says: /^the autoscaler of (\S+) covers (\d+)$/, does: autoscale },
  { says: /^(\S+) is replaced by a StatefulSet of Kubernetes at (\d+)$/, does: replaceByApps },
  { says: /^beside (\S+) stands an Advanced StatefulSet at (\d+)$/, does: standBeside },
  // Pods
  { says: /^delete Pod (\S+)$/, does: removePod },
  { says: /^Pod (\S+) returns$/, does: (scene, where = "") => returns(scene, where) },
  { says: /^Pod (\S+) becomes (Pending|Succeeded|Failed|Running)$/, does: phase },
  { says: /^set (\S+) of Pod (\S+) to '(.*)'$/, does: annotatePod },
  {
    says: /^Pod (\S+) is terminating$/,
    does: (scene, where = "") => terminate(scene, placeOf(scene, where).cluster, podOf(scene, where)),
  },
  { says: /^lose Pod (\S+) from the API, not from its EIP$/, does: losePod },
  // claims and namespaces
  { says: /^delete claim (\S+)$/, does: (scene, where = "") => void removeClaim(scene, where) },
  { says: /^claim (\S+) names (.+)$/, does: claimNames },
  {
    says: /^claim (\S+) is terminating$/,
    does: (scene, where = "") => terminate(scene, placeOf(scene, where).cluster, claimOf(scene, where)),
  },
  { says: /^namespace (\S+) is terminating$/, does: terminateNamespace },
  { says: /^delete namespace (\S+)$/, does: deleteNamespace },
  {
    says: /^uninstall the claims of (\S+)$/,
    does: (scene, alias = "") => clusterOf(scene, alias).store.undefine(CLAIM_GROUP, "eipclaims"),
  },
  {
    says: /^uninstall OpenKruise from (\S+)$/,
    does: (scene, alias = "") => clusterOf(scene, alias).store.undefine("apps.kruise.io", "statefulsets"),
  },
  // clusters
  { says: /^create cluster (\S+)$/, does: createCluster },
  { says: /^delete cluster (\S+)$/, does: removeCluster },
  {
    says: /^cluster (\S+) becomes (\S+)$/,
    does: (scene, alias = "", status = "") => void Object.assign(clusterOf(scene, alias), { status }),
  },
  {
    says: /^a policy hides cluster (\S+)$/,
    does: ({ account }, alias = "") => void account.hidden.add(idOf(alias)),
  },
  {
    says: /^asking for a missing cluster answers an empty list$/,
    does: ({ account }) => void Object.assign(account, { missingClusters: "empty" }),
  },
  {
    says: /^TKE does not serve (\S+)$/,
    does: ({ account }, region = "") => void Object.assign(account.regions.get(region) ?? {}, { servesClusters: false }),
  },
  { says: /^the kubeconfig of (\S+) leads to (\S+)$/, does: misleadKubeconfig },
  { says: /^the kubeconfigs are right again$/, does: configure },
  { says: /^the threshold of (\S+) becomes (\S+)$/, does: thresholdBecomes },
  { says: /^the super node of (\S+) goes$/, does: (scene, alias = "") => removeSuperNode(scene.world, clusterOf(scene, alias)) },
  {
    says: /^eks-config of (\S+) is deleted$/,
    does: (scene, alias = "") => void clusterOf(scene, alias).store.remove("ConfigMap", "", "kube-system", "eks-config"),
  },
  {
    says: /^ipamd of (\S+) is (stopped|at work)$/,
    does: (scene, alias = "", how = "") => void Object.assign(clusterOf(scene, alias).bugs, { stopped: how === "stopped" }),
  },
  // EIPs
  { says: /^allocate (\S+)$/, does: (scene, name = "") => makeEip(scene, name, definition(scene.scenario.world.eips, name)) },
  {
    says: /^bind (\S+) to (\S+)$/,
    does: (scene, name = "", to = "") => bind(scene.world, eipOf(scene, name), { instanceId: to }),
  },
  { says: /^the address of (\S+) is allocated again as (\S+)$/, does: allocateAgain },
  { says: /^bind (\S+) to the node of Pod (\S+)$/, does: bindToNode },
  { says: /^ipamd destroys (\S+)$/, does: (scene, name = "") => destroy(scene.world, eipOf(scene, name), "ipamd") },
  { says: /^unbind (\S+)$/, does: (scene, name = "") => unbind(scene.world, eipOf(scene, name)) },
  { says: /^(\S+) becomes (prepaid|anycast|antiddos|in arrears|blocked|cascade release|protected|legacy)$/, does: nature },
  {
    says: /^the cloud says (\w+) of (\S+) is (.+)$/,
    does: (scene, field = "", name = "", json = "") => void Object.assign(eipOf(scene, name).says, { [field]: JSON.parse(json) }),
  },
  {
    says: /^the status of (\S+) becomes (\S+)$/,
    does: (scene, name = "", status = "") => void Object.assign(eipOf(scene, name), { status }),
  },
  { says: /^(\S+) hangs on an interface without an instance$/, does: dangle },
  { says: /^tag (\S+) with (\S+)$/, does: (scene, name = "", tag = "") => tagWith(scene, eipOf(scene, name), tag) },
  { says: /^take the tag (\S+) from (\S+)$/, does: (scene, key = "", name = "") => untag(eipOf(scene, name), key) },
  { says: /^take all tags from all EIPs$/, does: ({ world }) => setTags(world, {}) },
  { says: /^leave all tags out of the answers$/, does: ({ world }) => setTags(world, null) },
  // what breaks
  {
    says: /^(\w+) fails with (\S+)$/,
    does: ({ simulator }, action = "", code = "") => void simulator.cloud.faults.push({ action, kind: "error", code }),
  },
  {
    says: /^(\w+) fails (\d+) times? with (\S+), and meanwhile (.+)$/,
    does: (scene, action = "", times = "", code = "", step = "") =>
      void scene.simulator.cloud.faults.push({
        action,
        kind: "error",
        code,
        times: Number(times),
        meanwhile: () => doStep(scene, step),
      }),
  },
  {
    says: /^(\w+) loses its answer$/,
    does: ({ simulator }, action = "") => void simulator.cloud.faults.push({ action, kind: "lose", times: 1 }),
  },
  {
    says: /^(\S+) loses its answer to (\S+)$/,
    does: (scene, alias = "", matches = "") =>
      void scene.simulator.kubernetes.get(idOf(alias))?.faults.push({ matches, kind: "lose", times: 1 }),
  },
  {
    says: /^(\S+) answers (\d{3}) once for (\S+)$/,
    does: (scene, alias = "", status = "", matches = "") =>
      void scene.simulator.kubernetes
        .get(idOf(alias))
        ?.faults.push({ matches, kind: "status", status: Number(status), times: 1 }),
  },
  {
    says: /^(\w+) was called (\d+) times?$/,
    does: ({ simulator }, action = "", times = "") => {
      const calls = simulator.cloud.asked.filter((one) => one === action).length;
      if (calls !== Number(times)) throw new Error(`${action} was called ${calls} times`);
    },
  },
  {
    says: /^(\w+) drops the connection$/,
    does: ({ simulator }, action = "") => void simulator.cloud.faults.push({ action, kind: "drop" }),
  },
  { says: /^(\S+) answers (\d{3}) for (\S+)$/, does: apiFault },
  {
    says: /^the API server of (\S+) is down$/,
    does: (scene, alias = "") => scene.simulator.kubernetes.get(idOf(alias))?.close(),
  },
  { says: /^Slack is (down|up)$/, does: (scene, how = "") => void Object.assign(scene, { slackDown: how === "down" }) },
  { says: /^everything works again$/, does: repair },
];

/** Does one step. @throws naming a sentence that is not in the vocabulary, or a thing that does not exist */
export async function doStep(scene: Scene, sentence: string): Promise<void> {
  const { does, words } = understand(sentence);
  await does(scene, ...words);
  nameNewEips(scene);
}

function understand(sentence: string): { readonly does: Step["does"]; readonly words: readonly string[] } {
  for (const { says, does } of STEPS) {
    const match = says.exec(sentence);
    if (match !== null) return { does, words: match.slice(1) };
  }
  throw new Error(`'${sentence}' is no step; those that are stand at the top of test/worlds/steps.ts`);
}

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

function millisecondsOf(time: string): number {
  return Number(time.slice(0, -1)) * (UNITS[time.slice(-1)] ?? Number.NaN);
}

async function run(scene: Scene, more: readonly string[] = []): Promise<void> {
  const { code, out, err } = await scene.command(["run", "--format", "json", ...more]);
  if (out === "") throw new Error(`a run said nothing: exit ${code}: ${err}`);
  scene.results.push(JSON.parse(out));
}

async function runEvery(scene: Scene, every = "", time = ""): Promise<void> {
  for (let passed = 0; passed < millisecondsOf(time); passed += millisecondsOf(every)) {
    scene.advance(millisecondsOf(every));
    await run(scene);
    nameNewEips(scene);
  }
}

/** The step happens while the next run is at work; only steps that need no waiting. */
function meanwhile(scene: Scene, sentence = ""): void {
  const { does, words } = understand(sentence);
  scene.meanwhile = () => {
    if (does(scene, ...words) instanceof Promise) throw new Error(`'${sentence}' can't happen in the middle of a run`);
  };
}

/** Time passes when the guard, having asked the cloud again, next looks at the clock. */
function takesLong(scene: Scene, milliseconds: number): void {
  const { calls } = scene.simulator.cloud;
  scene.meanwhile = () => {
    const before = calls.length;
    const look = () => {
      if (calls.length > before) scene.advance(milliseconds);
      else scene.meanwhile = look;
    };
    scene.meanwhile = look;
  };
}

async function succeed(scene: Scene, argv: readonly string[]): Promise<void> {
  const { code, err } = await scene.command(argv);
  if (code !== 0) throw new Error(`eip-guard ${argv.join(" ")}: exit ${code}: ${err}`);
}

async function say(scene: Scene, who: string, argv: readonly string[]): Promise<void> {
  const { code, err } = await scene.command(argv, { EIP_GUARD_USER: who });
  if (code !== 0) throw new Error(`eip-guard ${argv.join(" ")}: exit ${code}: ${err}`);
}

async function refuse(scene: Scene, argv: readonly string[], why: string): Promise<void> {
  const { code, err } = await scene.command(argv);
  if (code !== 2 || !err.includes(why)) throw new Error(`eip-guard ${argv.join(" ")} was not refused: exit ${code}: ${err}`);
}

function generationsOf({ folder }: Scene): readonly string[] {
  const state = join(folder, "state");
  return readdirSync(state)
    .filter((name) => name.startsWith("ledger-"))
    .sort()
    .map((name) => join(state, name));
}

/** As docs/state.md says: the newest file is moved away, so that the one before it counts. */
async function loseGenerations(scene: Scene, count: number): Promise<void> {
  for (const path of generationsOf(scene).slice(-Math.min(count, 1_000))) await rm(path);
}

async function backUpLedger(scene: Scene): Promise<void> {
  await cp(generationsOf(scene).at(-1) ?? "", join(scene.folder, "backup"));
  writeFileSync(join(scene.folder, "backup-name"), generationsOf(scene).at(-1) ?? "");
}

async function restoreLedger(scene: Scene): Promise<void> {
  await loseGenerations(scene, Number.POSITIVE_INFINITY);
  await cp(join(scene.folder, "backup"), readFileSync(join(scene.folder, "backup-name"), "utf8"));
}

/** Its note stays behind, and says that it holds the lease until a time that never comes. */
function leaveLease(scene: Scene, ahead = ""): void {
  const state = join(scene.folder, "state");
  const numbers = readdirSync(state).flatMap((name) => /^lease-(\d{10})\.json$/.exec(name)?.[1] ?? []);
  const next = Math.max(0, ...numbers.map(Number)) + 1;
  const note = {
    holder: "run-of-tomorrow",
    token: "0",
    expiresAt: scene.now() + millisecondsOf(ahead) + 1_200_000,
    process: null,
  };
  writeFileSync(join(state, `lease-${String(next).padStart(10, "0")}.json`), JSON.stringify(note));
}

/** The trail has the word, and the generation that it wrote is not there. */
async function keepHalfway(scene: Scene, eip = ""): Promise<void> {
  await succeed(scene, ["keep", eipOf(scene, eip).id]);
  await loseGenerations(scene, 1);
}

async function apply(scene: Scene, more: readonly string[]): Promise<void> {
  const { out, err } = await scene.command(["apply", "plan.json", ...more, "--format", "json"]);
  if (out === "") throw new Error(`apply said nothing: ${err}`);
  scene.results.push(JSON.parse(out));
}

/** A run or an apply ends as a usage error (exit 2) or fails (exit 1), and does nothing. */
async function refused(scene: Scene, command = ""): Promise<void> {
  const argv = command === "apply" ? ["apply", "plan.json"] : idsIn(scene, command).split(" ");
  const { code } = await scene.command(argv);
  if (code !== 1 && code !== 2) throw new Error(`eip-guard ${command} was not refused: exit ${code}`);
}

function definition<T>(defined: Readonly<Record<string, T>>, name: string): T {
  const found = defined[name];
  if (found === undefined) throw new Error(`the world defines no '${name}'`);
  return found;
}

function create(scene: Scene, where = ""): void {
  const { workloads, pods } = scene.scenario.world;
  if (Object.hasOwn(pods, where)) makePod(scene, where, definition(pods, where));
  else makeWorkload(scene, where, definition(workloads, where));
}

function kindOf(scene: Scene, where: string): WorkloadKind {
  return definition(scene.scenario.world.workloads, where).kind;
}

function scaleTo(scene: Scene, where: string, count: number): void {
  const { cluster, namespace, name } = placeOf(scene, where);
  scale(scene.world, cluster, kindOf(scene, where), namespace, name, count);
}

function remove(scene: Scene, where: string, orphan: boolean): void {
  const { cluster, namespace, name } = placeOf(scene, where);
  deleteWorkload(scene.world, cluster, kindOf(scene, where), namespace, name, orphan);
}

/** The workload as its own API shows it; a GameServerSet rather than the StatefulSet that it makes. */
function workloadOf(scene: Scene, where: string): KubernetesObject {
  const { cluster, namespace, name } = placeOf(scene, where);
  const kind = kindOf(scene, where);
  const found = cluster.store
    .dump()
    .filter(({ metadata }) => metadata.namespace === namespace && metadata.name === name)
    .find((one) => (kind === "AdvancedStatefulSet" ? groupOf(one.apiVersion) === "apps.kruise.io" : one.kind === kind));
  if (found === undefined) throw new Error(`there is no workload '${where}'`);
  return found;
}

function annotateTemplate(scene: Scene, key = "", where = "", value = ""): void {
  const workload = workloadOf(scene, where);
  const spec = Object(workload.spec);
  const field = workload.kind === "GameServerSet" ? "gameServerTemplate" : "template";
  const annotations = { ...spec[field]?.metadata?.annotations, [key]: idsIn(scene, value) };
  const template = { ...spec[field], metadata: { ...spec[field]?.metadata, annotations } };
  placeOf(scene, where).cluster.store.update({ ...workload, spec: { ...spec, [field]: template } });
}

function removeObject(scene: Scene, what = ""): void {
  const [kind = "", where = ""] = what.split(" ");
  const { cluster, namespace, name } = placeOf(scene, where);
  cluster.store.remove(kind, groupOf(definition(scene.scenario.world.objects, what).apiVersion), namespace, name);
}

/** To an object of a kind that the guard does not know, such as an operator's. */
function belongTo(scene: Scene, where = "", apiVersion = "", kind = "", name = ""): void {
  const { metadata, ...workload } = workloadOf(scene, where);
  const { cluster, namespace } = placeOf(scene, where);
  const ownerReferences = [{ ...referenceOf(cluster, namespace, `${apiVersion} ${kind} ${name}`), controller: true }];
  cluster.store.update({ ...workload, metadata: { ...metadata, ownerReferences } });
}

function reserve(scene: Scene, ordinal = "", where = ""): void {
  const { cluster, namespace, name } = placeOf(scene, where);
  const kind = kindOf(scene, where);
  const workload = workloadOf(scene, where);
  const key = kind === "GameServerSet" ? "reserveGameServerIds" : "reserveOrdinals";
  const entry = /^\d+$/.test(ordinal) ? Number(ordinal) : ordinal;
  const spec = Object(workload.spec);
  cluster.store.update({ ...workload, spec: { ...spec, [key]: [...(spec[key] ?? []), entry] } });
  if (kind === "GameServerSet") {
    const direct = cluster.store.get("StatefulSet", "apps.kruise.io", namespace, name);
    if (direct !== undefined) {
      const own = Object(direct.spec);
      cluster.store.update({ ...direct, spec: { ...own, reserveOrdinals: [...(own.reserveOrdinals ?? []), entry] } });
    }
  }
  reconcile(scene.world, cluster, kind, namespace, name);
}

function replaceByApps(scene: Scene, where = "", replicas = ""): void {
  const { cluster, namespace, name } = placeOf(scene, where);
  deleteWorkload(scene.world, cluster, kindOf(scene, where), namespace, name);
  const annotations = NEVER;
  createWorkload(scene.world, cluster, { kind: "StatefulSet", namespace, name, replicas: Number(replicas), annotations });
}

/** One name, two kinds: Kubernetes allows it, and a move from one to the other passes through it. */
function standBeside(scene: Scene, where = "", replicas = ""): void {
  const { cluster, namespace, name } = placeOf(scene, where);
  const annotations = NEVER;
  createWorkload(scene.world, cluster, {
    kind: "AdvancedStatefulSet",
    namespace,
    name,
    replicas: Number(replicas),
    annotations,
  });
}

/** Somebody copied the wrong file. */
async function misleadKubeconfig({ simulator, folder }: Scene, alias = "", other = ""): Promise<void> {
  const server = simulator.kubernetes.get(idOf(other));
  if (server === undefined) throw new Error(`there is no cluster '${other}'`);
  await writeFile(join(folder, `kubeconfig-${idOf(alias)}.yaml`), server.kubeconfig());
}

function startAt(scene: Scene, where = "", start = ""): void {
  const { cluster, namespace, name } = placeOf(scene, where);
  const workload = workloadOf(scene, where);
  cluster.store.update({ ...workload, spec: { ...Object(workload.spec), ordinals: { start: Number(start) } } });
  reconcile(scene.world, cluster, kindOf(scene, where), namespace, name);
}

function autoscale(scene: Scene, where = "", most = ""): void {
  const { cluster, namespace, name } = placeOf(scene, where);
  const scaler = cluster.store.get("HorizontalPodAutoscaler", "autoscaling", namespace, name);
  if (scaler === undefined) throw new Error(`there is no autoscaler '${where}'`);
  cluster.store.update({ ...scaler, spec: { ...Object(scaler.spec), maxReplicas: Number(most) } });
}

function removePod(scene: Scene, where = ""): void {
  const { metadata } = podOf(scene, where);
  deletePod(scene.world, placeOf(scene, where).cluster, metadata.namespace ?? "", metadata.name);
}

/** Its workload makes it again; a bare Pod is started anew. */
function returns(scene: Scene, where: string): void {
  const { cluster, namespace, name } = placeOf(scene, where);
  const bare = scene.scenario.world.pods[where];
  if (bare !== undefined) {
    makePod(scene, where, bare);
    return;
  }
  const workload = where.replace(/(-\d+|#\d+)$/, "");
  if (Object.hasOwn(scene.scenario.world.workloads, workload))
    reconcile(scene.world, cluster, kindOf(scene, workload), namespace, workload.split("/").at(-1) ?? "");
  else startPod(scene.world, cluster, namespace, name, NEVER, null);
}

function phase(scene: Scene, where = "", to = ""): void {
  const pod = podOf(scene, where);
  placeOf(scene, where).cluster.store.update({ ...pod, status: { ...Object(pod.status), phase: to } });
}

function annotatePod(scene: Scene, key = "", where = "", value = ""): void {
  const pod = podOf(scene, where);
  const annotations = { ...pod.metadata.annotations, [key]: idsIn(scene, value) };
  placeOf(scene, where).cluster.store.update({ ...pod, metadata: { ...pod.metadata, annotations } });
}

/** The node is dead and the Pod was force-deleted: nobody told ipamd. */
function losePod(scene: Scene, where = ""): void {
  const { metadata } = podOf(scene, where);
  placeOf(scene, where).cluster.store.remove("Pod", "", metadata.namespace ?? "", metadata.name);
}

function terminate(scene: Scene, cluster: ReturnType<typeof clusterOf>, object: KubernetesObject): void {
  const deletionTimestamp = new Date(scene.now()).toISOString();
  cluster.store.update({ ...object, metadata: { ...object.metadata, deletionTimestamp } });
}

function claimOf(scene: Scene, where: string): KubernetesObject {
  const { cluster, namespace, name } = placeOf(scene, where);
  const claim = cluster.store.get("EIPClaim", CLAIM_GROUP, namespace, name);
  if (claim === undefined) throw new Error(`there is no claim '${where}'`);
  return claim;
}

function removeClaim(scene: Scene, where: string): void {
  const { cluster, namespace, name } = placeOf(scene, where);
  claimOf(scene, where);
  cluster.store.remove("EIPClaim", CLAIM_GROUP, namespace, name);
}

/** `claim lobby/web-0 names {mine}`, `… names {mine} and {other}`, `… names nothing`; makes the claim where there is none. */
function claimNames(scene: Scene, where = "", what = ""): void {
  const { cluster, namespace, name } = placeOf(scene, where);
  const ids = idsIn(scene, what).match(/eip-[a-z0-9]+/g) ?? [];
  const status = { phase: "Bound", eipIds: ids };
  const present = cluster.store.get("EIPClaim", CLAIM_GROUP, namespace, name);
  if (present !== undefined) return void cluster.store.update({ ...present, status });
  cluster.store.create({ apiVersion: `${CLAIM_GROUP}/v1alpha1`, kind: "EIPClaim", metadata: { namespace, name }, status });
}

function namespaceObject(scene: Scene, where: string) {
  const { cluster, name } = placeOf(scene, `x/${where}`.replace(/^x\/(.+)\/(.+)$/, "$1/x/$2"));
  const object = cluster.store.get("Namespace", "", "", name);
  if (object === undefined) throw new Error(`there is no namespace '${where}'`);
  return { cluster, name, object };
}

function terminateNamespace(scene: Scene, where = ""): void {
  const { cluster, object } = namespaceObject(scene, where);
  terminate(scene, cluster, object);
}

/** With everything in it but the claims: those have finalizers, and ipamd may be gone. */
function deleteNamespace(scene: Scene, where = ""): void {
  const { cluster, name } = namespaceObject(scene, where);
  for (const [path, { kind }] of Object.entries(scene.scenario.world.workloads)) {
    const place = placeOf(scene, path);
    if (place.cluster === cluster && place.namespace === name) deleteWorkload(scene.world, cluster, kind, name, place.name);
  }
  for (const pod of cluster.store.list("Pod", "", name)) deletePod(scene.world, cluster, name, pod.metadata.name);
  cluster.store.remove("Namespace", "", "", name);
}

async function createCluster(scene: Scene, alias = ""): Promise<void> {
  await makeCluster(scene, alias, definition(scene.scenario.world.clusters, alias));
  await configure(scene);
}

async function removeCluster(scene: Scene, alias = ""): Promise<void> {
  deleteCluster(scene.world, clusterOf(scene, alias));
  await scene.simulator.kubernetes.get(idOf(alias))?.close();
}

const THRESHOLDS: ReadonlyMap<string, string> = new Map([
  ["never", "0s"],
  ["unreadable", "soon"],
]);

function thresholdBecomes(scene: Scene, alias = "", text = ""): void {
  clusterOf(scene, alias).claimExpired = THRESHOLDS.get(text) ?? text;
}

function nature(scene: Scene, name = "", what = ""): void {
  const eip = eipOf(scene, name);
  switch (what) {
    case "prepaid":
      eip.chargeType = "BANDWIDTH_PREPAID_BY_MONTH";
      return;
    case "anycast":
      eip.type = "AnycastEIP";
      return;
    case "antiddos":
      eip.type = "AntiDDoSEIP";
      return;
    case "in arrears":
      eip.isArrears = true;
      return;
    case "blocked":
      eip.isBlocked = true;
      return;
    case "cascade release":
      eip.cascadeRelease = true;
      return;
    case "protected":
      eip.deletionProtected = true;
      return;
  }
}

function bindToNode(scene: Scene, name = "", where = ""): void {
  const privateIp = Object(podOf(scene, where).status).podIP;
  bind(scene.world, eipOf(scene, name), { instanceId: "ins-node", privateIp });
}

/** Somebody gave it up, and somebody got the same address under a new id. */
function allocateAgain(scene: Scene, old = "", name = ""): void {
  const { ip } = eipOf(scene, old);
  destroy(scene.world, eipOf(scene, old), "ipamd");
  makeEip(scene, name, definition(scene.scenario.world.eips, name));
  Object.assign(eipOf(scene, name), { ip });
}

function dangle(scene: Scene, name = ""): void {
  bind(scene.world, eipOf(scene, name), { status: "BIND_ENI", instanceId: null, networkInterfaceId: "eni-dangling" });
}

function tagWith(scene: Scene, eip: Eip, tag: string): void {
  const [key = "", value = ""] = tag.split("=");
  const cluster = Object.keys(scene.scenario.world.clusters).find((alias) => alias === value);
  eip.tags = { ...eip.tags, [key]: key === "tke-clusterId" && cluster !== undefined ? idOf(cluster) : value };
}

function untag(eip: Eip, key: string): void {
  eip.tags = Object.fromEntries(Object.entries(eip.tags ?? {}).filter(([one]) => one !== key));
}

function setTags(world: Scene["world"], tags: Record<string, string> | null): void {
  for (const eip of eipsOf(world)) eip.tags = tags === null ? null : { ...tags };
}

function apiFault(scene: Scene, alias = "", status = "", matches = ""): void {
  scene.simulator.kubernetes.get(idOf(alias))?.faults.push({ matches, kind: "status", status: Number(status) });
}

function repair(scene: Scene): void {
  scene.slackDown = false;
  scene.simulator.cloud.faults.length = 0;
  for (const server of scene.simulator.kubernetes.values()) server.faults.length = 0;
}
