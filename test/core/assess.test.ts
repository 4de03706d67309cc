import { describe, expect, it } from "vitest";
import { assess, countRead } from "../../src/core/assess.ts";
import { known, unknown } from "../../src/core/terms/known.ts";
import type { Ledger } from "../../src/core/terms/ledger.ts";
import { DAY, HOUR, milliseconds } from "../../src/core/terms/time.ts";
import { address, ago, CLUSTER, facts, ledger, memory, POLICY, podMemory, region } from "./build.ts";

it("counts the EIPs of complete listings, and none of a listing that is not complete", () => {
  const two = [address(), address({ id: "eip-bbbbbbbb" })];
  const partial = region([], { region: "ap-tokyo", addresses: unknown("read 2 of 3"), partial: two });
  expect(countRead([])).toBe(0);
  expect(countRead([partial])).toBe(0);
  expect(countRead([region(two), partial, region([address()], { account: "games" })])).toBe(3);
});

describe("an EIP of a cluster that is gone, judged again after the ledger alone has changed", () => {
  const principal = "qcs::cam::uin/100000000001:root";
  const place = { account: "default", region: "ap-guangzhou" };
  const idle = memory(milliseconds(2 * DAY), { pod: podMemory() });
  const gone = {
    ...memory(null, { pod: podMemory({ name: "web-1" }) }),
    boundAt: ago(9 * DAY),
    status: { is: "GONE", since: ago(DAY) },
  };
  const seenAlive = { ...place, seenAliveAt: ago(DAY), principal };
  const reading = facts([address()], [], {
    absentClusters: [{ ...place, id: CLUSTER, exists: known("not-found" as const) }],
    principals: { default: known(principal) },
  });
  const first = ledger({ "eip-aaaaaaaa": idle, "eip-bbbbbbbb": gone }, { clusters: { [CLUSTER]: seenAlive } });
  const before = assess(reading, first, POLICY);

  const homeAfter = (after: Ledger) =>
    assess(reading, after, POLICY, { before }).judgements.map(({ situation }) => situation.home.state);

  it("is first found deleted", () => expect(homeAfter(first)).toEqual(["deleted"]));

  it.each([
    ["another EIP of it was bound since", { addresses: { ...first.addresses, "eip-bbbbbbbb": { ...gone, boundAt: ago(HOUR) } } }],
    [
      "another EIP that was bound since is one of it",
      {
        addresses: {
          ...first.addresses,
          "eip-bbbbbbbb": { ...gone, boundAt: ago(HOUR), pod: podMemory({ name: "web-2" }) },
        },
      },
    ],
    [
      "an EIP comes to the ledger that was bound since",
      { addresses: { ...first.addresses, "eip-c": { ...gone, boundAt: ago(HOUR) } } },
    ],
    [
      "an EIP takes another's place that was bound since",
      { addresses: { "eip-aaaaaaaa": idle, "eip-c": { ...gone, boundAt: ago(HOUR) } } },
    ],
    ["the cluster was listed by other credentials", { clusters: { [CLUSTER]: { ...seenAlive, principal: "another" } } }],
    ["the cluster was never seen", { clusters: {} }],
  ])("is not when %s", (_, change) => {
    const after = { ...first, ...change };
    expect(homeAfter(after)).toEqual(["not-visible"]);
    expect(homeAfter(after)).toEqual(assess(reading, after, POLICY).judgements.map(({ situation }) => situation.home.state));
  });
});
