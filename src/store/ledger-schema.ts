import * as z from "zod";
import { emptyLedger, type Ledger } from "../core/terms/ledger.ts";
import { type Duration, type Instant, instant, milliseconds } from "../core/terms/time.ts";
import { GuardError, whyOf } from "../errors.ts";
import { intentFacts } from "../trail/facts.ts";

/** The ledger as stored. A ledger that can't be read stops the run; it is never treated as empty. */

const at = z.number().transform((value): Instant => instant(value));
const span = z.number().transform((value): Duration => milliseconds(value));
const ownerReference = z.strictObject({ apiVersion: z.string(), kind: z.string(), name: z.string(), uid: z.string() });

const podMemory = z.strictObject({
  cluster: z.string(),
  namespace: z.string(),
  name: z.string(),
  uid: z.string().nullable(),
  seenAt: at,
  owner: ownerReference.nullable(),
  ownersOwner: ownerReference.nullable(),
  ownerSeen: z.boolean(),
  deletePolicy: z.string().nullable().exactOptional(),
  claimExpired: z.string().nullable().exactOptional(),
  claimSeen: z.boolean(),
  superNode: z.boolean().exactOptional(),
  given: z.strictObject({ deletePolicy: z.string().nullable(), claimExpired: z.string().nullable() }).exactOptional(),
  includedBy: z
    .strictObject({
      owner: ownerReference,
      ownersOwner: ownerReference.nullable(),
      deletePolicy: z.string().nullable(),
      claimExpired: z.string().nullable(),
    })
    .exactOptional(),
});

const saidKeep = z.strictObject({ at, by: z.string(), why: z.string(), until: at.nullable() });
const keep = saidKeep.extend({ besides: z.array(saidKeep).exactOptional() });

const addressMemory = z.strictObject({
  account: z.string(),
  region: z.string(),
  ip: z.string(),
  firstSeenAt: at,
  lastSeenAt: at,
  boundAt: at.nullable(),
  idleSince: at.nullable(),
  acting: z
    .strictObject({
      since: at,
      latest: at,
      sightings: z.number(),
      updatedTime: z.string().nullable(),
      begun: at.exactOptional(),
      restarted: z.strictObject({ latest: at, why: z.enum(["gap", "changed", "younger", "clock"]) }).exactOptional(),
    })
    .nullable(),
  status: z.strictObject({ is: z.string(), since: at }),
  pod: podMemory.nullable(),
  otherPods: z.array(podMemory).exactOptional(),
  everInIdList: z.boolean(),
  flag: z
    .strictObject({
      at,
      rule: z.string(),
      reason: z.string(),
      tagged: z.boolean(),
      noticedAt: at.nullable(),
      noticedReleaseAt: at.nullable(),
    })
    .nullable(),
  keep: keep.nullable(),
  approval: z.strictObject({ at, by: z.string(), until: at }).nullable(),
  protections: z.record(z.string(), at),
  evidence: z
    .strictObject({
      askedAt: at,
      unboundAt: at.nullable(),
      boundAt: at.nullable(),
      allocatedAt: at.nullable(),
      searchedSince: at.nullable(),
      bill: z.strictObject({ idle: span, from: at, until: at, cost: z.number(), currency: z.string() }).nullable(),
    })
    .nullable(),
  verdict: z.strictObject({ verdict: z.string(), reason: z.string(), at }).nullable(),
  outlook: z.strictObject({ releaseAt: at.nullable(), needsApproval: z.boolean() }).exactOptional(),
  withheld: z.string().exactOptional(),
  judged: z.strictObject({ verdict: z.string(), since: at, releasableSince: at.nullable() }).exactOptional(),
  marked: z.strictObject({ from: at, until: at }).exactOptional(),
});

const toldEip = z.strictObject({
  id: z.string(),
  ip: z.string(),
  account: z.string(),
  region: z.string(),
  pod: z.string().nullable(),
  why: z.string(),
  facts: z.array(z.string()),
  recovery: z.string().nullable(),
  reason: z.string().exactOptional(),
  postponed: z
    .strictObject({
      because: z.enum(["judged", "used", "gap", "changed", "younger", "clock"]),
      from: at.nullable(),
      until: at.nullable(),
      maxGap: span,
      timezone: z.string(),
    })
    .exactOptional(),
  release: z
    .strictObject({
      claim: z.string().nullable(),
      specification: z.string(),
      perHour: z.number().nullable(),
      currency: z.string().nullable(),
    })
    .exactOptional(),
});

const ledgerSchema = z.strictObject({
  schema: z.literal("eip-guard/ledger/v1"),
  generation: z.number().int().nonnegative(),
  writtenAt: at.nullable(),
  writtenBy: z.string().nullable(),
  trailHead: z.strictObject({ sequence: z.number().int(), hash: z.string() }).nullable(),
  addresses: z.record(z.string(), addressMemory),
  clusters: z.record(
    z.string(),
    z.strictObject({
      account: z.string(),
      region: z.string(),
      seenAliveAt: at,
      principal: z.string(),
      listedAt: at.exactOptional(),
      systemUid: z.string().exactOptional(),
    }),
  ),
  lastComplete: z.record(
    z.string(),
    z.strictObject({ at, eips: z.number(), tagged: z.number(), pods: z.number(), claims: z.number(), clusters: z.number() }),
  ),
  policyDigest: z.string().nullable(),
  servedTicks: z.array(z.string()),
  readings: z.array(at).exactOptional(),
  digest: z
    .strictObject({ sentAt: at, fingerprint: z.string().exactOptional(), said: z.record(z.string(), z.string()).exactOptional() })
    .nullable(),
  receipts: z.array(
    z.strictObject({
      id: z.string(),
      at,
      perHour: z.number().nullable(),
      currency: z.string().nullable(),
      recycledAnywayAt: at.nullable(),
    }),
  ),
  gaps: z.array(z.string()),
  alerts: z.record(z.string(), z.strictObject({ sentAt: at, fingerprint: z.string() })).exactOptional(),
  pending: z
    .array(z.strictObject({ kind: z.enum(["released", "all-clear", "postponed"]), at, eips: z.array(toldEip) }))
    .exactOptional(),
  open: z
    .array(
      z.strictObject({
        id: z.string(),
        run: z.string(),
        at,
        facts: intentFacts,
      }),
    )
    .exactOptional(),
  said: z.record(z.string(), keep).exactOptional(),
});

const versionSchema = z.object({ schema: z.string() });

/**
 * Reads a ledger back.
 *
 * @param where for messages: the file or object
 * @param generation the one that its name says
 * @throws GuardError `LedgerUnreadable`, or `LedgerNewer` when a newer version wrote it
 */
export function parseLedger(text: string, where: string, generation: number): Ledger {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw ledgerUnreadable(where, whyOf(error));
  }
  const version = versionSchema.safeParse(json);
  if (version.success && version.data.schema !== emptyLedger().schema && version.data.schema.startsWith("eip-guard/ledger/")) {
    throw new GuardError(
      "LedgerNewer",
      "user",
      `the ledger ${where} was written by a newer version (${version.data.schema})`,
      "use that version of eip-guard; this one leaves the ledger as it is",
    );
  }
  const parsed = ledgerSchema.safeParse(json);
  if (parsed.success && parsed.data.generation !== generation) {
    throw ledgerUnreadable(where, `it holds generation ${parsed.data.generation}, and its name says ${generation}`);
  }
  if (parsed.success) return parsed.data satisfies Ledger;
  const [issue] = parsed.error.issues;
  throw ledgerUnreadable(where, issue === undefined ? "it is no ledger" : `${issue.path.join(".")}: ${issue.message}`);
}

/**
 * The ledger as it is stored. It is read back first, so that nothing is ever stored that can't be read.
 *
 * @throws GuardError `LedgerInvalid`: our own bug
 */
export function ledgerText(ledger: Ledger): string {
  const text = `${JSON.stringify(ledger)}\n`;
  try {
    parseLedger(text, "that was to be written", ledger.generation);
  } catch (error) {
    throw new GuardError("LedgerInvalid", "guard", `nothing was written: ${whyOf(error)}`, "please report this");
  }
  return text;
}

/** A ledger that is there and can't be read. */
export function ledgerUnreadable(where: string, why: string): GuardError {
  return new GuardError(
    "LedgerUnreadable",
    "guard",
    `the ledger ${where} can't be read: ${why}`,
    "restore it from a backup, or move it away so that the generation before it counts; it is never taken as empty",
  );
}
