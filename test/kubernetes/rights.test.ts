import { afterEach, describe, expect, it } from "vitest";
import { READ_RIGHTS, reviewRights, ruleFor } from "../../src/kubernetes/rights.ts";
import { type Api, failure, startApi } from "./api.ts";

let api: Api | undefined;

afterEach(async () => {
  await api?.close();
  api = undefined;
});

async function review(allowed: (attributes: { readonly resource: string }) => boolean) {
  api = await startApi(({ body }) => ({
    status: 201,
    body: { kind: "SelfSubjectAccessReview", status: { allowed: allowed(JSON.parse(body).spec.resourceAttributes) } },
  }));
  return { reviewed: await reviewRights(await api.access(), READ_RIGHTS), asked: api.asked };
}

describe("a review of rights", () => {
  it("asks for each right in the server's words, one object's by its name", async () => {
    const { asked } = await review(() => true);
    const attributes = asked.map(({ body }) => JSON.parse(body).spec.resourceAttributes);
    expect(attributes).toEqual(READ_RIGHTS);
    expect(new Set(asked.map(({ method, url }) => `${method} ${url}`))).toEqual(
      new Set(["POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews"]),
    );
  });

  it("tells which are missing", async () => {
    const { reviewed } = await review(({ resource }) => resource !== "nodes");
    const missing = reviewed.known ? reviewed.value.filter(({ allowed }) => !allowed) : [];
    expect(missing.map(({ resource, verb }) => `${verb} ${resource}`)).toEqual(["list nodes"]);
  });

  it.each([401, 403, 500])("is unknown after %i, not a denial of everything", async (status) => {
    api = await startApi(() => failure(status, "no review"));
    expect(await reviewRights(await api.access(), READ_RIGHTS)).toEqual({ known: false, why: `${status}: no review` });
  });

  it("takes an answer that says neither for a denial", async () => {
    api = await startApi(() => ({ status: 201, body: { status: {} } }));
    const reviewed = await reviewRights(await api.access(), READ_RIGHTS.slice(0, 1));
    expect(reviewed.known && reviewed.value.map(({ allowed }) => allowed)).toEqual([false]);
  });
});

describe("the rule to paste", () => {
  it.each([
    {
      right: { group: "apps", resource: "statefulsets", verb: "list" },
      rule: '{ apiGroups: ["apps"], resources: ["statefulsets"], verbs: ["list"] }',
    },
    {
      right: { group: "", resource: "configmaps", verb: "get", name: "eks-config", namespace: "kube-system" },
      rule: '{ apiGroups: [""], resources: ["configmaps"], resourceNames: ["eks-config"], verbs: ["get"] }',
    },
  ] as const)("gives $right.verb $right.resource and nothing more", ({ right, rule }) => {
    expect(ruleFor(right)).toBe(rule);
  });
});
