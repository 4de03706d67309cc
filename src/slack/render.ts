import { voiceOf } from "../alerts/message.ts";
import { partsOf } from "../alerts/parts.ts";
import type { Announcement } from "../core/terms/announcement.ts";
import type { Language } from "../language/language.ts";
import { PRESS_WORDS } from "../language/press.ts";
import { compose, type OutgoingMessage } from "./compose.ts";
import { SLACK_INK } from "./ink.ts";

/** What Slack shows of an announcement: a whole message within Slack's limits. src/slack/notifier.ts delivers it. `buttons`: below each EIP of a notice. */
export function render(announcement: Announcement, language: Language = "en", buttons = false): OutgoingMessage {
  const voice = voiceOf(language, SLACK_INK);
  return compose(partsOf(announcement, voice), voice.words, buttons ? PRESS_WORDS[language].labels : null);
}
