import { randomBytes } from "node:crypto";
import * as z from "zod";
import { after, type Duration, type Instant, instant, iso, MINUTE, milliseconds } from "../core/terms/time.ts";
import { GuardError } from "../errors.ts";
import type { HeldLease, Lease } from "../ports.ts";
import type { Kind, Shelf } from "./shelf.ts";

/**
 * One holder at a time, by numbered create-only notes: the note with the highest number says who holds the lease and until when. Taking
 * it, prolonging it and giving it back each create the next number, which only one can. Nothing is ever overwritten, renamed or
 * removed to take a lease, so there is no moment at which two can have it.
 */
const noteSchema = z.strictObject({
  holder: z.string(),
  /** Ours and nobody else's: the same holder may ask twice. */
  token: z.string(),
  expiresAt: z.number().transform(instant),
  /** The process, where its end can be told from here. */
  process: z.string().nullable(),
  /** When the holder took it first. Notes of before this version have none. */
  takenAt: z.number().transform(instant).exactOptional(),
});

type Note = z.infer<typeof noteSchema>;

/** Notes that stay. More than one, so that who looks at a number finds it. */
const KEPT = 4;

export interface LeaseOptions {
  readonly kind: Extract<Kind, "lease" | "append">;
  readonly holder: string;
  readonly duration: Duration;
  readonly now: () => Instant;
  /** Who we are for {@link isDead}; null where nobody could tell. */
  readonly process: string | null;
  /** Whether a holder's process is certainly gone: its lease need not expire first. */
  readonly isDead: (process: string) => boolean;
}

/** How far apart the clocks of two machines may be (docs/state.md, Lease). */
const SKEW: Duration = milliseconds(5 * MINUTE);

/** How often what is listed and not there is looked for again. */
const LOOKS = 5;

/** @returns null when somebody else holds it */
export async function takeLease(shelf: Shelf, options: LeaseOptions): Promise<Lease | null> {
  const { kind, now } = options;
  const token = randomBytes(12).toString("hex");
  const newest = await newestNote(shelf, kind);
  const impossible = newest !== null && isImpossible(newest.note, options);
  if (newest !== null && !impossible && !isFree(newest.note, options)) return null;
  const first = (newest?.number ?? 0) + 1;
  const held: Held = { token, takenAt: now() };
  let mine: number | null = (await createNote(shelf, first, held, after(now(), options.duration), options)) ? first : null;
  if (mine === null) return null;

  /** Our next note; false, and for ever, when it was not our turn. */
  const follow = async (expiresAt: Instant): Promise<boolean> => {
    if (mine === null) return false;
    const next: number = mine + 1;
    mine = (await createNote(shelf, next, held, expiresAt, options)) ? next : null;
    return mine !== null;
  };
  return {
    warnings: newest !== null && impossible ? [warningOf(newest.note)] : [],
    renew: () => follow(after(now(), options.duration)),
    async release() {
      // A lease that can't be given back expires by itself; an error here must not hide how the run ended.
      await follow(instant(0)).catch(() => undefined);
    },
  };
}

function isFree({ expiresAt, process }: Note, { now, isDead }: LeaseOptions): boolean {
  return expiresAt <= now() || (process !== null && isDead(process));
}

/** A lease that ends later than one that is taken now: the clock of its machine is, or was, ahead. It would hold for as long as that. */
function isImpossible({ expiresAt }: Note, { now, duration }: LeaseOptions): boolean {
  return expiresAt > after(after(now(), duration), SKEW);
}

function warningOf({ holder, expiresAt }: Note): string {
  return `the lease of ${holder} was taken over: it ended at ${iso(expiresAt)}, later than any lease can; the clock of its machine or of this one is wrong`;
}

type Held = Pick<Note, "token"> & { readonly takenAt: Instant };

/** The lease that holds now; null where nobody holds it. */
export async function heldLease(shelf: Shelf, kind: LeaseOptions["kind"], now: Instant): Promise<HeldLease | null> {
  const newest = await newestNote(shelf, kind);
  if (newest === null || newest.note.expiresAt <= now) return null;
  return { takenAt: newest.note.takenAt ?? null, expiresAt: newest.note.expiresAt };
}

async function createNote(
  shelf: Shelf,
  number: number,
  { token, takenAt }: Held,
  expiresAt: Instant,
  options: LeaseOptions,
): Promise<boolean> {
  const { kind, holder, process } = options;
  const note = { holder, token, expiresAt, process, takenAt } satisfies Note;
  if (!(await shelf.create(kind, number, JSON.stringify(note)))) return false;
  const numbers = await shelf.numbers(kind);
  // We slept so long that this number was used, pruned and free again: the lease has gone on without us.
  if ((numbers.at(-1) ?? number) > number) return false;
  for (const old of numbers) if (old <= number - KEPT) await shelf.remove(kind, old).catch(() => undefined);
  return true;
}

async function newestNote(shelf: Shelf, kind: Kind): Promise<{ readonly number: number; readonly note: Note } | null> {
  for (let looks = 1; ; looks += 1) {
    const number = (await shelf.numbers(kind)).at(-1);
    if (number === undefined) return null;
    const text = await shelf.read(kind, number);
    if (text === null && looks < LOOKS) continue;
    if (text === null) throw leaseUnreadable(shelf.nameOf(kind, number), "it is listed, and is not there");
    return { number, note: parseNote(text, shelf.nameOf(kind, number)) };
  }
}

function parseNote(text: string, where: string): Note {
  try {
    return noteSchema.parse(JSON.parse(text));
  } catch {
    throw leaseUnreadable(where, "it is no lease");
  }
}

function leaseUnreadable(where: string, why: string): GuardError {
  return new GuardError("LeaseUnreadable", "user", `${where} can't be read: ${why}`, "remove it when no run is at work");
}
