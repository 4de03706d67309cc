import * as z from "zod";
import type { AddressMemory, Ledger } from "../core/terms/ledger.ts";
import { type Duration, type Instant, instant, milliseconds } from "../core/terms/time.ts";
import { GuardError, whyOf } from "../errors.ts";
import { intentFacts } from "../trail/facts.ts";
import { expand, type Row, rowOf, type Shared, sharing } from "./ledger-rows.ts";

/**
 * The ledger as stored: one JSON document, an EIP a line. An EIP that is bound or gone and carries nothing else is a short row. A ledger that
 * can't be read stops the run; it is never treated as empty.
 */

/** Of version 0.1, which had no rows. It is read for ever. */
const FIRST = "eip-guard/ledger/v1";
/** Has rows. Version 0.1 takes it for a newer one, and leaves it as it is. */
const ROWS = "eip-guard/ledger/v1.1";

const at = z.number().transform((value): Instant => instant(value));
const span = z.number().transform((value): Duration => milliseconds(value));
const ownerReference = z.strictObject({ apiVersion: z.string(), kind: z.string(), name: z.string(), uid: z.string() });
const ownersOwner = z.union([ownerReference, z.literal("not-listed")]).nullable();

const podFields = {
  cluster: z.string(),
  namespace: z.string(),
  name: z.string(),
  uid: z.string().nullable(),
  seenAt: at,
  owner: ownerReference.nullable(),
  ownersOwner,
  ownerSeen: z.boolean(),
  deletePolicy: z.string().nullable().exactOptional(),
  claimExpired: z.string().nullable().exactOptional(),
  claimSeen: z.boolean(),
  superNode: z.boolean().exactOptional(),
  given: z.strictObject({ deletePolicy: z.string().nullable(), claimExpired: z.string().nullable() }).exactOptional(),
  includedBy: z
    .strictObject({
      owner: ownerReference,
      ownersOwner,
      deletePolicy: z.string().nullable(),
      claimExpired: z.string().nullable(),
    })
    .exactOptional(),
};

const podMemory = z.strictObject(podFields);
const { name: _name, uid: _uid, seenAt: _seenAt, ...podShared } = podFields;

const sharedSchema = z.strictObject({
  places: z.array(z.strictObject({ account: z.string(), region: z.string() })),
  pods: z.array(z.strictObject(podShared)),
  words: z.array(z.string()),
});
const index = z.number().int().nonnegative();
const ago = z.number().int();
const rowSchema: z.ZodType<Row> = z.tuple([
  index,
  z.string(),
  ago,
  ago,
  ago.nullable(),
  index,
  ago,
  z.tuple([index, z.string(), z.string().nullable(), ago]).nullable(),
  z.tuple([index, index, ago]).nullable(),
  z.tuple([index, ago, ago.nullable()]).nullable(),
  z.tuple([ago.nullable(), z.boolean()]).nullable(),
  z.string().nullable().optional(),
]);

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
      remindedAt: at.exactOptional(),
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
  recorded: z.string().exactOptional(),
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
  channel: z.string().exactOptional(),
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

/** All but the EIPs. */
const fields = {
  generation: z.number().int().nonnegative(),
  writtenAt: at.nullable(),
  writtenBy: z.string().nullable(),
  trailHead: z.strictObject({ sequence: z.number().int(), hash: z.string() }).nullable(),
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
  record: z.strictObject({ regions: z.record(z.string(), z.string()), readings: z.array(z.tuple([at, at])) }).exactOptional(),
  digest: z
    .strictObject({
      sentAt: at,
      fingerprint: z.string().exactOptional(),
      said: z.record(z.string(), z.string()).exactOptional(),
      message: z
        .strictObject({ reference: z.string(), channel: z.string(), day: z.string(), told: z.array(z.string()) })
        .exactOptional(),
      weeklyAt: at.exactOptional(),
    })
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
  alerts: z
    .record(
      z.string(),
      z.strictObject({
        sentAt: at,
        fingerprint: z.string(),
        policy: z.string().exactOptional(),
        eips: z.number().exactOptional(),
      }),
    )
    .exactOptional(),
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
};

/** Of version 0.1: every EIP as a whole. */
const wholeSchema = z.strictObject({
  ...fields,
  schema: z.literal(FIRST),
  addresses: z.record(z.string(), addressMemory),
});

const headSchema = z.strictObject({
  ...fields,
  schema: z.literal(ROWS),
  shared: sharedSchema,
  addresses: z.record(z.string(), z.unknown()),
});

/** All of a ledger but its EIPs: what most questions are about. */
export type LedgerHead = Omit<Ledger, "addresses">;

const versionSchema = z.object({ schema: z.string() });

/**
 * Reads a ledger back.
 *
 * @param where for messages: the file or object
 * @param generation the one that its name says
 * @throws GuardError `LedgerUnreadable`, or `LedgerNewer` when a newer version wrote it
 */
export function parseLedger(text: string, where: string, generation: number): Ledger {
  const lines = text.startsWith(HEAD) && text.endsWith(END) ? text.indexOf("\n") : -1;
  if (lines !== -1) {
    const { shared, ...head } = headOf(jsonOf(`${text.slice(0, lines)}}}`, where), where, generation);
    return { ...head, addresses: addressesIn(text, lines + 1, expanding(shared, head.writtenAt, where), where) };
  }
  const json = jsonOf(text, where);
  refuseNewer(json, where);
  if (!isOfRows(json)) return checked(wholeSchema, json, where, generation);
  const { shared, addresses, ...head } = { ...checked(headSchema, json, where, generation), schema: FIRST } as const;
  const read = expanding(shared, head.writtenAt, where);
  return { ...head, addresses: Object.fromEntries(Object.entries(addresses).map(([id, value]) => [id, read(value, id)])) };
}

/** Reads all but the EIPs, which are not looked at. Throws as {@link parseLedger} does. */
export function parseHead(text: string, where: string, generation: number): LedgerHead {
  const lines = text.startsWith(HEAD) && text.endsWith(END) ? text.indexOf("\n") : -1;
  if (lines === -1) return withoutAddresses(parseLedger(text, where, generation));
  const { shared: _, ...head } = headOf(jsonOf(`${text.slice(0, lines)}}}`, where), where, generation);
  return head;
}

export function withoutAddresses({ addresses: _, ...head }: Ledger): LedgerHead {
  return head;
}

const HEAD = `{"schema":"${ROWS}"`;
const END = "\n}}\n";

function isOfRows(json: unknown): boolean {
  const version = versionSchema.safeParse(json);
  return version.success && version.data.schema === ROWS;
}

function headOf(json: unknown, where: string, generation: number): LedgerHead & { readonly shared: Shared } {
  const { addresses: _, ...head } = checked(headSchema, json, where, generation);
  return { ...head, schema: FIRST };
}

/** One line after the other: what was read of the text is let go before the next. */
function addressesIn(
  text: string,
  from: number,
  read: (value: unknown, id: string) => AddressMemory,
  where: string,
): Record<string, AddressMemory> {
  const addresses: Record<string, AddressMemory> = {};
  const end = text.length - END.length + 1;
  if (from === end - 1) return addresses;
  for (let start = from; start < end; ) {
    const stop = text.indexOf("\n", start);
    const isLast = stop + 1 >= end;
    const line = text.slice(start, isLast ? stop : stop - 1);
    if (!isLast && text[stop - 1] !== ",") throw ledgerUnreadable(where, `no comma ends the line ${line.slice(0, LONGEST)}`);
    const json = jsonOf(`{${line}}`, where);
    const [entry, another] = typeof json === "object" && json !== null ? Object.entries(json) : [];
    if (entry === undefined || another !== undefined)
      throw ledgerUnreadable(where, `no EIP stands in the line ${line.slice(0, LONGEST)}`);
    const [id, value] = entry;
    if (id === "__proto__" || Object.hasOwn(addresses, id)) throw ledgerUnreadable(where, `${id} can't be, or stands twice`);
    addresses[id] = read(value, id);
    start = stop + 1;
  }
  return addresses;
}

/** What a message shows of a line. */
const LONGEST = 40;

function expanding(shared: Shared, writtenAt: Instant | null, where: string): (value: unknown, id: string) => AddressMemory {
  return (value, id) => {
    const parsed = Array.isArray(value) ? rowSchema.safeParse(value) : addressMemory.safeParse(value);
    if (!parsed.success) throw ledgerUnreadable(where, `addresses.${id}${issueOf(parsed.error)}`);
    if (!Array.isArray(parsed.data)) return parsed.data as AddressMemory;
    const memory = writtenAt === null ? null : expand(parsed.data as Row, shared, writtenAt);
    if (memory === null) throw ledgerUnreadable(where, `addresses.${id}: its row names what is not shared`);
    return memory;
  };
}

function issueOf({ issues: [issue] }: z.ZodError): string {
  return issue === undefined ? "" : `.${issue.path.join(".")}: ${issue.message}`;
}

function jsonOf(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw ledgerUnreadable(where, whyOf(error));
  }
}

function refuseNewer(json: unknown, where: string): void {
  const version = versionSchema.safeParse(json);
  if (!version.success || version.data.schema === FIRST || version.data.schema === ROWS) return;
  if (!version.data.schema.startsWith("eip-guard/ledger/")) return;
  throw new GuardError(
    "LedgerNewer",
    "user",
    `the ledger ${where} was written by a newer version (${version.data.schema})`,
    "use that version of eip-guard; this one leaves the ledger as it is",
  );
}

function checked<T extends { readonly generation: number }>(
  schema: z.ZodType<T>,
  json: unknown,
  where: string,
  generation: number,
): T {
  const parsed = schema.safeParse(json);
  if (parsed.success && parsed.data.generation !== generation) {
    throw ledgerUnreadable(where, `it holds generation ${parsed.data.generation}, and its name says ${generation}`);
  }
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw ledgerUnreadable(where, issue === undefined ? "it is no ledger" : `${issue.path.join(".")}: ${issue.message}`);
}

/**
 * The ledger as it is stored. Each line is read back first, so that nothing is ever stored that can't be read.
 *
 * @throws GuardError `LedgerInvalid`: our own bug
 */
export function ledgerBytes(ledger: Ledger): readonly Buffer[] {
  try {
    return bytesOf(ledger);
  } catch (error) {
    throw new GuardError("LedgerInvalid", "guard", `nothing was written: ${whyOf(error)}`, "please report this");
  }
}

/** How many characters are put together before they leave the heap. */
const CHUNK = 64 * 1024;

function bytesOf(ledger: Ledger): readonly Buffer[] {
  const where = "that was to be written";
  const shared = sharing();
  const read = expanding(shared, ledger.writtenAt, where);
  const chunks: Buffer[] = [];
  let chunk = "";
  let separator = "";
  for (const [id, memory] of Object.entries(ledger.addresses)) {
    const json = JSON.stringify(rowOf(memory, shared, ledger.writtenAt) ?? memory);
    read(JSON.parse(json), id);
    if (id === "__proto__") throw ledgerUnreadable(where, `${id} is no EIP`);
    chunk += `${separator}${JSON.stringify(id)}:${json}`;
    separator = ",\n";
    if (chunk.length < CHUNK) continue;
    chunks.push(Buffer.from(chunk));
    chunk = "";
  }
  const { addresses: _, schema: __, ...rest } = ledger;
  const head = JSON.stringify({ schema: ROWS, ...rest, shared, addresses: {} });
  headOf(JSON.parse(head), where, ledger.generation);
  return [Buffer.from(`${head.slice(0, -2)}\n`), ...chunks, Buffer.from(`${chunk}${END}`)];
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
