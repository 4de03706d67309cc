import type { Config } from "../config/sections.ts";
import { hostOf } from "../core/terms/host.ts";
import type { Cause } from "../core/terms/known.ts";
import type { ClusterAddress } from "../ports.ts";

/** What a person does about a failed reading, by its cause. The first line says it; what follows is for pasting, as it stands. */

export interface CloudSurroundings {
  readonly tencent: Config["tencent"];
  /** Names of the variables that name a proxy in the environment. */
  readonly proxies: readonly string[];
}

/** Where nobody answers for the cloud, or something that is not the cloud; null for causes that another fix is for. */
export function connectionFix(
  cause: Cause | undefined,
  { tencent: { endpoint, internal }, proxies }: CloudSurroundings,
): string | null {
  if (cause !== "network" && cause !== "gateway") return null;
  const proxy = proxies.length === 0 ? "" : ` and the proxy of ${proxies.join(", ")}`;
  const address = endpoint ?? `https://${hostOf("vpc", null, internal)}/`;
  const what = endpoint === null ? "the network" : `tencent.endpoint (${endpoint}), the network`;
  const found = cause === "network" ? "nobody answers" : "what answers is not the API of Tencent Cloud";
  return `${found}: check ${what}${proxy}, from this machine:\ncurl -sS -m 10 -o /dev/null -w '%{http_code}\\n' ${address}`;
}

/** Where the role of an account can't be assumed. `uin` is the account of the keys; null where it is not known. */
export function roleFix(roleArn: string, uin: string | null): string {
  const trust = {
    version: "2.0",
    statement: [
      { action: "name/sts:AssumeRole", effect: "allow", principal: { qcs: [`qcs::cam::uin/${uin ?? "UIN_OF_YOUR_KEYS"}:root`] } },
    ],
  };
  const allow = { effect: "allow", action: ["sts:AssumeRole"], resource: [roleArn] };
  return [
    `check that the role ${roleArn} exists, and that its trust policy names your account:`,
    JSON.stringify(trust),
    "and allow your keys in CAM to assume it, as a statement of a policy:",
    JSON.stringify(allow),
  ].join("\n");
}

/** A right that CAM must give. */
export interface CamRight {
  /** `vpc:DescribeAddresses` and the like. */
  readonly actions: readonly string[];
  readonly resource: readonly string[];
}

/** The CAM statements for what is missing: one for each kind of resource. */
export function statementFix(rights: readonly CamRight[]): string {
  const byResource = new Map<string, string[]>();
  for (const { actions, resource } of rights) {
    const key = JSON.stringify(resource);
    byResource.set(key, [...(byResource.get(key) ?? []), ...actions]);
  }
  const statements = [...byResource].map(([resource, action]) =>
    JSON.stringify({ effect: "allow", action, resource: JSON.parse(resource) }),
  );
  return `allow in CAM, as ${statements.length === 1 ? "a statement" : "statements"} of a policy:\n${statements.join("\n")}`;
}

export interface ClusterSurroundings {
  /** The kubeconfig's path as the user wrote it; null where the configuration names none. */
  readonly written: string | null;
  /** The secret that holds the kubeconfig; null: it is a file. */
  readonly secret: { readonly region: string; readonly name: string } | null;
  readonly context: string | null;
  readonly accounts: number;
}

/** Where a cluster can't be read. */
export function clusterFix(cause: Cause | undefined, cluster: ClusterAddress, surroundings: ClusterSurroundings): string {
  const { secret } = surroundings;
  if (secret !== null && (cause === "forbidden" || cause?.startsWith("kubeconfig") === true)) return secretFix(cause, secret);
  const path = surroundings.written ?? `./kubeconfig-${cluster.id}.yaml`;
  const kubectl = `kubectl --kubeconfig ${path}`;
  switch (cause) {
    case "no-kubeconfig":
      return `add its kubeconfig to clusters.kubeconfigs in eip-guard.yaml${ignored(cluster)}:\n${configured(cluster, path, surroundings)}`;
    case "kubeconfig-unread":
      return `put a kubeconfig there, or correct its line in clusters.kubeconfigs of eip-guard.yaml:\nls -l ${path}\n${configured(cluster, path, surroundings)}`;
    case "kubeconfig-broken":
      return `write the kubeconfig anew; this shows what is wrong with it:\n${kubectl} config view`;
    case "kubeconfig-context":
      return `name one of its contexts in clusters.kubeconfigs of eip-guard.yaml; the command lists them:\n${kubectl} config get-contexts -o name\n${configured(cluster, path, { ...surroundings, context: "CONTEXT" })}`;
    case "credentials":
      return `its token or certificate is not taken any more: write the kubeconfig anew with a new one:\n${kubectl} auth whoami\nkubectl -n eip-guard create token eip-guard --duration 8760h`;
    case "forbidden":
      return `bind its user to the ClusterRole of deploy/base/cluster-role.yaml:\nkubectl create clusterrolebinding eip-guard --clusterrole eip-guard --user USER`;
    case "network":
    case "gateway":
      return `check from this machine that the API server answers, and that the kubeconfig's server is its address${ignored(cluster)}:\n${kubectl} version`;
    default:
      return `see whether kubectl can read it${ignored(cluster)}:\n${kubectl} get --raw /version`;
  }
}

/** Where the kubeconfig in a secret can't be read or used. */
function secretFix(cause: Cause, { region, name }: { readonly region: string; readonly name: string }): string {
  if (cause === "kubeconfig-context") return "name one of its contexts as `context` in clusters.kubeconfigs of eip-guard.yaml";
  if (cause === "kubeconfig-broken")
    return `put a whole kubeconfig into secret ${name} of ${region}; this prints one:\nkubectl config view --flatten --minify --raw`;
  const resource = [`qcs::ssm:${region}:uin/*:secret/creatorUin/*/${name}`];
  const actions = ["ssm:GetSecretValue", "ssm:ListSecretVersionIds"];
  if (cause === "forbidden") return statementFix([{ actions, resource }]);
  return `make or enable secret ${name} in the Secrets Manager of ${region}, or correct its line in clusters.kubeconfigs of eip-guard.yaml`;
}

function configured({ id, account, region }: ClusterAddress, path: string, { context, accounts }: ClusterSurroundings): string {
  const more = `${context === null ? "" : `, context: ${context}`}, region: ${region}${accounts > 1 ? `, account: ${account}` : ""}`;
  return `    - { id: ${id}, path: ${path}${more} }`;
}

function ignored({ id }: ClusterAddress): string {
  return ` (or add ${id} to clusters.ignore, if nothing of it matters)`;
}
