import { describe, expect, it } from "vitest";
import type { IpamdFacts } from "../../../src/core/terms/facts.ts";
import { known, unknown } from "../../../src/core/terms/known.ts";
import { clusterThreshold, podThreshold, recycling, type Threshold } from "../../../src/core/terms/threshold.ts";
import { HOUR } from "../../../src/core/terms/time.ts";
import { ipamd } from "../build.ts";

describe("clusterThreshold", () => {
  const cases: readonly { title: string; facts: Partial<IpamdFacts>; expected: object }[] = [
    { title: "the API's", facts: {}, expected: { state: "set", duration: HOUR, source: "DescribeIPAMD" } },
    { title: "0s is never", facts: { claimExpiredDuration: "0s" }, expected: { state: "never" } },
    { title: "null is unknown", facts: { claimExpiredDuration: null }, expected: { state: "unknown" } },
    { title: "empty is unknown", facts: { claimExpiredDuration: "" }, expected: { state: "unknown" } },
    { title: "nonsense is unknown", facts: { claimExpiredDuration: "soon" }, expected: { state: "unknown" } },
    {
      title: "the argument where the API gives none",
      facts: { claimExpiredDuration: null, argument: "60m" },
      expected: { state: "set", duration: HOUR, source: "argument of kube-system/tke-eni-ipamd" },
    },
    {
      title: "the argument where the API says nonsense",
      facts: { claimExpiredDuration: "soon", argument: "60m" },
      expected: { state: "set", duration: HOUR, source: "argument of kube-system/tke-eni-ipamd" },
    },
    {
      title: "the API's where the argument is nonsense",
      facts: { argument: "soon" },
      expected: { state: "set", source: "DescribeIPAMD" },
    },
    { title: "both, written differently", facts: { argument: "60m" }, expected: { state: "set", duration: HOUR } },
    {
      title: "both differ",
      facts: { argument: "5m" },
      expected: { state: "unknown", why: expect.stringMatching(/'1h0m0s'.*'5m'/) },
    },
    { title: "one set, one never", facts: { argument: "0s" }, expected: { state: "unknown" } },
    { title: "both never", facts: { claimExpiredDuration: "0s", argument: "0" }, expected: { state: "never" } },
  ];
  it.each(cases)("$title", ({ facts, expected }) => expect(clusterThreshold(known(ipamd(facts)))).toMatchObject(expected));

  it("is unknown, with the reason, where ipamd could not be read", () => {
    expect(clusterThreshold(unknown("403"))).toEqual({ state: "unknown", why: "403" });
  });
});

describe("podThreshold", () => {
  const cluster: Threshold = { state: "never", source: "DescribeIPAMD" };
  it.each([
    { title: "none of its own: the cluster's", override: null, expected: cluster },
    { title: "never recorded: unknown", override: undefined, expected: { state: "unknown" } },
    { title: "its own", override: " 1h ", expected: { state: "set", duration: HOUR } },
    { title: "its own never", override: "0s", expected: { state: "never" } },
    { title: "its own, unreadable", override: "x", expected: { state: "unknown", why: expect.stringContaining("'x'") } },
  ])("$title", ({ override, expected }) => expect(podThreshold(cluster, override)).toMatchObject(expected));
});

describe("recycling", () => {
  const cases: readonly { title: string; facts: Partial<IpamdFacts>; expected: object }[] = [
    {
      title: "runs",
      facts: { phase: "Running" },
      expected: { running: true, authorised: true, why: "ipamd runs and is authorised" },
    },
    { title: "switched off", facts: { enabled: false }, expected: { running: false, why: "ipamd is switched off" } },
    { title: "failed", facts: { phase: "failed" }, expected: { running: false, why: "ipamd is in phase 'failed'" } },
    { title: "phase not given", facts: { phase: "" }, expected: { running: null, why: "whether ipamd runs is not known" } },
    {
      title: "not authorised",
      facts: { authorised: known(false) },
      expected: { authorised: false, why: expect.stringContaining("IPAMDofTKE_QCSRole") },
    },
    { title: "role unreadable", facts: { authorised: unknown("403") }, expected: { authorised: null, why: "403" } },
  ];
  it.each(cases)("$title", ({ facts, expected }) => expect(recycling(known(ipamd(facts)))).toMatchObject(expected));

  it("is not known where ipamd could not be read", () => {
    expect(recycling(unknown("403"))).toEqual({ running: null, authorised: null, why: "403" });
  });
});
