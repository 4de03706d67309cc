import { describe, expect, it } from "vitest";
import { assess } from "../../src/core/assess.ts";
import { rememberOutlook } from "../../src/core/plan/outlook.ts";
import { remember, rememberVerdicts } from "../../src/core/remember.ts";
import { known } from "../../src/core/terms/known.ts";
import { emptyLedger, type Ledger } from "../../src/core/terms/ledger.ts";
import { MINUTE } from "../../src/core/terms/time.ts";
import { address, ago, cluster, complete, facts, NOW, owner, POLICY, pod, region } from "./build.ts";

/** What every object inherits is nobody's: names come from people and from clouds. */
const NAMES = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"];

/** Two readings of one world, and the ledger as it is read back from its text. */
function twice(read: (now: number) => Parameters<typeof assess>[0]) {
  let ledger: Ledger = emptyLedger();
  for (const now of [ago(MINUTE), NOW]) {
    const assessment = assess(read(now), ledger, POLICY);
    const remembered = remember(assessment.world, POLICY, "run").ledger;
    const verdicts = rememberVerdicts(remembered, assessment.planned, NOW, "run").ledger;
    ledger = JSON.parse(JSON.stringify(rememberOutlook(verdicts, assessment.planned)));
  }
  return { ledger, ...assess(read(NOW), ledger, POLICY) };
}

describe.each(NAMES)("the name %s", (name) => {
  it("as the key and the value of a tag means what it says", () => {
    const tags = Object.fromEntries([
      [name, name],
      ["tke-clusterId", name],
    ]);
    const { judgements } = twice((now) => facts([address({ tags: known(tags) })], [cluster()], { now: now as typeof NOW }));
    expect(judgements.map(({ reason }) => reason)).toEqual(["cluster-not-visible"]);
    expect(judgements[0]?.situation.linked.address.tags).toEqual(known(tags));
  });

  it("as a tag's key is no keep tag, and names no owner", () => {
    const { judgements, planned } = twice((now) =>
      facts([address({ tags: known(Object.fromEntries([[name, "x"]])) })], [cluster()], { now: now as typeof NOW }),
    );
    expect(judgements.map(({ verdict }) => verdict)).toEqual(["unmanaged"]);
    expect(planned.map(({ plannable }) => plannable.subject.owner)).toEqual([null]);
  });

  it("of a Pod, its namespace and its workload leads to its EIP", () => {
    const mine = pod({
      name,
      namespace: name,
      owner: owner("StatefulSet", name),
      annotations: { "tke.cloud.tencent.com/eip-id": "eip-aaaaaaaa" },
    });
    const { judgements, ledger } = twice((now) =>
      facts([address({ status: "BIND", privateIp: "10.0.0.7" })], [cluster({ pods: complete(mine) })], {
        now: now as typeof NOW,
      }),
    );
    expect(judgements.map(({ verdict }) => verdict)).toEqual(["in-use"]);
    expect(ledger.addresses["eip-aaaaaaaa"]?.pod).toMatchObject({ name, namespace: name });
  });

  it("as the id of an EIP never makes another EIP's memory its own", () => {
    const { judgements, ledger } = twice((now) =>
      facts([address({ id: name, ip: "203.0.113.11" }), address()], [cluster()], { now: now as typeof NOW }),
    );
    expect(judgements).toHaveLength(2);
    const strange = judgements.find(({ situation }) => situation.linked.address.id === name)?.situation.linked.memory ?? null;
    expect(strange === null || strange.ip === "203.0.113.11").toBe(true);
    expect(ledger.addresses["eip-aaaaaaaa"]?.ip).toBe("203.0.113.10");
  });

  it("of an account and a region has the counts and the price of its own", () => {
    const eip = address({ account: name, region: name });
    const { judgements } = twice((now) =>
      facts([], [], { now: now as typeof NOW, regions: [region([eip], { account: name, region: name })] }),
    );
    expect(judgements).toHaveLength(1);
    expect(judgements.map(({ verdict }) => verdict)).not.toContain("leaked");
  });
});
