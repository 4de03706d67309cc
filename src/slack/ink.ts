import { zonedMoment } from "../alerts/message.ts";
import { type Instant, iso } from "../core/terms/time.ts";
import { FIGURES } from "../language/figures.ts";
import type { Ink } from "../language/ink.ts";
import { escapeSlack, withInstants } from "../report/escape.ts";

/** How long one piece of somebody else's text may get, escaped; an entry of a few pieces then fits a section of 3,000. */
const PIECE = 400;

function text(from: string, limit = PIECE): string {
  return escapeSlack(withInstants(from), limit);
}

/** mrkdwn. */
export const SLACK_INK: Ink = {
  text,
  /** Slack knows no escape for a backtick; {@link escapeSlack} puts a look-alike. */
  code: (from, limit = PIECE) => `\`${escapeSlack(from, limit)}\``,
  strong: (written) => `*${written}*`,
  moment,
};

/** Without a time zone it is shown in the reader's own, and in UTC. */
function moment(at: Instant, timezone: string | null): string {
  if (timezone !== null) return escapeSlack(zonedMoment(at, timezone));
  const utc = FIGURES.en.moment(iso(at));
  return `<!date^${Math.floor(at / 1_000)}^{date_short_pretty} {time}|${utc}> (${utc})`;
}
