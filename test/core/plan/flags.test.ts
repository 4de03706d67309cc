import { describe, expect, it } from "vitest";
import { approvalEnd } from "../../../src/core/plan/approval.ts";
import { rememberOutlook } from "../../../src/core/plan/outlook.ts";
import { flagStands, isOutdated, type Planned } from "../../../src/core/plan/plan.ts";
import { known } from "../../../src/core/terms/known.ts";
import type { AddressMemory, Approval, Flag } from "../../../src/core/terms/ledger.ts";
import type { ReleaseWindow } from "../../../src/core/terms/policy.ts";
import { DAY, HOUR, instant, MINUTE, milliseconds } from "../../../src/core/terms/time.ts";
import { ago, cluster, complete, ipamd, judgedRow, ledger, NOW, workload } from "../build.ts";
import { DUE, days, flag, leaked, planned, rule, type World } from "./planned.ts";

/** How long a flag, an approval and what is told of a release stand. */

const LONG_LEAKED = judgedRow("leaked", ago(60 * DAY));

describe("a flag is of a time that is over", () => {
  // The row of verdicts goes on, so that the acting clock alone can tell.
  const world = (flaggedAt: Flag["at"]) =>
    planned({ memory: leaked(days(10), { judged: LONG_LEAKED, flag: flag({ at: flaggedAt, noticedAt: flaggedAt }) }) });
  const began = instant(ago(10 * DAY) - 30 * MINUTE);

  it("when the acting clock began anew after it", () => {
    const found = world(instant(began - 1));
    expect(isOutdated(flag({ at: instant(began - 1) }), found)).toBe(true);
    expect(found.action).toBe("flag");
  });

  it("not when it was given at the clock's first instant", () => {
    const found = world(began);
    expect(isOutdated(flag({ at: began }), found)).toBe(false);
    expect(found.action).toBe("release");
  });

  it("never for an EIP that is not idle and has no row", () => {
    const bound = planned({ address: { status: "BIND" } });
    expect(isOutdated(flag({ at: ago(300 * DAY) }), bound)).toBe(false);
  });
});

describe("a flag stands", () => {
  const statefulSet = [cluster({ workloads: { StatefulSet: complete(workload()) } })];
  const cases: readonly (World & { title: string; flag?: Partial<Flag>; stands: boolean })[] = [
    { title: "while it is leaked", stands: true },
    {
      title: "while a rule flags it that releases nothing, and nobody was told of a release",
      policy: { rules: [rule({ releaseAfter: null })] },
      flag: { noticedAt: null },
      stands: true,
    },
    {
      title: "not once people were told of a release that no rule asks for any more",
      policy: { rules: [rule({ releaseAfter: null })] },
      stands: false,
    },
    { title: "not where no rule flags it", policy: { rules: [] }, flag: { noticedAt: null }, stands: false },
    {
      title: "while its kind withholds it, with no date at all",
      address: { isBlocked: true },
      flag: { noticedAt: null },
      stands: true,
    },
    { title: "not while it is bound", address: { status: "BIND" }, stands: false },
    { title: "while it is being unbound: nothing is known yet", address: { status: "UNBINDING" }, stands: true },
    {
      title: "while its cluster can't be read",
      clusters: [cluster({}, { objects: { known: false, why: "no route" } })],
      stands: true,
    },
    {
      title: "while ipamd is about to destroy it",
      clusters: [cluster({}, { ipamd: known(ipamd({ claimExpiredDuration: "9000h" })) })],
      stands: true,
    },
    { title: "not when its workload came back and no release is on its way", clusters: statefulSet, stands: false },
  ];
  it.each(cases)("$title: $stands", ({ title: _, flag: fields, stands, ...world }) => {
    const given = flag(fields);
    expect(flagStands(planned({ ...world, memory: { ...DUE, flag: given, judged: LONG_LEAKED } }), given)).toBe(stands);
  });
});

describe("an approval", () => {
  const began = instant(ago(30 * DAY) - 30 * MINUTE);
  const approval = (at: Approval["at"], until = instant(NOW + HOUR)): Approval => ({ at, by: "ann", until });
  const approved = (given: Approval, fields: Partial<AddressMemory> = {}) =>
    planned({ memory: { ...DUE, approval: given, ...fields }, release: { approval: "required" } });

  it("holds from the instant on at which the idle time began", () => {
    expect(approved(approval(began)).approval?.by).toBe("ann");
    expect(approved(approval(began))).toMatchObject({ action: "release", needsApproval: true });
  });

  it("is void when the idle time began anew after it", () => {
    const found = approved(approval(instant(began - 1)), { judged: LONG_LEAKED });
    expect(found).toMatchObject({ action: "none", approval: null, awaitsApproval: true, withheld: { by: "approval" } });
  });

  it("is void when another verdict came between", () => {
    const row = judgedRow("leaked", ago(8 * DAY));
    const early = flag({ at: ago(8 * DAY), noticedAt: ago(8 * DAY) });
    expect(approved(approval(ago(8 * DAY)), { judged: row, flag: early }).approval?.by).toBe("ann");
    expect(approved(approval(instant(ago(8 * DAY) - 1)), { judged: row, flag: early }).approval).toBeNull();
  });

  it("counts by the idle time alone where an older ledger has no row", () => {
    const { judged: _, ...older } = DUE;
    expect(planned({ memory: { ...older, approval: approval(began) } }).approval?.by).toBe("ann");
  });

  it("ends when it says, once the flag came after its end", () => {
    const late = flag({ at: ago(2 * DAY), noticedAt: ago(2 * DAY) });
    const until = ago(2 * DAY);
    expect(approved(approval(ago(9 * DAY), until), { flag: late }).approval?.until).toBe(until);
    const later = approved(approval(ago(9 * DAY), instant(until + 1)), { flag: late }).approval?.until;
    expect(later).toBeGreaterThan(until + 1);
  });

  it("ends when it says where no release is on its way", () => {
    const found = planned({
      memory: { ...DUE, approval: approval(ago(DAY)) },
      policy: { rules: [rule({ releaseAfter: null })] },
    });
    expect(found.approval?.until).toBe(NOW + HOUR);
  });

  it("is not waited for where something else withholds the release", () => {
    const closed: ReleaseWindow = { days: [], from: 0, to: 0, timezone: "UTC" };
    const found = planned({ release: { window: closed } });
    expect(found).toMatchObject({ withheld: { by: "window" }, awaitsApproval: false });
  });

  it("holds for one notice period after the window opens; a window that never opens counts as open", () => {
    const window: ReleaseWindow = { days: ["tue"], from: 0, to: 0, timezone: "UTC" };
    const monday = instant(Date.UTC(2026, 10, 23, 9));
    expect(approvalEnd(monday, { window, notice: DAY })).toBe(Date.UTC(2026, 10, 25));
    expect(approvalEnd(monday, { window: { ...window, days: [] }, notice: DAY })).toBe(Date.UTC(2026, 10, 24, 9));
  });
});

describe("what withholds a release is named by its kind", () => {
  const cases: readonly (World & { title: string; by: string })[] = [
    { title: "facts that were not read", address: { isArrears: null }, by: "doubt" },
    { title: "no notice", memory: { ...DUE, flag: flag({ noticedAt: null }) }, by: "notice" },
    { title: "a notice that runs", memory: { ...DUE, flag: flag({ noticedAt: ago(HOUR) }) }, by: "notice" },
    { title: "no approval", release: { approval: "required" }, by: "approval" },
    { title: "a closed window", release: { window: { days: ["sun"], from: 0, to: 0, timezone: "UTC" } }, by: "window" },
    { title: "what it is", address: { isBlocked: true }, by: "kind" },
    {
      title: "a rule that may hold for it",
      policy: { rules: [rule({ name: "prod", match: { namespace: ["prod-*"] }, releaseAfter: null }), rule()] },
      memory: { ...DUE, pod: null },
      by: "rule",
    },
  ];
  it.each(cases)("$title: $by", ({ title: _, by, ...world }) => {
    const found = planned(world);
    expect({ by: found.withheld?.by, awaits: found.awaitsApproval }).toEqual({ by, awaits: by === "approval" });
  });
});

describe("a rule whose match is not known gives way to none that is stricter", () => {
  const unasked = (releaseAfter: number | null) =>
    rule({
      name: "prod",
      match: { namespace: ["prod-*"] },
      releaseAfter: releaseAfter === null ? null : milliseconds(releaseAfter),
    });
  const nobodyKnows = {
    ...DUE,
    pod: null,
    judged: LONG_LEAKED,
    approval: { at: ago(HOUR), by: "ann", until: instant(NOW + 90 * DAY) },
  };
  const cases = [
    { title: "the longer delay of the two holds, the possible one's", possible: 40 * DAY, own: DAY, action: "none" },
    { title: "the longer delay of the two holds, its own", possible: DAY, own: 40 * DAY, action: "none" },
    { title: "both are over", possible: 20 * DAY, own: DAY, action: "release" },
    { title: "one that releases never", possible: null, own: DAY, action: "none" },
  ];
  it.each(cases)("$title: $action", ({ possible, own, action }) => {
    const rules = [unasked(possible), rule({ releaseAfter: milliseconds(own) })];
    expect(planned({ memory: nobodyKnows, policy: { rules } }).action).toBe(action);
  });
});

describe("what the ledger remembers of a plan", () => {
  const outlook = { releaseAt: ago(HOUR), needsApproval: false };
  const withheld = { by: "window", why: "outside the release window", since: ago(DAY) } as unknown as NonNullable<
    AddressMemory["withheld"]
  >;
  const item = (fields: Partial<Planned> = {}): Planned => ({ ...planned({}), action: "none", ...outlook, ...fields });
  const remember = (before: AddressMemory | null, now: Planned) => {
    const { id } = now.judgement.situation.linked.address;
    return rememberOutlook(ledger(before === null ? {} : { [id]: before }), [now]).addresses[id];
  };

  it("keeps the date of the release and whether a person must approve it", () => {
    expect(remember(DUE, item())).toEqual({ ...DUE, outlook });
    expect(remember({ ...DUE, outlook }, item({ releaseAt: null }))?.outlook).toEqual({ releaseAt: null, needsApproval: false });
    expect(remember({ ...DUE, outlook }, item({ needsApproval: true }))?.outlook).toEqual({ ...outlook, needsApproval: true });
  });

  it("does not touch what stays the same", () => {
    const before = { ...DUE, outlook, withheld };
    expect(remember(before, item({ withheld: { by: "window", why: "outside" } }))).toBe(before);
    const plain = { ...DUE, outlook };
    expect(remember(plain, item({ withheld: null }))).toBe(plain);
  });

  it("keeps why it was withheld while it is withheld, or is being released", () => {
    expect(remember({ ...DUE, withheld }, item({ withheld: { by: "window", why: "outside" } }))?.withheld).toBe(withheld);
    const before = { ...DUE, outlook, withheld };
    expect(remember(before, item({ withheld: null, action: "release" }))).toBe(before);
  });

  it("forgets it when nothing withholds the release any more", () => {
    expect(remember({ ...DUE, outlook, withheld }, item({ withheld: null }))).toEqual({ ...DUE, outlook });
  });

  it("remembers nothing of an EIP that it does not know", () => {
    expect(remember(null, item())).toBeUndefined();
  });
});
