import { describe, expect, it } from "vitest";
import { buttonStatements, type RunRole, runStatements } from "../../src/tencent/run-role.ts";

const STATE = { kind: "cos", bucket: "guard-1250000000", region: "ap-guangzhou", prefix: "eip-guard/", endpoint: null } as const;
const BUCKET = "qcs::cos:ap-guangzhou:uid/1250000000:guard-1250000000/eip-guard/*";
const ROLE: RunRole = {
  mode: "audit",
  describeCredentials: false,
  cloudaudit: true,
  billing: true,
  mark: true,
  assumes: [],
  state: STATE,
  secrets: [],
};

const actions = (role: RunRole) => runStatements(role).flatMap(({ action }) => action);
const resources = (role: RunRole, action: string) =>
  runStatements(role).flatMap((one) => (one.action.some((name) => name.includes(action)) ? one.resource : []));

describe("the role of a deployed function", () => {
  it("reads in mode audit, and writes nothing but its own store", () => {
    const others = actions(ROLE).filter((action) => !action.startsWith("name/cos:"));
    for (const action of others) expect(action).toMatch(/:(Describe|List|Get)\w+$/);
    expect(resources(ROLE, "cos:")).toEqual([BUCKET]);
  });

  it.each(["audit", "flag"] as const)("releases nothing in mode %s", (mode) => {
    expect(actions({ ...ROLE, mode }).filter((action) => action.endsWith(":ReleaseAddresses"))).toEqual([]);
  });

  it("releases in mode enforce, EIPs alone", () => {
    expect(resources({ ...ROLE, mode: "enforce" }, "ReleaseAddresses")).toEqual([
      "qcs::cvm:*:uin/*:eip/*",
      "qcs::vpc:*:uin/*:eip/*",
    ]);
  });

  it("assumes the configured roles alone, and only where there are any", () => {
    const role = "qcs::cam::uin/100000000002:roleName/eip-guard";
    expect(actions(ROLE)).not.toContain("sts:AssumeRole");
    expect(resources({ ...ROLE, assumes: [role, role] }, "AssumeRole")).toEqual([role]);
  });

  it("reads the named secrets alone", () => {
    expect(actions(ROLE).some((action) => action.startsWith("ssm:"))).toBe(false);
    expect(resources({ ...ROLE, secrets: [{ region: "ap-guangzhou", name: "bot" }] }, "ssm:")).toEqual([
      "qcs::ssm:ap-guangzhou:uin/*:secret/creatorUin/*/bot",
    ]);
  });

  it("has no right of COS where the state is a folder", () => {
    expect(actions({ ...ROLE, state: { kind: "dir", dir: "/mnt/guard" } }).some((action) => action.includes("cos:"))).toBe(false);
  });
});

describe("the role of the buttons' function", () => {
  it("uses the store and nothing else", () => {
    expect(buttonStatements(STATE, [])).toMatchObject([{ resource: [BUCKET] }]);
  });
});
