import { describeThreshold } from "../core/terms/describe.ts";
import { known, unknown } from "../core/terms/known.ts";
import { clusterThreshold, recycling } from "../core/terms/threshold.ts";
import type { ClusterAddress } from "../ports.ts";
import { type Check, check } from "./check-line.ts";
import { failed, heard, type Look } from "./check-look.ts";
import { clusterFix, statementFix } from "./fixes.ts";

export async function lookAtCluster(look: Look, cluster: ClusterAddress): Promise<void> {
  const { ports, config, found } = look;
  const name = `cluster ${cluster.id}`;
  const bad = config.clusters.ignore.includes(cluster.id) ? "warn" : "fail";
  const file = config.clusters.kubeconfigs.find(({ id }) => id === cluster.id);
  if (config.clusters.credentials === "describe" && file === undefined)
    found.push(
      check(
        name,
        "warn",
        "its kubeconfig comes from the cloud: the first call makes a client certificate that is valid for 20 years",
      ),
    );
  const rights = await ports.review(cluster);
  if (rights.known) found.push(checkClusterRights(name, bad, rights.value));
  else if (file === undefined && rights.cause === "forbidden")
    found.push(check(name, bad, rights.why, statementFix(ports.rights.filter(({ actions }) => actions.some(isKubeconfigCall)))));
  else {
    const { written = null, context = null, secret = null } = file ?? {};
    const surroundings = { written, secret, context, accounts: config.tencent.accounts.length };
    found.push(check(name, bad, rights.why, clusterFix(rights.cause, cluster, surroundings)));
  }
  await lookAtThreshold(look, cluster, bad, rights.known);
}

function isKubeconfigCall(action: string): boolean {
  return /Kubeconfig|ClusterCredential|EndpointStatus/.test(action);
}

function checkClusterRights(
  name: string,
  bad: "warn" | "fail",
  rights: readonly { readonly what: string; readonly allowed: boolean; readonly rule: string }[],
): Check {
  const missing = rights.filter(({ allowed }) => !allowed);
  if (missing.length === 0) return check(name, "ok", `reachable, and all ${rights.length} rights are there`);
  const rules = missing.map(({ rule }) => `  - ${rule}`).join("\n");
  const list = missing.map(({ what }) => what).join(", ");
  return check(name, bad, `missing: ${list}`, `add to the rules of its user's ClusterRole:\n${rules}`);
}

async function lookAtThreshold(look: Look, cluster: ClusterAddress, bad: "warn" | "fail", reachable: boolean): Promise<void> {
  const { ports, found } = look;
  const name = `cluster ${cluster.id}: recycle threshold`;
  const { account, region, id } = cluster;
  const [ipamd, deployment] = await Promise.all([
    ports.cloud.ipamd(account, region, id),
    reachable ? ports.kubernetes.ipamdDeployment(cluster) : unknown("the cluster can't be read"),
  ]);
  heard(look, account, "DescribeIPAMD", ipamd);
  if (!ipamd.known) {
    found.push(failed(look, name, bad, account, "DescribeIPAMD", ipamd));
    return;
  }
  const visible = deployment.known ? deployment.value : null;
  const facts = known({
    ...ipamd.value,
    authorised: await ports.cloud.ipamdAuthorised(account),
    argument: visible?.argument ?? null,
    version: visible?.version ?? null,
  });
  const threshold = clusterThreshold(facts);
  const state = recycling(facts);
  const fine = threshold.state === "set" && state.running !== false;
  const fix =
    threshold.state === "never"
      ? "set the EIP recycle policy of the cluster (TKE console: component management, eniipamd, IP recycle policy), or let eip-guard release by policy"
      : "";
  found.push(check(name, fine ? "ok" : "warn", `${describeThreshold(threshold)}; ${state.why}`, fix));
}

export async function lookAtIpamdsRole(look: Look, account: string): Promise<void> {
  const authorised = heard(look, account, "ListAttachedRolePolicies", await look.ports.cloud.ipamdAuthorised(account));
  const name = `ipamd's role in account ${account}`;
  if (!authorised.known) {
    look.found.push(failed(look, name, "warn", account, "ListAttachedRolePolicies", authorised));
    return;
  }
  look.found.push(
    authorised.value
      ? check(name, "ok", "IPAMDofTKE_QCSRole has the EIP policy")
      : check(
          name,
          "warn",
          "IPAMDofTKE_QCSRole lacks the EIP policy: ipamd can neither make nor recycle EIPs",
          "attach QcloudAccessForIPAMDRoleInQcloudAllocateEIP to the role IPAMDofTKE_QCSRole",
        ),
  );
}
