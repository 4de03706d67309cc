import { describe, expect, it } from "vitest";
import { type EipAnnotations, readAnnotations } from "../../../src/core/link/annotations.ts";
import type { Annotations } from "../../../src/core/terms/facts.ts";

const TKE = "tke.cloud.tencent.com/";
const EKS = "eks.tke.cloud.tencent.com/";

describe("readAnnotations", () => {
  it("of none says that there are none", () => {
    expect(readAnnotations({ "example.com/eip-attributes": "", "eip-attributes": "" })).toEqual({
      wantsEip: false,
      attributes: [],
      deletePolicy: [],
      never: false,
      idList: null,
      claimExpired: [],
      networks: [],
      publicIp: [],
      eipId: [],
      conflicts: [],
    });
  });

  it.each([TKE, EKS])("accepts %s for every key", (prefix) => {
    const all = {
      [`${prefix}eip-attributes`]: "{}",
      [`${prefix}eip-claim-delete-policy`]: "Never",
      [`${prefix}eip-id-list`]: "eip-a",
      [`${prefix}claim-expired-duration`]: "1h",
      [`${prefix}networks`]: "tke-route-eni",
      [`${prefix}eip-public-ip`]: "203.0.113.1",
      [`${prefix}eip-id`]: "eip-a",
    };
    expect(readAnnotations(all)).toEqual({
      wantsEip: true,
      attributes: ["{}"],
      deletePolicy: ["Never"],
      never: true,
      idList: ["eip-a"],
      claimExpired: ["1h"],
      networks: ["tke-route-eni"],
      publicIp: ["203.0.113.1"],
      eipId: ["eip-a"],
      conflicts: [],
    });
  });

  const cases: readonly { title: string; annotations: Annotations; expected: Partial<EipAnnotations> }[] = [
    {
      title: "presence of attributes is what counts",
      annotations: { [`${TKE}eip-attributes`]: "" },
      expected: { wantsEip: true, attributes: [""] },
    },
    {
      title: "the prefixes may be mixed in one Pod",
      annotations: { [`${TKE}eip-attributes`]: "", [`${EKS}eip-claim-delete-policy`]: "Never" },
      expected: { wantsEip: true, never: true, conflicts: [] },
    },
    {
      title: "never in another case does not keep",
      annotations: { [`${TKE}eip-claim-delete-policy`]: "never" },
      expected: { never: false, deletePolicy: ["never"] },
    },
    {
      title: "Never with a space does not keep",
      annotations: { [`${TKE}eip-claim-delete-policy`]: "Never " },
      expected: { never: false, deletePolicy: ["Never "] },
    },
    {
      title: "an unknown value keeps nothing",
      annotations: { [`${TKE}eip-claim-delete-policy`]: "" },
      expected: { never: false, deletePolicy: [""] },
    },
    {
      title: "where two prefixes disagree, the one that keeps counts",
      annotations: { [`${TKE}eip-claim-delete-policy`]: "Delete", [`${EKS}eip-claim-delete-policy`]: "Never" },
      expected: { never: true, deletePolicy: ["Delete", "Never"], conflicts: ["eip-claim-delete-policy"] },
    },
    {
      title: "the same value twice is no conflict",
      annotations: { [`${TKE}eip-id`]: "eip-a", [`${EKS}eip-id`]: "eip-a" },
      expected: { eipId: ["eip-a"], conflicts: [] },
    },
    {
      title: "a list is split and trimmed",
      annotations: { [`${TKE}eip-id-list`]: " eip-a ,eip-b,, eip-c" },
      expected: { idList: ["eip-a", "eip-b", "eip-c"] },
    },
    {
      title: "a list is split at whatever else stands between ids",
      annotations: { [`${TKE}eip-id-list`]: '["eip-a","eip-b"];eip-c，eip-d\neip-e' },
      expected: { idList: ["eip-a", "eip-b", "eip-c", "eip-d", "eip-e"] },
    },
    { title: "an empty list is a list", annotations: { [`${TKE}eip-id-list`]: "" }, expected: { idList: [] } },
    {
      title: "two lists are one after the other",
      annotations: { [`${TKE}eip-id-list`]: "eip-a", [`${EKS}eip-id-list`]: "eip-b" },
      expected: { idList: ["eip-a", "eip-b"], conflicts: ["eip-id-list"] },
    },
    {
      title: "two lists are one after the other, whichever the API names first",
      annotations: { [`${EKS}eip-id-list`]: "eip-b", [`${TKE}eip-id-list`]: "eip-a" },
      expected: { idList: ["eip-a", "eip-b"], conflicts: ["eip-id-list"] },
    },
    {
      title: "other annotations say nothing",
      annotations: { "example.com/eip-id": "eip-a", "eip-id": "eip-b", [`${TKE}eip-injection`]: "x" },
      expected: { wantsEip: false, eipId: [], idList: null, deletePolicy: [], conflicts: [] },
    },
    {
      title: "an empty output is not written yet",
      annotations: { [`${TKE}eip-id`]: " ", [`${TKE}eip-public-ip`]: "" },
      expected: { eipId: [], publicIp: [] },
    },
    {
      title: "outputs are trimmed",
      annotations: { [`${TKE}eip-public-ip`]: " 203.0.113.1 ", [`${EKS}eip-public-ip`]: "203.0.113.1" },
      expected: { publicIp: ["203.0.113.1"] },
    },
    {
      title: "a threshold is trimmed",
      annotations: { [`${TKE}claim-expired-duration`]: " 1h " },
      expected: { claimExpired: ["1h"] },
    },
  ];
  it.each(cases)("$title", ({ annotations, expected }) => expect(readAnnotations(annotations)).toMatchObject(expected));
});
