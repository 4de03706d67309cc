import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isLoopback } from "../../config/loopback.ts";

/** Who may see the pages (contract.md, Pages). */
export interface AccessOptions {
  /** The address that is listened on. */
  readonly host: string;
  /** `EIP_GUARD_UI_TOKEN`; undefined where it is not set. */
  readonly token: string | undefined;
}

/**
 * `open`: come in. `hidden`: there are no pages here. `foreign`: asked for by a name that is not this machine's, as a page of somebody
 * else does that had its own name point here. `closed`: the token is needed.
 */
export type Access = "open" | "hidden" | "foreign" | "closed";

type Asked = Pick<IncomingMessage, "headers">;

export function accessOf({ headers }: Asked, { host, token }: AccessOptions): Access {
  if (isOnLoopback(host.includes(":") ? `[${host}]` : host)) return isOnLoopback(headers.host ?? "") ? "open" : "foreign";
  if (token === undefined || token === "") return "hidden";
  const bearer = /^Bearer (.+)$/i.exec(headers.authorization ?? "")?.[1];
  if (bearer !== undefined && isSame(bearer.trim(), token)) return "open";
  return isSession(cookieOf(headers.cookie ?? ""), token) ? "open" : "closed";
}

/** Whether a Host header, or an address as one, names this very machine. */
function isOnLoopback(host: string): boolean {
  return /^[\w.:[\]-]+$/.test(host) && isLoopback(`http://${host}`);
}

/** Compared without telling by its time how far they agree, nor how long they are. */
export function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

const COOKIE = "eip_guard_ui";
const DAYS = 30;

/** The cookie that stands for the token once it was entered: when it ends, and a proof. The token itself is not in it. */
export function sessionCookie(token: string, now: number, secure: boolean): string {
  const until = now + DAYS * 86_400_000;
  const more = secure ? "; Secure" : "";
  return `${COOKIE}=${until}.${proofOf(until, token)}; Path=/; Max-Age=${DAYS * 86_400}; HttpOnly; SameSite=Strict${more}`;
}

function proofOf(until: number, token: string): string {
  return createHmac("sha256", token).update(`eip-guard ui until ${until}`).digest("base64url");
}

function isSession(cookie: string, token: string): boolean {
  const [until = "", proof = ""] = cookie.split(".");
  return /^\d{1,15}$/.test(until) && Number(until) > Date.now() && isSame(proof, proofOf(Number(until), token));
}

function cookieOf(header: string): string {
  const own = header.split(";").map((part) => part.trim());
  return own.find((part) => part.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1) ?? "";
}
