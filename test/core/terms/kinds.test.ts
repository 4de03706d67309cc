import { describe, expect, it } from "vitest";
import {
  AUTOSCALER_KINDS,
  AUTOSCALERS,
  apiVersionOf,
  groupOf,
  kindOf,
  kindsNaming,
  resourceName,
  rowOf,
  WORKLOAD_KINDS,
} from "../../../src/core/terms/kinds.ts";

describe("the table of kinds", () => {
  it("tells each kind from every other by group and kind, and by group and plural", () => {
    const rows = WORKLOAD_KINDS.map(rowOf);
    expect(new Set(rows.map(({ group, kind }) => `${group}/${kind.toLowerCase()}`)).size).toBe(rows.length);
    expect(new Set(rows.map(({ group, plural }) => `${group}/${plural}`)).size).toBe(rows.length);
  });

  it.each(WORKLOAD_KINDS.map((kind) => ({ kind, row: rowOf(kind) })))("finds $kind by any version of it", ({ kind, row }) => {
    for (const version of ["v1", "v9beta1"])
      expect(kindOf({ apiVersion: apiVersionOf(row, version), kind: row.kind })).toBe(kind);
    expect(kindOf({ apiVersion: "other.example.com/v1", kind: row.kind })).toBeNull();
  });

  it("counts ordinals only of kinds whose rule is documented, the makers after what they make", () => {
    expect(kindsNaming("ordinals")).toEqual(["StatefulSet", "AdvancedStatefulSet", "GameServerSet"]);
  });

  it("says that no Pod returns only of kinds that name at random", () => {
    expect(kindsNaming("never")).toEqual([
      "Deployment",
      "ReplicaSet",
      "DaemonSet",
      "Job",
      "CronJob",
      "ReplicationController",
      "AdvancedDaemonSet",
      "BroadcastJob",
      "AdvancedCronJob",
      "Rollout",
      "ScaledJob",
      "KnativeService",
    ]);
  });

  it("has a version for each kind that every cluster has, and reads the others where discovery shows them", () => {
    for (const { group, versions } of [...WORKLOAD_KINDS.map(rowOf), ...AUTOSCALER_KINDS.map((kind) => AUTOSCALERS[kind])]) {
      expect(versions === null).toBe(group.includes("."));
    }
  });

  it.each([
    { name: resourceName(rowOf("StatefulSet")), expected: "statefulsets" },
    { name: resourceName(rowOf("AdvancedStatefulSet")), expected: "statefulsets.apps.kruise.io" },
    { name: resourceName(rowOf("ReplicationController")), expected: "replicationcontrollers" },
  ])("names a resource as kubectl takes it: $expected", ({ name, expected }) => {
    expect(name).toBe(expected);
  });

  it.each([
    ["v1", ""],
    ["apps/v1", "apps"],
    ["", ""],
  ])("the group of '%s' is '%s'", (apiVersion, group) => {
    expect(groupOf(apiVersion)).toBe(group);
  });
});
