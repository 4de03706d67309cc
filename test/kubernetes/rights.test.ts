import { afterEach, describe, expect, it } from "vitest";
import { CLAIM_DELETE_RIGHTS, READ_RIGHTS, reviewRights, rightsFor, ruleFor } from "../../src/kubernetes/rights.ts";
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

  it.each([
    { status: 401, cause: { cause: "credentials" } },
    { status: 403, cause: { cause: "forbidden" } },
    { status: 500, cause: {} },
  ])("is unknown after $status, not a denial of everything", async ({ status, cause }) => {
    api = await startApi(() => failure(status, "no review"));
    expect(await reviewRights(await api.access(), READ_RIGHTS)).toEqual({ known: false, why: `${status}: no review`, ...cause });
  });

  it.each([
    { what: "says neither", body: { kind: "SelfSubjectAccessReview", status: {} } },
    { what: "is a gateway's", body: { code: 0, allowed: true } },
    { what: "is another object's", body: { kind: "Status", status: { allowed: true } } },
    { what: "only mentions the word", body: { kind: "SelfSubjectAccessReview", status: {}, x: { allowed: true } } },
    { what: "is no JSON", body: "<html>" },
  ])("is unknown where the answer $what", async ({ body }) => {
    api = await startApi(() => ({ status: 201, body }));
    expect(await reviewRights(await api.access(), READ_RIGHTS.slice(0, 1))).toMatchObject({ known: false, cause: "gateway" });
  });
});

describe("the rights that a cluster needs", () => {
  const OTHER = "eip.tke.cloud.tencent.com";
  const claims = { name: "elasticips", kind: "ElasticIP", shortNames: ["eipc"] };
  const groups = ["apps", OTHER].map((name) => ({
    name,
    versions: [{ groupVersion: `${name}/v1` }],
    preferredVersion: { groupVersion: `${name}/v1` },
  }));

  it.each([
    { deletes: false, verbs: ["list"] },
    { deletes: true, verbs: ["list", "delete"] },
  ])("are also those on the claims of other groups that it serves (deletes: $deletes)", async ({ deletes, verbs }) => {
    api = await startApi(({ url }) => ({
      body:
        url === "/apis"
          ? { kind: "APIGroupList", apiVersion: "v1", groups }
          : { kind: "APIResourceList", apiVersion: "v1", groupVersion: `${OTHER}/v1`, resources: [claims] },
    }));
    const rights = await rightsFor(await api.access(), deletes);
    expect(rights).toEqual(expect.arrayContaining([...READ_RIGHTS, ...(deletes ? CLAIM_DELETE_RIGHTS : [])]));
    const more = rights.filter(({ group }) => group === OTHER);
    expect(more).toEqual(verbs.map((verb) => ({ group: OTHER, resource: "elasticips", verb })));
  });

  it("are the usual ones where what it serves can't be read", async () => {
    api = await startApi(() => failure(403, "no"));
    expect(await rightsFor(await api.access(), false)).toEqual(READ_RIGHTS);
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
