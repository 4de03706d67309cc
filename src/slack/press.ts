import type { KnownBlock } from "@slack/types";
import * as z from "zod";
import { type Instant, instant } from "../core/terms/time.ts";

/** The buttons below an EIP of a notice, and what Slack sends when one is pressed. */

export const BUTTONS = ["keep-7d", "keep", "why", "approve"] as const;
export type Button = (typeof BUTTONS)[number];

/** The EIP that buttons are for, and the state that their message shows. */
export interface Subject {
  readonly eip: string;
  /** The instant of the notice. */
  readonly at: Instant;
  /** When the EIP was flagged, as the notice knew it. */
  readonly flaggedAt: Instant;
}

/** One press. */
export interface Press extends Subject {
  readonly button: Button;
  readonly user: string;
  readonly responseUrl: string | null;
  /** The message's blocks, to show it again without the buttons; empty where Slack sent none. */
  readonly blocks: readonly unknown[];
}

/** The row of buttons of one EIP. `labels` are in the language of the message. */
export function buttonsOf(subject: Subject, asked: readonly Button[], labels: Readonly<Record<Button, string>>): KnownBlock {
  return {
    type: "actions",
    block_id: blockId(subject.eip),
    elements: asked.map((button) => ({
      type: "button",
      action_id: button,
      text: { type: "plain_text", text: labels[button] },
      value: [subject.eip, subject.at, subject.flaggedAt].join(" "),
    })),
  };
}

function blockId(eip: string): string {
  return `buttons ${eip}`;
}

/** The message's blocks with other ones in place of the EIP's buttons. */
export function withoutButtons(blocks: readonly unknown[], eip: string, instead: readonly KnownBlock[]): readonly unknown[] {
  return blocks.flatMap((block): readonly unknown[] => (isRowOf(block, eip) ? instead : [block]));
}

function isRowOf(block: unknown, eip: string): boolean {
  return typeof block === "object" && block !== null && "block_id" in block && block.block_id === blockId(eip);
}

/** The fields of Slack's `block_actions` that matter here. */
const payload = z.object({
  type: z.literal("block_actions"),
  user: z.object({ id: z.string().regex(/^[UW][A-Z0-9]{2,}$/) }),
  response_url: z.string().optional(),
  message: z.object({ blocks: z.array(z.unknown()).optional() }).optional(),
  actions: z.tuple([z.object({ action_id: z.enum(BUTTONS), value: z.string() })], z.unknown()),
});

const SUBJECT = /^(eip-[a-z0-9]+) (\d{1,15}) (\d{1,15})$/;

/** The press that a request's body tells of; null for all else that Slack may send. */
export function pressOf(body: string): Press | null {
  const written = new URLSearchParams(body).get("payload");
  if (written === null) return null;
  const parsed = payload.safeParse(parsedJson(written));
  if (!parsed.success) return null;
  const { user, response_url, message, actions } = parsed.data;
  const [, eip, at, flaggedAt] = SUBJECT.exec(actions[0].value) ?? [];
  if (eip === undefined || at === undefined || flaggedAt === undefined) return null;
  return {
    button: actions[0].action_id,
    user: user.id,
    responseUrl: response_url ?? null,
    blocks: message?.blocks ?? [],
    eip,
    at: instant(Number(at)),
    flaggedAt: instant(Number(flaggedAt)),
  };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
