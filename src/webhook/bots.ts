import { createHmac } from "node:crypto";
import type { Entry, Parts } from "../alerts/message.ts";
import type { Answer, Attempt, Post } from "./http.ts";

/** A group bot: how large a message may be, how it is written and signed, and what its answers mean. */
export interface Bot {
  /** Bytes of Markdown in one message, with room for what stands around it. */
  readonly bytes: number;
  /** `at`: milliseconds since 1970, for the signature. */
  readonly post: (
    title: string,
    markdown: string,
    to: { readonly url: string; readonly secret: string | null },
    at: number,
  ) => Post;
  readonly judge: (answer: Answer) => Attempt;
}

/** The field that holds the code, and the codes that say that messages come too fast. */
function judging(field: "errcode" | "code", message: "errmsg" | "msg", tooFast: readonly number[]): Bot["judge"] {
  return ({ body }) => {
    const fields = fieldsOf(body);
    const code = fields.get(field);
    if (code === 0) return { outcome: "delivered" };
    if (typeof code !== "number") return { outcome: "refused", why: `the bot answered without ${field}` };
    const said = fields.get(message);
    // The bot's own words may repeat the address.
    const what = typeof said === "string" && !/https?:|key|token|hook/i.test(said) ? `: ${said.slice(0, 120)}` : "";
    return { outcome: tooFast.includes(code) ? "again" : "refused", why: `the bot answered ${field} ${code}${what}` };
  };
}

function fieldsOf(body: string): ReadonlyMap<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(body);
    return new Map(typeof parsed === "object" && parsed !== null ? Object.entries(parsed) : []);
  } catch {
    return new Map();
  }
}

function hmac(key: string, text: string): string {
  return createHmac("sha256", key).update(text).digest("base64");
}

export const BOTS = {
  wecom: {
    bytes: 4_096,
    post: (_, content, { url }) => ({ url, headers: {}, body: JSON.stringify({ msgtype: "markdown", markdown: { content } }) }),
    judge: judging("errcode", "errmsg", [45009, 45033, -1]),
  },
  dingtalk: {
    bytes: 18_000,
    post: (title, text, { url, secret }, at) => ({
      url: secret === null ? url : signedQuery(url, secret, at),
      headers: {},
      body: JSON.stringify({ msgtype: "markdown", markdown: { title, text }, at: { isAtAll: false } }),
    }),
    judge: judging("errcode", "errmsg", [410100, 130101, -1]),
  },
  feishu: {
    bytes: 14_000,
    post: (title, content, { url, secret }, at) => {
      const timestamp = String(Math.floor(at / 1_000));
      const signed = secret === null ? {} : { timestamp, sign: hmac(`${timestamp}\n${secret}`, "") };
      const card = {
        header: { title: { tag: "plain_text", content: title } },
        elements: [{ tag: "markdown", content }],
      };
      return { url, headers: {}, body: JSON.stringify({ ...signed, msg_type: "interactive", card }) };
    },
    judge: judging("code", "msg", [9499, 11232]),
  },
} as const satisfies Readonly<Record<string, Bot>>;

/** DingTalk: `timestamp` in milliseconds, and the signature of `timestamp\nsecret`. */
function signedQuery(url: string, secret: string, at: number): string {
  const signed = new URL(url);
  signed.searchParams.set("timestamp", String(at));
  signed.searchParams.set("sign", hmac(secret, `${at}\n${secret}`));
  return signed.href;
}

/** One message of a bot, and the EIPs that it names. */
export interface BotPage {
  readonly markdown: string;
  readonly eips: readonly string[];
}

/** The parts in as few messages as take them; pieces are parted at their ends, and one that is too long by itself is cut. */
export function botPages({ title, lead, entries, footer, list = [] }: Parts, bytes: number): readonly BotPage[] {
  const plain = (text: string): Entry => ({ text, eips: [] });
  const pieces = [plain(title), ...lead.map(plain), ...entries, ...footer.map(plain), ...list];
  const pages: { markdown: string; eips: string[] }[] = [];
  for (const { text, eips } of pieces) {
    if (text === "") continue;
    const piece = cutTo(text, bytes);
    const last = pages.at(-1);
    const joined = last === undefined ? piece : `${last.markdown}\n\n${piece}`;
    if (last === undefined || Buffer.byteLength(joined) > bytes) pages.push({ markdown: piece, eips: [...eips] });
    else {
      last.markdown = joined;
      last.eips.push(...eips);
    }
  }
  return pages;
}

function cutTo(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  let cut = "";
  let size = 3;
  for (const character of text) {
    size += Buffer.byteLength(character);
    if (size > bytes) return `${cut}…`;
    cut += character;
  }
  return cut;
}
