import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { parseConfig } from "../../src/config/load.ts";
import { CLAIM_DELETE_RIGHTS, READ_RIGHTS, type Right } from "../../src/kubernetes/rights.ts";
import { deploymentRights, recoveryRights, requiredRights, statementsFor } from "../../src/tencent/actions.ts";

const here = (path: string) => fileURLToPath(new URL(`../../deploy/${path}`, import.meta.url));
const read = (path: string) => readFileSync(here(path), "utf8");

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** `list pods`, `get configmaps/eks-config`: every single right of the ClusterRoles in a file. */
function rightsIn(path: string): readonly string[] {
  return parseAllDocuments(read(path)).flatMap((document) => {
    const object = document.toJS();
    if (object.kind !== "ClusterRole") return [];
    return object.rules.flatMap((rule: Rule) =>
      rule.apiGroups.flatMap((group) =>
        rule.resources.flatMap((resource) =>
          rule.verbs.flatMap((verb) => (rule.resourceNames ?? [""]).map((name) => `${verb} ${group}/${resource}/${name}`)),
        ),
      ),
    );
  });
}

function named(rights: readonly Right[]): readonly string[] {
  return rights.map(({ group, resource, verb, name = "" }) => `${verb} ${group}/${resource}/${name}`).sort();
}

describe("the shipped ClusterRoles", () => {
  it("give what a scan reads, and nothing more", () => {
    expect([...rightsIn("base/cluster-role.yaml")].sort()).toEqual(named(READ_RIGHTS));
  });

  it("give the deletion of claims apart from it, and nothing more", () => {
    expect([...rightsIn("overlays/enforce/claim-delete.yaml")].sort()).toEqual(named(CLAIM_DELETE_RIGHTS));
  });
});

describe("the shipped CAM policies", () => {
  const nothing = { roles: false, describeCredentials: false, cloudaudit: false, billing: false, mark: false };
  const actionsIn = (file: string): readonly string[] =>
    JSON.parse(read(`cam/${file}.json`)).statement.flatMap(({ action }: { action: readonly string[] }) => action);
  const needed = (features: Parameters<typeof requiredRights>[0]) => requiredRights(features).flatMap(({ actions }) => actions);

  it("allow whoever deploys exactly what deploy and undeploy call, and to hand a role to a function", () => {
    const calls = deploymentRights().flatMap(({ actions }) => actions);
    expect([...actionsIn("deploy")].sort()).toEqual([...calls, "cam:PassRole", "tag:TagResources"].sort());
  });

  it("limit what writes to EIPs, under both spellings: a tag of another resource is another team's", () => {
    const statements = ["read-only", "flag", "release", "recover"].flatMap(
      (file): readonly { action: readonly string[]; resource: readonly string[] }[] =>
        JSON.parse(read(`cam/${file}.json`)).statement,
    );
    for (const { action, resource } of statements) {
      const writes = action.some((name) => /:(TagResources|UnTagResources|ReleaseAddresses|AllocateAddresses)$/.test(name));
      expect(resource).toEqual(writes ? ["qcs::cvm:*:uin/*:eip/*", "qcs::vpc:*:uin/*:eip/*"] : ["*"]);
    }
  });

  it("allow to read exactly what an audit calls", () => {
    expect([...actionsIn("read-only")].sort()).toEqual([...needed({ ...nothing, mode: "audit" })].sort());
  });

  it("allow to mark, and to release, exactly what those modes call besides", () => {
    const flag = needed({ ...nothing, mode: "flag", mark: true });
    expect([...actionsIn("read-only"), ...actionsIn("flag")].sort()).toEqual([...flag].sort());
    const enforce = needed({ ...nothing, mode: "enforce", mark: true });
    expect([...actionsIn("read-only"), ...actionsIn("flag"), ...actionsIn("release")].sort()).toEqual([...enforce].sort());
  });

  it("allow to recover an address in a policy of its own", () => {
    expect(JSON.parse(read("cam/recover.json")).statement).toEqual(statementsFor(recoveryRights()));
  });
});

it("the CronJob runs by the schedule that the configuration has when nothing is said", () => {
  const { deploy } = parseConfig("tencent: { regions: [ap-guangzhou] }\n", { path: "/etc/eip-guard.yaml", env: {} }).config;
  const { spec } = parseAllDocuments(read("overlays/audit/cronjob.yaml"))[0]?.toJS() ?? {};
  expect({ schedule: spec.schedule, timezone: spec.timeZone }).toEqual({ schedule: deploy.schedule, timezone: deploy.timezone });
});

const kubectl = (() => {
  try {
    execFileSync("kubectl", ["version", "--client"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();
if (!kubectl) console.warn("no kubectl: the overlays are not rendered");

describe.skipIf(!kubectl)("the kustomize overlays", () => {
  it.each(["audit", "serve", "enforce"])("%s renders, with our service account and no privileges", (overlay) => {
    const rendered = execFileSync("kubectl", ["kustomize", here(`overlays/${overlay}`)], { encoding: "utf8" });
    const kinds = parseAllDocuments(rendered).map((document) => document.toJS().kind);
    expect(kinds).toContain(overlay === "serve" ? "Deployment" : "CronJob");
    expect(rendered).toContain("serviceAccountName: eip-guard");
    expect(rendered).toContain("runAsNonRoot: true");
    expect(rendered.includes("EIP_GUARD_ALLOW_RELEASE")).toBe(overlay === "enforce");
    expect(kinds.filter((kind) => kind === "ClusterRole")).toHaveLength(overlay === "enforce" ? 2 : 1);
  });
});
