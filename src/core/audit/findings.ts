import type { Judgement } from "../judge/judge.ts";
import { thresholdEnd } from "../judge/threshold-end.ts";
import type { EipAnnotations } from "../link/annotations.ts";
import { ATTRIBUTES, DELETE_POLICY, ID_LIST, NETWORKS, NEVER, readAnnotations, templatesOf } from "../link/annotations.ts";
import type { ClusterView, PodView } from "../link/clusters.ts";
import { addressesOf, oneForm } from "../link/pod-addresses.ts";
import { describeThreshold, describeWorkload, thousands } from "../terms/describe.ts";
import type { Annotations, OwnerReference, Workload } from "../terms/facts.ts";
import { groupOf, kindOf, rowOf } from "../terms/kinds.ts";
import type { Reading } from "../terms/known.ts";
import type { Paragraph } from "../terms/law.ts";
import { IPAMD_DID_NOT_DESTROY } from "../terms/ledger.ts";
import { byText } from "../terms/order.ts";
import type { Finding } from "../terms/result.ts";
import { recycling } from "../terms/threshold.ts";
import { HOUR, iso } from "../terms/time.ts";

/** What the guide asks for and the audit can check (domain.md §6): a closed list, each with its paragraph, a sentence and the fix. */
export const FINDINGS = {
  "role-policy-missing": {
    law: "§3",
    sentence: "ipamd may neither make nor recycle EIPs: its role lacks the EIP policy",
    fix: "attach QcloudAccessForIPAMDRoleInQcloudAllocateEIP to the role IPAMDofTKE_QCSRole",
  },
  "not-recycling": {
    law: "§3",
    sentence: "the configured threshold stands, but nobody recycles",
    fix: "switch ipamd on and see that the add-on eniipamd is running",
  },
  "threshold-never": {
    law: "§6",
    sentence: "the recycle threshold is never, so that retained EIPs pile up",
    fix: "set the EIP recycle policy of the cluster's VPC-CNI, or let eip-guard release by policy",
  },
  "threshold-short": {
    law: "§6",
    sentence: "the recycle threshold is under an hour, so that a Pod with Never that is away for longer loses its address",
    fix: "set the EIP recycle policy to a time in which a Pod is certainly back, such as 24h",
  },
  "ipamd-duplicates": {
    law: "§3",
    sentence: "this version of ipamd allocates duplicate EIPs (before 3.3.9)",
    fix: "upgrade the add-on eniipamd to 3.3.9 or later",
  },
  "ipamd-loses-super-node-eips": {
    law: "§3",
    sentence: "this version of ipamd loses EIPs together with their super node (before 3.4.5)",
    fix: "upgrade the add-on eniipamd to 3.4.5 or later",
  },
  "ipamd-did-not-destroy": {
    law: "§2.2",
    sentence: "a claim was deleted, and ipamd did not destroy its EIP",
    fix: "look at the log of kube-system/tke-eni-ipamd and at the policies of its role",
  },
  "eks-config-annotations": {
    law: "§2.1",
    sentence: "ConfigMap kube-system/eks-config adds EIP annotations to every Pod on super nodes",
    fix: "set the annotations on the templates that need them, and remove them from eks-config",
  },
  "kind-not-read": {
    law: "§2.5",
    sentence: "a kind that makes Pods and that eip-guard does not read: an eip-id-list in its templates keeps no EIP",
    fix: "see whether its templates name EIPs, and keep those by a tag; ask for the kind to be added",
  },
  "claim-ambiguous": {
    law: "§5.2, 4",
    sentence: "a claim names several EIPs, or stands in several API groups",
    fix: "look at the claim; until one claim names one EIP, none of them is released",
  },
  "claims-not-readable": {
    law: "§5.2, 4",
    sentence: "the claims of this cluster are not known to be readable, so that an absent claim proves nothing",
    fix: "nothing, where no Pod has an EIP; otherwise look at whether claims name the EIPs of their Pods",
  },
  "claims-not-installed": {
    law: "§5.2, 4",
    sentence: "the cluster serves no EIPClaim; releases are withheld here",
    fix: "install the add-on eniipamd, or release by hand",
  },
  "bound-elsewhere": {
    law: "§5, line 1",
    sentence: "an EIP is bound to something other than its Pod says",
    fix: "compare the Pod's annotation with the EIP's binding",
  },
  "bind-failed": {
    law: "§5.1",
    sentence: "a Pod runs, and its EIP is not bound",
    fix: "look at the Pod's events and at ipamd's log",
  },
  "address-will-be-lost": {
    law: "§5.1",
    sentence: "ipamd will destroy an address that its workload may want again",
    fix: "scale up before that, raise the threshold, or give the Pod a claim-expired-duration of its own",
  },
  "never-without-stable-name": {
    law: "§2.5",
    sentence: "delete policy Never on a workload whose Pods never come back under the same name: each Pod leaks its EIP",
    fix: "make it a StatefulSet, or remove eip-claim-delete-policy",
  },
  "never-in-another-case": {
    law: "§2.1",
    sentence: "a delete policy in another case than Never, which ipamd ignores",
    fix: "write it exactly: Never",
  },
  "policy-without-attributes": {
    law: "§6",
    sentence: "eip-claim-delete-policy without eip-attributes, which has no effect on super nodes",
    fix: "add eip-attributes",
  },
  "attributes-not-json": {
    law: "§6",
    sentence: "eip-attributes that is not JSON",
    fix: 'write JSON, such as {"Bandwidth":"100","ISP":"BGP"}, or ""',
  },
  "attributes-with-id-list": {
    law: "§6",
    sentence: "eip-attributes together with eip-id-list",
    fix: "keep the one that is meant",
  },
  "id-list-too-short": {
    law: "§6",
    sentence: "an eip-id-list with fewer EIPs than replicas: the rest of the Pods stay Pending",
    fix: "add EIPs to the list, or scale down",
  },
  "id-list-shares-id": { law: "§6", sentence: "an EIP stands twice in eip-id-lists", fix: "give each Pod an EIP of its own" },
  "public-ip-in-environment": {
    law: "§6",
    sentence:
      "eip-public-ip is read through an environment variable, which is always empty: it is written after the Pod's creation",
    fix: "mount it as a file through the Downward API",
  },
  "network-mode-missing": {
    law: "§6",
    sentence: "a template on ordinary nodes asks for an EIP without networks: tke-route-eni or tke-direct-eni",
    fix: "add tke.cloud.tencent.com/networks: tke-route-eni (an EIP needs VPC-CNI)",
  },
  "wrong-prefix": {
    law: "§6",
    sentence: "annotations with the prefix of the other kind of cluster or node",
    fix: "use tke.cloud.tencent.com/ on ordinary nodes, and eks.tke.cloud.tencent.com/ on super nodes and in serverless clusters",
  },
  "annotation-conflict": {
    law: "§2.1",
    sentence: "one annotation carries two values under the two prefixes",
    fix: "keep one of them",
  },
  "allocation-failed": {
    law: "§6",
    sentence: "a Pod runs and wants an EIP, and none was written into its annotations",
    fix: "look at the Pod's events: the role's policy, the quota, or arrears",
  },
  "quota-nearly-used": {
    law: "§6",
    sentence: "the region's EIP quota is nearly used up",
    fix: "release idle EIPs, or ask for a larger quota",
  },
} as const satisfies Readonly<Record<string, { readonly law: Paragraph; readonly sentence: string; readonly fix: string }>>;

export type FindingCode = keyof typeof FINDINGS;

function finding(code: FindingCode, object: string, detail: string): Finding {
  return { code, object, detail, fix: FINDINGS[code].fix };
}

/** All findings of one cluster, in the order of the table above. */
export function clusterFindings(view: ClusterView, judgements: readonly Judgement[]): readonly Finding[] {
  const found = [
    ...ipamdFindings(view),
    ...claimFindings(view),
    ...eksConfigFindings(view),
    ...unlistedKinds(view),
    ...Object.values(view.workloads).flatMap((workloads) =>
      [...workloads.values()].flatMap((workload) => templateFindings(workload, view)),
    ),
    ...sharedIds(view),
    ...[...view.pods.values()].flatMap(podFindings),
    ...addressFindings(view, judgements),
  ];
  const order = Object.keys(FINDINGS);
  return found.sort((one, other) => order.indexOf(one.code) - order.indexOf(other.code) || byText(one.object, other.object));
}

function ipamdFindings(view: ClusterView): readonly Finding[] {
  const found: Finding[] = [];
  const { ipamd } = view.facts;
  const state = recycling(ipamd);
  if (state.authorised === false) found.push(finding("role-policy-missing", "-", state.why));
  if (view.threshold.state === "set" && (state.running === false || state.authorised === false)) {
    found.push(finding("not-recycling", "-", `the threshold is ${describeThreshold(view.threshold)}, but ${state.why}`));
  }
  if (view.threshold.state === "never") {
    found.push(finding("threshold-never", "-", `${view.threshold.source} says never`));
  }
  if (view.threshold.state === "set" && view.threshold.duration < HOUR) {
    found.push(finding("threshold-short", "-", `the threshold is ${describeThreshold(view.threshold)}`));
  }
  const version = ipamd.known ? ipamd.value.version : null;
  if (version !== null && olderThan(version, [3, 3, 9]))
    found.push(finding("ipamd-duplicates", "kube-system/tke-eni-ipamd", `its version is ${version}`));
  if (version !== null && olderThan(version, [3, 4, 5])) {
    found.push(finding("ipamd-loses-super-node-eips", "kube-system/tke-eni-ipamd", `its version is ${version}`));
  }
  return found;
}

function olderThan(version: string, than: readonly [number, number, number]): boolean {
  const match = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version);
  if (match === null) return false;
  for (const [position, wanted] of than.entries()) {
    const part = Number(match[position + 1]);
    if (part !== wanted) return part < wanted;
  }
  return false;
}

function claimFindings(view: ClusterView): readonly Finding[] {
  const { claims } = view;
  if (claims.state === "not-installed") return [finding("claims-not-installed", "-", claims.why)];
  const ambiguous = [...claims.byPod].flatMap(([key, { claim, names, others }]) => {
    if (others.length > 0) {
      const groups = [claim, ...others].map(({ apiVersion }) => apiVersion).join(", ");
      return [finding("claim-ambiguous", key, `it stands in several API groups: ${groups}`)];
    }
    return names.length > 1 ? [finding("claim-ambiguous", key, `it names ${names.join(" and ")}`)] : [];
  });
  if (claims.state !== "contradicted" && (claims.state !== "unproven" || claims.byPod.size === 0)) return ambiguous;
  return [finding("claims-not-readable", "-", claims.why), ...ambiguous];
}

function eksConfigFindings(view: ClusterView): readonly Finding[] {
  const config = view.eksConfig.known ? view.eksConfig.value : null;
  if (config === null || (!config.wantsEip && config.deletePolicy.length === 0 && config.idList === null)) return [];
  return [finding("eks-config-annotations", "kube-system/eks-config", "its pod.annotations hold EIP annotations")];
}

/** Kinds of which nobody reads the templates: those that can be scaled, and those that own something here. */
function unlistedKinds(view: ClusterView): readonly Finding[] {
  if (!view.facts.objects.known) return [];
  const { unlistedKinds: served } = view.facts.objects.value;
  const scalable = (served.known ? served.value : []).map((name) =>
    finding("kind-not-read", name, `${name} can be scaled, and its templates are not read`),
  );
  const owners = new Set<string>();
  const note = (owner: OwnerReference | null) => {
    // Kubernetes' own have no group with a dot: a node owns its static Pods.
    if (owner !== null && groupOf(owner.apiVersion).includes(".") && kindOf(owner) === null)
      owners.add(`${owner.kind}.${groupOf(owner.apiVersion)}`);
  };
  for (const { pod } of view.pods.values()) note(pod.owner);
  for (const workloads of Object.values(view.workloads)) for (const { owner } of workloads.values()) note(owner);
  const owning = [...owners].map((name) =>
    finding("kind-not-read", name, `${name} owns Pods or workloads here, and its templates are not read`),
  );
  return [...scalable, ...owning];
}

function templateFindings(workload: Workload, view: ClusterView): readonly Finding[] {
  // What a listed workload above repeats is that workload's finding.
  if (workload.owner !== null && kindOf(workload.owner) !== null) return [];
  const object = `${workload.namespace}/${workload.name}`;
  const what = describeWorkload(workload);
  const found = templatesOf(workload).flatMap((template) => findingsOf(workload, template, view, object, what));
  const main = readAnnotations(workload.templateAnnotations);
  if (main.idList !== null && main.idList.length < workload.replicas) {
    const short = `${what} lists ${main.idList.length} EIPs for ${workload.replicas} replicas`;
    found.push(finding("id-list-too-short", object, short));
  }
  if (workload.readsPublicIpFromEnvironment)
    found.push(finding("public-ip-in-environment", object, `${what} reads eip-public-ip that way`));
  return found.filter(
    (one, place) => found.findIndex(({ code, detail }) => code === one.code && detail === one.detail) === place,
  );
}

/** What one of its templates says. */
function findingsOf(workload: Workload, template: Annotations, view: ClusterView, object: string, what: string): Finding[] {
  const annotations = readAnnotations(template);
  const found: Finding[] = annotationFindings(annotations, object, what);
  const { names } = rowOf(workload.kind);
  if (annotations.never && (names === "never" || names === "rarely")) {
    found.push(finding("never-without-stable-name", object, `${what} has the delete policy Never`));
  }
  if (annotations.wantsEip || annotations.idList !== null)
    found.push(...networkFindings(workload, template, annotations, view, object, what));
  return found;
}

function annotationFindings(annotations: EipAnnotations, object: string, what: string): Finding[] {
  const found: Finding[] = [];
  for (const value of annotations.deletePolicy) {
    if (value !== NEVER && value.toLowerCase() === NEVER.toLowerCase()) {
      found.push(finding("never-in-another-case", object, `${what} has ${DELETE_POLICY}: ${value}`));
    }
  }
  if (annotations.deletePolicy.length > 0 && !annotations.wantsEip && annotations.idList === null) {
    found.push(finding("policy-without-attributes", object, `${what} has ${DELETE_POLICY} and no ${ATTRIBUTES}`));
  }
  for (const value of annotations.attributes) {
    if (value !== "" && !isJson(value)) found.push(finding("attributes-not-json", object, `${what} has ${ATTRIBUTES}: ${value}`));
  }
  if (annotations.wantsEip && annotations.idList !== null) {
    found.push(finding("attributes-with-id-list", object, `${what} has ${ATTRIBUTES} and ${ID_LIST}`));
  }
  for (const key of annotations.conflicts)
    found.push(finding("annotation-conflict", object, `${what} has two values for ${key}`));
  return found;
}

function isJson(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

function networkFindings(
  workload: Workload,
  template: Annotations,
  annotations: EipAnnotations,
  view: ClusterView,
  object: string,
  what: string,
): readonly Finding[] {
  const superNode = workload.selectsSuperNode || view.facts.product === "eks";
  const eipKeys = Object.keys(template).filter((key) => key.includes("/eip-"));
  const serverless = eipKeys.filter((key) => key.startsWith("eks.tke."));
  const found: Finding[] = [];
  // Where super nodes may take any Pod, neither prefix is wrong for certain.
  if (!superNode && !view.mayHaveSuperNodes && serverless.length > 0) {
    found.push(finding("wrong-prefix", object, `${what} has ${serverless.join(", ")} on ordinary nodes`));
  }
  if (superNode && serverless.length === 0) {
    found.push(finding("wrong-prefix", object, `${what} has ${eipKeys.join(", ")} on super nodes`));
  }
  const mode = annotations.networks.some((value) => /(^|,)\s*tke-(route|direct)-eni\s*(,|$)/.test(value));
  if (!superNode && !view.mayHaveSuperNodes && !mode) {
    found.push(finding("network-mode-missing", object, `${what} has no ${NETWORKS}`));
  }
  return found;
}

function sharedIds(view: ClusterView): readonly Finding[] {
  const seen = new Map<string, string>();
  const found: Finding[] = [];
  for (const workloads of Object.values(view.workloads)) {
    for (const workload of workloads.values()) {
      if (workload.owner !== null) continue;
      const object = `${workload.namespace}/${workload.name}`;
      // Several templates of one workload may say the same; a list that says it twice is wrong.
      const own = templatesOf(workload).map((template) => readAnnotations(template).idList ?? []);
      const ids = own.flatMap((list, place) => list.filter((id) => !own.slice(0, place).some((other) => other.includes(id))));
      for (const id of ids) {
        const before = seen.get(id);
        if (before !== undefined)
          found.push(finding("id-list-shares-id", object, `${id} stands in ${before} and in ${describeWorkload(workload)}`));
        seen.set(id, describeWorkload(workload));
      }
    }
  }
  return found;
}

function podFindings({ pod, annotations }: PodView): readonly Finding[] {
  const object = `${pod.namespace}/${pod.name}`;
  const found: Finding[] = [];
  if (pod.phase === "Running" && annotations.wantsEip && annotations.publicIp.length === 0 && annotations.eipId.length === 0) {
    found.push(
      finding("allocation-failed", object, `Pod ${object} runs without ${ATTRIBUTES} having been answered by an address`),
    );
  }
  // What a template says is the template's finding; a bare Pod speaks for itself.
  if (pod.owner !== null) return found;
  found.push(...annotationFindings(annotations, object, `Pod ${object}`));
  if (pod.readsPublicIpFromEnvironment)
    found.push(finding("public-ip-in-environment", object, `Pod ${object} reads eip-public-ip that way`));
  return found;
}

/** What only the judged EIPs show. */
function addressFindings(view: ClusterView, judgements: readonly Judgement[]): readonly Finding[] {
  return judgements.flatMap(({ situation, reason }) => {
    const { linked, idle, now, home } = situation;
    const { address, pod } = linked;
    if (home.state !== "live" || home.id !== view.facts.id || pod === null) return [];
    const object = `${pod.namespace}/${pod.name}`;
    const found: Finding[] = [];
    const living = pod.view?.pod ?? null;
    if (linked.memory?.protections[IPAMD_DID_NOT_DESTROY] !== undefined) {
      found.push(finding("ipamd-did-not-destroy", object, `${address.id} outlived its claim`));
    }
    if (idle !== null && living?.phase === "Running" && reason === "pod-exists") {
      found.push(finding("bind-failed", object, `${address.id} (${address.ip}) is not bound, and Pod ${object} runs`));
    }
    const own = living === null || pod.fromMemory ? [] : addressesOf(living);
    if (address.status === "BIND" && address.privateIp !== null && own.length > 0 && !own.includes(oneForm(address.privateIp))) {
      const detail = `${address.id} is bound to ${address.privateIp}, Pod ${object} has ${own.join(", ")}`;
      found.push(finding("bound-elsewhere", object, detail));
    }
    const at = thresholdEnd(situation);
    if (at !== null && (reason === "scaled-to-zero" || reason === "workload-includes-pod")) {
      const when = at > now ? `will be lost at ${iso(at)}` : `was due to be lost at ${iso(at)}`;
      found.push(finding("address-will-be-lost", object, `${address.id} (${address.ip}) ${when}`));
    }
    return found;
  });
}

/** From this share on the quota counts as nearly used up. */
const NEARLY = 0.9;

export function regionFindings(
  quota: Reading<{ readonly limit: number; readonly used: number }>,
  idle: number,
  region: string,
): readonly Finding[] {
  if (!quota.known || quota.value.limit <= 0 || quota.value.used < quota.value.limit * NEARLY) return [];
  const { limit, used } = quota.value;
  return [
    finding(
      "quota-nearly-used",
      region,
      `${thousands(used)} of ${thousands(limit)} EIPs are used, ${thousands(idle)} of them idle`,
    ),
  ];
}
