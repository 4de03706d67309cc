import type { ClusterResult, EipResult, ScanResult } from "../../src/core/terms/result.ts";

/** A result with every verdict in it, small enough to be checked by eye. */

export const NOW = "2026-11-23T09:00:00.000Z";

export function eip(fields: Partial<EipResult> = {}): EipResult {
  return {
    id: "eip-aaaaaaaa",
    ip: "203.0.113.10",
    name: "",
    account: "default",
    region: "ap-guangzhou",
    status: "UNBIND",
    chargeType: "TRAFFIC_POSTPAID_BY_HOUR",
    tags: { "tke-clusterId": "cls-11111111", "tke-created-eip": "true" },
    pod: {
      cluster: "cls-11111111",
      namespace: "games",
      name: "web-0",
      ordinal: 0,
      workload: { apiVersion: "apps/v1", kind: "StatefulSet", name: "web" },
    },
    owner: { name: "team-a", from: "label team of namespace games" },
    evidence: [{ kind: "claim", detail: "EIPClaim games/web-0 names it" }],
    idle: {
      atLeastSeconds: 356_400,
      atMostSeconds: 781_200,
      actingSeconds: 356_400,
      sightings: 594,
      evidence: ["ledger", "created"],
      contradiction: null,
    },
    verdict: "leaked",
    reason: "workload-gone-never-recycled",
    alsoTrue: [],
    detail: "leaked because StatefulSet games/web is gone since 2026-11-14 and the recycle threshold of cls-11111111 is never",
    rule: "leaked pod addresses",
    action: "none",
    withheld: null,
    withheldBy: null,
    flagAt: "2026-11-19T06:00:00.000Z",
    releaseAt: "2026-11-26T07:00:00.000Z",
    cost: { currency: "CNY", perHour: 0.2, soFarAtLeast: 19.8, soFarAtMost: 43.4 },
    flaggedAt: "2026-11-19T06:10:00.000Z",
    noticedAt: "2026-11-19T06:10:02.000Z",
    createdAt: "2026-08-01T10:00:00.000Z",
    lastBound: { since: null, until: "2026-11-14T08:00:00.000Z" },
    thresholdAt: null,
    approval: { needed: false, given: null },
    cluster: fields.pod === undefined ? "cls-11111111" : (fields.pod?.cluster ?? null),
    ...fields,
  };
}

export function cluster(fields: Partial<ClusterResult> = {}): ClusterResult {
  return {
    id: "cls-11111111",
    name: "games-prod",
    region: "ap-guangzhou",
    account: "default",
    state: "live",
    recycleThreshold: { state: "never" },
    retained: 4,
    overdue: 0,
    findings: [
      {
        code: "threshold-never",
        object: "-",
        detail: "the recycle threshold is never, so that retained EIPs pile up",
        fix: "set the EIP recycle policy of the cluster's VPC-CNI, or let eip-guard release by policy",
      },
    ],
    audit: {
      source: "DescribeIPAMD",
      ipamd: "running",
      authorised: "yes",
      overdueBySeconds: null,
      willBeLost: [],
      idleCost: [{ currency: "CNY", perHour: 0.8, perMonth: 584 }],
      podOverrides: [],
    },
    ...fields,
  };
}

const NO_WAY = { flagAt: null, releaseAt: null, flaggedAt: null, noticedAt: null, rule: null } as const;
const NOT_IDLE = { idle: null, cost: { currency: "CNY", perHour: 0, soFarAtLeast: 0, soFarAtMost: 0 }, ...NO_WAY } as const;

function pod(name: string, ordinal: number | null, cluster = "cls-11111111", namespace = "games"): NonNullable<EipResult["pod"]> {
  return {
    cluster,
    namespace,
    name,
    ordinal,
    workload: { apiVersion: "apps/v1", kind: "StatefulSet", name: name.replace(/-\d+$/, "") },
  };
}

export const EIPS: readonly EipResult[] = [
  eip({
    id: "eip-b7k2m9qx",
    ip: "203.0.113.41",
    pod: pod("match-server-eu-central-11", 11, "cls-22222222", "matchmaking-production"),
    reason: "workload-gone-overdue",
    detail:
      "leaked because StatefulSet matchmaking-production/match-server-eu-central is gone and ipamd is overdue to recycle it by 8d 2h",
    action: "release",
    cost: { currency: "CNY", perHour: 24.07, soFarAtLeast: 2382.93, soFarAtMost: 5223.19 },
  }),
  eip(),
  eip({
    id: "eip-cccccccc",
    ip: "203.0.113.12",
    pod: pod("web-1", 1),
    action: "flag",
    flaggedAt: null,
    noticedAt: null,
    withheld: "cap: 14 releases are due at once and release.maxPerRun is 10",
  }),
  eip({
    id: "eip-dddddddd",
    ip: "198.51.100.7",
    pod: null,
    evidence: [],
    tags: {},
    verdict: "unmanaged",
    reason: "no-cluster",
    detail: "unmanaged because nothing proves that a cluster made it",
    rule: "unmanaged",
    releaseAt: null,
    flaggedAt: null,
    noticedAt: null,
    flagAt: "2026-11-30T09:00:00.000Z",
    idle: { atLeastSeconds: 0, atMostSeconds: null, actingSeconds: 0, sightings: 0, evidence: ["created"], contradiction: null },
    cost: { unknown: "there is no price for the region ap-taipei" },
  }),
  eip({
    id: "eip-eeeeeeee",
    ip: "198.51.100.8",
    verdict: "unknown",
    reason: "cluster-unreadable",
    detail: "unknown because cluster cls-33333333 could not be read: 403 Forbidden: pods is forbidden",
    pod: pod("login-0", 0, "cls-33333333"),
    ...NO_WAY,
  }),
  eip({
    id: "eip-ffffffff",
    ip: "198.51.100.9",
    verdict: "recycling",
    reason: "ipamd-will-recycle",
    detail: "left to ipamd because StatefulSet games/chat is gone and its threshold of 1h ends in 22m",
    pod: pod("chat-3", 3, "cls-22222222"),
    idle: {
      atLeastSeconds: 2_280,
      atMostSeconds: 2_880,
      actingSeconds: 2_280,
      sightings: 4,
      evidence: ["ledger", "cloudaudit"],
      contradiction: null,
    },
    cost: { currency: "CNY", perHour: 0.2, soFarAtLeast: 0.13, soFarAtMost: 0.16 },
    ...NO_WAY,
  }),
  eip({
    id: "eip-gggggggg",
    ip: "198.51.100.10",
    verdict: "retained",
    reason: "scaled-to-zero",
    detail: "kept because StatefulSet games/event stands at 0 replicas and can be scaled up again",
    pod: pod("event-0", 0),
    ...NO_WAY,
  }),
  eip({
    id: "eip-hhhhhhhh",
    ip: "198.51.100.11",
    verdict: "transient",
    status: "UNBINDING",
    reason: "changing",
    detail: "left alone because it is being unbound right now",
    pod: pod("web-5", 5),
    ...NOT_IDLE,
  }),
  eip({
    id: "eip-iiiiiiii",
    ip: "198.51.100.12",
    verdict: "in-use",
    status: "BIND",
    reason: "bound",
    detail: "in use because it is bound",
    pod: pod("web-2", 2),
    ...NOT_IDLE,
  }),
  eip({
    id: "eip-jjjjjjjj",
    ip: "198.51.100.13",
    verdict: "in-use",
    status: "BIND",
    reason: "bound",
    detail: "in use because it is bound",
    pod: pod("web-3", 3),
    ...NOT_IDLE,
  }),
];

export function sample(fields: Partial<ScanResult> = {}): ScanResult {
  return {
    schema: "eip-guard/scan/v1",
    run: { id: "20261123T085958Z-1a2b", startedAt: "2026-11-23T08:59:58.000Z", finishedAt: NOW, mode: "flag", dryRun: true },
    complete: false,
    gaps: [
      {
        scope: "cluster cls-33333333",
        what: "pods",
        why: '403 Forbidden: pods is forbidden: User "eip-guard" cannot list resource "pods"',
      },
    ],
    totals: {
      eips: EIPS.length,
      byVerdict: { leaked: 3, unmanaged: 1, unknown: 1, recycling: 1, retained: 1, transient: 1, "in-use": 2 },
      cost: [{ currency: "CNY", perHour: 25.07, perMonth: 18301.1, soFarAtLeast: 2462.26, soFarAtMost: 5396.95 }],
      costUnknown: 1,
      costByVerdict: {
        leaked: {
          eips: 3,
          cost: [{ currency: "CNY", perHour: 24.47, perMonth: 17863.1, soFarAtLeast: 2422.53, soFarAtMost: 5309.99 }],
          costUnknown: 0,
        },
        unmanaged: { eips: 1, cost: [], costUnknown: 1 },
      },
    },
    alertErrors: [],
    clusters: [
      cluster(),
      cluster({
        id: "cls-22222222",
        name: "matchmaking",
        recycleThreshold: { state: "set", seconds: 300 },
        retained: 2,
        overdue: 1,
        findings: [
          {
            code: "not-recycling",
            object: "-",
            detail: "the configured threshold stands, but nobody recycles: Phase is Failed",
            fix: "switch ipamd on and see that the add-on eniipamd is running",
          },
          {
            code: "never-without-stable-name",
            object: "games/lobby",
            detail: "Deployment games/lobby has the delete policy Never: each rollout leaks its EIPs",
            fix: "make it a StatefulSet",
          },
        ],
        audit: {
          source: "argument of kube-system/tke-eni-ipamd",
          ipamd: "stopped",
          authorised: "no",
          overdueBySeconds: { most: 698_400 },
          willBeLost: [{ id: "eip-kkkkkkkk", ip: "198.51.100.14", pod: "games/chat-0", at: "2026-11-23T09:22:00.000Z" }],
          idleCost: [{ currency: "CNY", perHour: 24.27, perMonth: 17717.1 }],
          podOverrides: [{ pod: "games/chat-0", seconds: 3_600 }],
        },
      }),
      cluster({
        id: "cls-33333333",
        name: "",
        state: "unreadable",
        recycleThreshold: { state: "unknown", why: "UnauthorizedOperation: you are not authorised to call DescribeIPAMD" },
        retained: 1,
        findings: [],
        audit: {
          source: "none",
          ipamd: "unknown",
          authorised: "unknown",
          overdueBySeconds: null,
          willBeLost: [],
          idleCost: [{ currency: "CNY", perHour: 0.2, perMonth: 146 }],
          podOverrides: [],
        },
      }),
    ],
    eips: EIPS,
    notes: [],
    regions: [
      {
        account: "default",
        region: "ap-guangzhou",
        quota: { limit: 20, used: 18, idle: 8 },
        findings: [
          {
            code: "quota-nearly-used",
            object: "-",
            detail: "18 of 20 EIPs are used, 8 of them idle",
            fix: "release what is leaked, or ask for a higher quota",
          },
        ],
      },
    ],
    savings: [{ currency: "CNY", saved: 412.6, releases: 7 }],
    guard: {
      ledgerWrittenAt: "2026-11-23T08:50:00.000Z",
      evidence: { cloudaudit: true, billing: false },
      channel: "#eip-guard",
      digestSentAt: null,
      stopped: false,
    },
    ...fields,
  };
}

/** What people with bad intentions put into names: each of it must come out as harmless text. */
export const NASTY: readonly string[] = [
  "\u001b[2J\u001b[1;1Hfaked",
  "\u009b31mred",
  "\u202Egnp.exe",
  "a\u0000b\u0007c\rd\ne",
  "<script>alert(1)</script>",
  '"><img src=x onerror=alert(1)>',
  "</script><script>alert(2)</script>",
  "<!channel> <!here> <@U123> <https://evil.example|click>",
  "&lt;!channel&gt;",
  "*bold* _it_ ~no~ `code`",
  '=HYPERLINK("http://evil.example","x")',
  "+1+1",
  "-2+3",
  "@SUM(A1)",
  "\t=1+1",
  "＝1+1",
  "| cell | cell |",
  "[link](javascript:alert(1))",
  "![image](http://evil.example/x.png)",
  "http://evil.example www.evil.example mailto:me@evil.example @everyone",
  "# heading",
  "- item",
  "1. item",
  "\\| \\` \\\\",
  "lone \ud800 surrogate",
  "zero\u200bwidth\u2028line",
];
