import { keepUntil } from "../../core/judge/rules/kept.ts";
import { DAY, before as earlier, type Instant, iso, milliseconds } from "../../core/terms/time.ts";
import { type Spoken, speak, tellKeep, type Word } from "../../cycle/persons.ts";
import { GuardError } from "../../errors.ts";
import { EXIT } from "../exit-codes.ts";
import type { CommandContext } from "../io.ts";
import { harmless } from "../output.ts";
import type { OwnOptions } from "../own-options.ts";
import { openSession, type Session } from "../session.ts";
import { asTyped } from "../typed.ts";

/** `eip-guard keep EIP [--until DATE] [--why TEXT]`. */
export async function keep(context: CommandContext, own: OwnOptions, eip: string): Promise<number> {
  const session = await openSession(context, "dry");
  const until = own.until === undefined ? null : keepUntil(asTyped(own.until));
  if (own.until !== undefined && until === null)
    throw new GuardError(
      "BadDate",
      "user",
      `--until "${own.until}" is no date`,
      "write one such as 2027-01-31 or 2027-01-31T12:00:00Z",
    );
  if (until !== null && until <= context.clock.now())
    throw new GuardError("BadDate", "user", `--until "${own.until}" is past already`, "write a date to come");
  return say(context, session, eip, { says: "keep", until, why: own.why ?? "" });
}

/** `eip-guard unkeep EIP`. */
export async function unkeep(context: CommandContext, _own: OwnOptions, eip: string): Promise<number> {
  return say(context, await openSession(context, "dry"), eip, { says: "unkeep" });
}

async function say({ io, clock, tell, assembly }: CommandContext, { config }: Session, eip: string, word: Word): Promise<number> {
  const store = await assembly.storeWriter(config, io.env, clock);
  const spoken = await speak({ store, clock }, eip, word, person(io.env));
  const { id, ip, account, region, before, memory } = spoken;
  tell(`${id} (${ip}) ${done(word, spoken)}`);
  if (config.policy.release.mark === null) return EXIT.done;

  // Where EIPs are marked for people in the console, a keep shows there too.
  const [keepTag] = config.policy.keepTags;
  if (keepTag === undefined) return EXIT.done;
  // A tag without a keep in the store was set by somebody else, and is theirs to take back.
  if (word.says === "unkeep" && before.keep === null) return EXIT.done;
  const marker = await assembly.marker(config, io.env, clock);
  const failed =
    word.says === "keep"
      ? await marker.tag(account, region, id, keepTag, tagOf(memory.keep?.until ?? null))
      : await marker.untag(account, region, id, keepTag);
  if (failed === null) return EXIT.done;
  io.stderr.write(harmless(`error: the store has it, but the tag ${keepTag} of ${id} could not be changed: ${failed}\n`));
  return EXIT.failed;
}

/** The tag's value: when the longest keep ends; a day, to the end of which it holds, or an instant. */
function tagOf(until: Instant | null): string {
  if (until === null) return "yes";
  return until % DAY === 0 ? iso(earlier(until, milliseconds(1))).slice(0, 10) : iso(until);
}

/** What the word came to, in the words of people: of two keeps the longer holds, and whoever says the second is told of the first. */
function done(word: Word, { before, memory }: Spoken): string {
  switch (word.says) {
    case "keep": {
      const { keep } = memory;
      const until = keep?.until ?? null;
      const others = keep === null ? [] : [...(before.keep === null ? [] : [before.keep]), ...(before.keep?.besides ?? [])];
      const held = others.filter((one) => one.until === null || one.until > (keep?.at ?? 0));
      const besides = held.length === 0 ? "" : ` (${held.map(tellKeep).join("; ")}: the longest holds)`;
      return `is kept ${until === null ? "until `eip-guard unkeep`" : `until ${iso(until)}`}${besides}`;
    }
    case "unkeep": {
      const { keep } = before;
      const taken = keep === null ? "" : ` (taken back: ${[keep, ...(keep.besides ?? [])].map(tellKeep).join("; ")})`;
      return `is no longer kept by a person's word${taken}`;
    }
  }
}

/** Who says so, as far as the machine knows. */
export function person(env: Readonly<Record<string, string | undefined>>): string {
  return env.EIP_GUARD_USER ?? env.USER ?? env.LOGNAME ?? "somebody";
}
