import { isSameTagKey } from "../../terms/match.ts";
import { between, DAY, humanDuration, type Instant, instant, iso, parseInstant } from "../../terms/time.ts";
import type { Answer, Rule } from "./rule.ts";

/** domain.md §5, line 3: a person said so. */
export const keepTag: Rule = {
  name: "keep-tag",
  sentence: "does it carry a keep tag that still holds?",
  answer: ({ linked, policy, now }) =>
    linked.address.tags.known ? keptByTag(linked.address.tags.value, policy.keepTags, now) : null,
};

/** What the keep tags among these tags say; null where none keeps any more. */
export function keptByTag(
  tags: Readonly<Record<string, string>>,
  keepTags: readonly string[],
  now: Instant,
): (Answer & { readonly until: Instant | null }) | null {
  for (const [key, value] of Object.entries(tags)) {
    if (!keepTags.some((keepTag) => isSameTagKey(keepTag, key))) continue;
    const until = keepUntil(value);
    if (until === null) return { reason: "keep-tag", detail: `it carries the tag ${key}`, until };
    if (now < until) return { reason: "keep-tag", detail: `the tag ${key} keeps it until ${iso(until)}`, until };
  }
  return null;
}

const DATE = /^(\d{4}-\d{2}-\d{2})$/;

/**
 * Until when a keep tag's value keeps: the end of that day (UTC) for a date, the instant itself for an instant; null, for
 * ever, for everything else, an impossible date included.
 */
export function keepUntil(value: string): Instant | null {
  const text = value.trim();
  const date = DATE.exec(text);
  if (date === null) return parseInstant(text) ?? null;
  const start = parseInstant(`${text}T00:00:00Z`);
  return start === undefined ? null : instant(start + DAY);
}

export const kept: Rule = {
  name: "kept",
  sentence: "did a person keep or snooze it?",
  answer({ linked, now }) {
    const keep = linked.memory?.keep ?? null;
    if (keep === null || (keep.until !== null && now >= keep.until)) return null;
    const until = keep.until === null ? "until it is taken back" : `until ${iso(keep.until)}`;
    const why = keep.why === "" ? "" : `: ${keep.why}`;
    const others = [...new Set((keep.besides ?? []).map(({ by }) => by))].filter((by) => by !== keep.by);
    const besides = others.length === 0 ? "" : ` (${others.join(", ")} kept it too, for a shorter time)`;
    return { reason: "kept", detail: `${keep.by} kept it ${until}${why}${besides}` };
  },
};

/** No field shows deletion protection; it is remembered from the error of a release (domain.md §4). */
export const deletionProtected: Rule = {
  name: "deletion-protected",
  sentence: "did a release attempt learn that its deletion protection is on?",
  answer({ linked, now }) {
    const at = linked.memory?.protections[DELETION_PROTECTION];
    if (at === undefined) return null;
    return {
      reason: "deletion-protected",
      detail: `a release was refused ${humanDuration(between(at, now))} ago: deletion protection is on`,
    };
  },
};

export const DELETION_PROTECTION = "OperationDenied.AddressDeletionProtectionEnabled";
