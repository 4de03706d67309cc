import { AUTOSCALER_KINDS, AUTOSCALERS, type Kind, rowOf, WORKLOAD_KINDS } from "../core/terms/kinds.ts";
import { type Cause, known, type Reading, unknown } from "../core/terms/known.ts";
import type { Access } from "./access.ts";
import { discover, EIP_CLAIM } from "./discovery.ts";
import { jsonOf, property } from "./json.ts";
import { ask, describeReply } from "./transport.ts";

/** What the guard asks of an API server, as RBAC rules: the shipped ClusterRoles hold exactly these, and `check` reviews them. */
export interface Right {
  readonly group: string;
  readonly resource: string;
  readonly verb: "get" | "list" | "delete";
  /** For rights on one object only. */
  readonly name?: string;
  readonly namespace?: string;
}

function listing(group: string, ...resources: readonly string[]): readonly Right[] {
  return resources.map((resource) => ({ group, resource, verb: "list" }));
}

/** Of a kind that is listed as metadata, those that stand alone are read whole. */
function ofRow({ group, plural, many }: Kind): readonly Right[] {
  return many ? [...listing(group, plural), { group, resource: plural, verb: "get" }] : listing(group, plural);
}

export const CLAIM_GROUP = "networking.tke.cloud.tencent.com";

export const READ_RIGHTS: readonly Right[] = [
  ...listing("", "pods", "namespaces", "nodes"),
  { group: "", resource: "configmaps", verb: "get", name: "eks-config", namespace: "kube-system" },
  { group: "apps", resource: "deployments", verb: "get", name: "tke-eni-ipamd", namespace: "kube-system" },
  ...WORKLOAD_KINDS.flatMap((kind) => ofRow(rowOf(kind))),
  ...AUTOSCALER_KINDS.flatMap((kind) => listing(AUTOSCALERS[kind].group, AUTOSCALERS[kind].plural)),
  ...listing(CLAIM_GROUP, "eipclaims"),
];

/** Besides, where claims are to be deleted. */
export const CLAIM_DELETE_RIGHTS: readonly Right[] = [{ group: CLAIM_GROUP, resource: "eipclaims", verb: "delete" }];

/** What a cluster needs: other API groups may have claims there as well, which are read and deleted like the rest. */
export async function rightsFor(access: Access, deletes: boolean): Promise<readonly Right[]> {
  const usual = deletes ? [...READ_RIGHTS, ...CLAIM_DELETE_RIGHTS] : READ_RIGHTS;
  const served = await (await discover(access)).findAll(EIP_CLAIM);
  // Where that can't be read, the review says so as well.
  if ("state" in served) return usual;
  const more = served.flatMap(({ group, resource }): readonly Right[] => {
    if (group === CLAIM_GROUP && resource === "eipclaims") return [];
    return [...listing(group, resource), ...(deletes ? [{ group, resource, verb: "delete" } as const] : [])];
  });
  return [...usual, ...more];
}

/** Whether each right is there, by SelfSubjectAccessReview, which anybody may ask. */
export async function reviewRights(
  access: Access,
  rights: readonly Right[],
): Promise<Reading<readonly (Right & { readonly allowed: boolean })[]>> {
  const reviewed: (Right & { allowed: boolean })[] = [];
  for (const right of rights) {
    const { group, resource, verb, name, namespace } = right;
    const body = JSON.stringify({
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: {
        resourceAttributes: {
          group,
          resource,
          verb,
          ...(name === undefined ? {} : { name }),
          ...(namespace === undefined ? {} : { namespace }),
        },
      },
    });
    const reply = await ask(access, { method: "POST", path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", body });
    if ((reply.status !== 201 && reply.status !== 200) || !("body" in reply))
      return unknown(describeReply(reply), causeOf(reply.status));
    const review = jsonOf(reply.body);
    const allowed = property(property(review, "status"), "allowed");
    if (property(review, "kind") !== "SelfSubjectAccessReview" || typeof allowed !== "boolean")
      return unknown("the answer to SelfSubjectAccessReview is not an API server's", "gateway");
    reviewed.push({ ...right, allowed });
  }
  return known(reviewed);
}

function causeOf(status: number): Cause | undefined {
  if (status === 0) return "network";
  if (status === 401) return "credentials";
  return status === 403 ? "forbidden" : undefined;
}

/** The ClusterRole rule that gives a right, as YAML to paste. */
export function ruleFor({ group, resource, verb, name }: Right): string {
  const names = name === undefined ? "" : `, resourceNames: ["${name}"]`;
  return `{ apiGroups: ["${group}"], resources: ["${resource}"]${names}, verbs: ["${verb}"] }`;
}
