import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCosServer } from "../sim/cos.ts";
import { startSlackServer } from "../sim/slack.ts";
import { answerPress, type ButtonOptions, openButtons } from "../src/buttons.ts";
import { parseConfig } from "../src/config/load.ts";
import { type AddressMemory, emptyLedger, type TrailHead } from "../src/core/terms/ledger.ts";
import { instant } from "../src/core/terms/time.ts";
import { GuardError } from "../src/errors.ts";
import { buttonsOf } from "../src/slack/press.ts";
import { showStart } from "./buttons-start.ts";

/**
 * `npm run bench -- buttons`: how long a press takes to be answered, its word written and its message updated, by the store; and how the
 * function starts.
 */

const PRESSES = 1_000;
/** A run of the guard comes in between so often, and takes over what was said. */
const BETWEEN_RUNS = 5;
const LATENCY = 50;
const SECRET = "bench";
const USER = "U012ABCDEF";
const KEY = { secretId: "bench-id", secretKey: "bench-key" };
const LABELS = { "keep-7d": "Keep 7 days", keep: "Keep", why: "Why?", approve: "Approve" };

export async function run(): Promise<void> {
  showStart();
  const dir = await mkdtemp(join(tmpdir(), "eip-guard-bench-buttons-"));
  const cos = await startCosServer({ keys: [KEY], latency: LATENCY });
  try {
    await measure("folder", `dir: ${JSON.stringify(dir)}`);
    const place = `bucket: guard-1250000000, region: ap-guangzhou, endpoint: "${cos.endpoint}"`;
    await measure(`COS at ${LATENCY} ms`, `cos: { ${place} }`);
  } finally {
    await cos.close();
    await rm(dir, { recursive: true });
  }
}

async function measure(what: string, state: string): Promise<void> {
  const slack = await startSlackServer();
  const text = `tencent: { regions: [ap-guangzhou] }\nalerts: { slack: { channel: "#x", buttons: { users: [${USER}] } } }\nstate: { ${state} }\n`;
  const { config } = parseConfig(text, { path: "/bench/eip-guard.yaml", env: {} });
  const env = {
    SLACK_SIGNING_SECRET: SECRET,
    TENCENTCLOUD_SECRET_ID: KEY.secretId,
    TENCENTCLOUD_SECRET_KEY: KEY.secretKey,
  };
  const clock = { now: () => instant(Date.now()), sleep: async () => undefined };
  const options: ButtonOptions = { ...(await openButtons(config, env, clock)), log: (why) => console.error(why) };
  const times: number[] = [];
  let head: TrailHead | null = null;
  const { append } = options.store;
  const store = {
    ...options.store,
    append: async (events: Parameters<typeof append>[0]) => {
      head = await append(events);
      return head;
    },
  };
  for (let index = 0; index < PRESSES; index += 1) {
    if (index % BETWEEN_RUNS === 0) await oneRun(options, head);
    const subject = { eip: idOf(index), at: instant(0), flaggedAt: instant(0) };
    const blocks = [buttonsOf(subject, ["keep-7d", "keep", "why"], LABELS)];
    const { body, headers } = slack.press({ secret: SECRET, user: USER, blocks, button: "Keep 7 days", of: subject.eip });
    const signed = {
      body: Buffer.from(body),
      signature: headers["X-Slack-Signature"],
      timestamp: headers["X-Slack-Request-Timestamp"],
    };
    const startedAt = performance.now();
    const { status } = await answerPress(signed, { ...options, store });
    times.push(performance.now() - startedAt);
    if (status !== 200) throw new Error(`a press was answered ${status}`);
  }
  await slack.close();
  const done = slack.responses.filter(({ body }) => body.replace_original === true).length;
  times.sort((one, other) => one - other);
  const at = (part: number) => `${Math.round(times[Math.ceil(PRESSES * part) - 1] ?? 0)} ms`;
  console.log(`${what}: ${PRESSES} presses, ${done} done, answered in ${at(0.5)} (half), ${at(0.99)} (p99), ${at(1)} (longest)`);
}

function idOf(index: number): string {
  return `eip-${String(index).padStart(8, "0")}`;
}

/** The ledger as a run leaves it: all EIPs flagged, what the trail says taken over. */
async function oneRun({ store }: ButtonOptions, trailHead: TrailHead | null): Promise<void> {
  const addresses = Object.fromEntries(Array.from({ length: PRESSES }, (_, index) => [idOf(index), MEMORY]));
  for (;;) {
    const { generation } = await store.readLedger();
    try {
      return await store.writeLedger({ ...emptyLedger(), generation: generation + 1, trailHead, addresses });
    } catch (error) {
      // A press that was answered late still writes.
      if (!(error instanceof GuardError) || error.code !== "LostRace") throw error;
    }
  }
}

const MEMORY: AddressMemory = {
  account: "default",
  region: "ap-guangzhou",
  ip: "203.0.113.10",
  firstSeenAt: instant(0),
  lastSeenAt: instant(0),
  boundAt: null,
  idleSince: instant(0),
  acting: null,
  status: { is: "UNBIND", since: instant(0) },
  pod: null,
  everInIdList: false,
  flag: { at: instant(0), rule: "leaked", reason: "orphan", tagged: false, noticedAt: instant(0), noticedReleaseAt: null },
  keep: null,
  approval: null,
  protections: {},
  evidence: null,
  verdict: { verdict: "leaked", reason: "orphan", at: instant(0) },
};
