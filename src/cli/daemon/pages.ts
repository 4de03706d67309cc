import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { ScanResult } from "../../core/terms/result.ts";
import { GuardError, whyOf } from "../../errors.ts";
import { type Catalogue, catalogue } from "../../language/catalogue.ts";
import { type Language, languageOf } from "../../language/language.ts";
import { POLICY, renderHtml } from "../../report/html.ts";
import {
  type EipPage,
  eipPage,
  type Live,
  liveSection,
  noReportPage,
  notFoundPage,
  SIGN_IN_POLICY,
  signInPage,
} from "../../report/html-serve.ts";
import { renderJson } from "../../report/json.ts";
import { type AccessOptions, accessOf, isSame, sessionCookie } from "./access.ts";

/** What the pages show. All of it is read; nothing here can write or act. */
export interface PagesOptions extends AccessOptions {
  /** The latest result; null before the first. */
  readonly latest: () => ScanResult | null;
  readonly live: () => Live;
  /** A new reading, for one EIP. */
  readonly explain: (id: string) => Promise<Exclude<EipPage["explained"], null>>;
  readonly history: (id: string) => Promise<EipPage["history"]>;
  /** The language where a browser asks for none. */
  readonly language: Language;
}

/** Answers a request for a page; false where it is none of ours, and nothing was answered. */
export type Pages = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

interface Reply {
  readonly status: number;
  readonly type: "text/html" | "application/json" | "text/plain";
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The report at `/`, one EIP at `/eip/ID`, JSON at `/api/scan`, and where it is needed `/login`. */
export function createPages(options: PagesOptions): Pages {
  const explainOnce = onceAtATime(options.explain, options.latest);
  const rendered = new Map<Language, { readonly of: string; readonly html: string }>();
  const report = (result: ScanResult, say: Catalogue) => {
    const live = liveSection(options.live(), result, say);
    const of = `${result.run.id} ${live}`;
    const known = rendered.get(say.language);
    if (known?.of === of) return known.html;
    const html = renderHtml(result, "eips", { language: say.language }, { live, eipPages: "/eip/" });
    rendered.set(say.language, { of, html });
    return html;
  };
  return async (request, response) => {
    const [pathname = "/"] = (request.url ?? "/").split("?");
    const access = accessOf(request, options);
    if (access === "hidden") return false;
    const say = catalogue(asked(request, options.language));
    if (access === "foreign") return send(request, response, refused(403, "this name is not that of the guard's machine"));
    if (pathname === "/login" && request.method === "POST" && access === "closed")
      return send(request, response, await signIn(request, options, say));
    if (request.method !== "GET" && request.method !== "HEAD")
      return send(request, response, { ...refused(405, "only GET"), headers: { allow: "GET, HEAD" } });
    if (access === "closed") return send(request, response, closed(pathname, say));
    return send(request, response, await pageAt(pathname, say, { ...options, explain: explainOnce }, report));
  };
}

async function pageAt(
  pathname: string,
  say: Catalogue,
  options: PagesOptions,
  report: (result: ScanResult, say: Catalogue) => string,
): Promise<Reply> {
  const result = options.latest();
  if (pathname === "/") {
    const body = result === null ? noReportPage(options.live(), say) : report(result, say);
    return { status: 200, type: "text/html", body };
  }
  if (pathname === "/api/scan") {
    if (result !== null) return { status: 200, type: "application/json", body: renderJson(result, "eips") };
    return { status: 503, type: "application/json", body: '{ "error": "the first run is not over yet" }\n' };
  }
  if (pathname === "/login") return { status: 303, type: "text/plain", body: "", headers: { location: "/" } };
  const eip = /^\/eip\/([^/]+)$/.exec(pathname)?.[1];
  const name = eip === undefined ? null : decoded(eip);
  return (
    (name === null ? null : await eipAt(name, result, options, say)) ?? {
      status: 404,
      type: "text/html",
      body: notFoundPage(name, say),
    }
  );
}

/** Null where neither the latest run nor the trail knows it: then no cloud is asked either. */
async function eipAt(name: string, result: ScanResult | null, options: PagesOptions, say: Catalogue): Promise<Reply | null> {
  const eip = result?.eips.find(({ id, ip }) => id === name || ip === name);
  const id = eip?.id ?? name;
  const [history, explained] = await Promise.all([options.history(id), eip === undefined ? null : options.explain(id)]);
  const isKnown = eip !== undefined || "why" in history || history.length > 0;
  if (!isKnown) return null;
  const latest = eip === undefined || result === null ? null : { eip, result };
  return { status: 200, type: "text/html", body: eipPage({ id, explained, latest, history }, say) };
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** One reading for a page at a time, and none anew of what is known since the latest run: whoever asks often asks the cloud once. */
function onceAtATime(explain: PagesOptions["explain"], latest: PagesOptions["latest"]): PagesOptions["explain"] {
  const known = new Map<string, ReturnType<PagesOptions["explain"]>>();
  let of: ScanResult | null = null;
  let before: Promise<unknown> = Promise.resolve();
  return (id) => {
    if (latest() !== of) known.clear();
    of = latest();
    const asked = known.get(id) ?? before.then(() => explain(id));
    known.set(id, asked);
    before = asked;
    return asked;
  };
}

/** More is no token. */
const MOST_BYTES = 4_096;

async function signIn(request: IncomingMessage, { token = "" }: PagesOptions, say: Catalogue): Promise<Reply> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) return refused(413, "too long");
    chunks.push(chunk);
  }
  const form = new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
  const next = ownPath(form.get("next"));
  if (!isSame(form.get("token") ?? "", token)) return { ...closed(next, say, true), status: 403 };
  const secure = request.headers["x-forwarded-proto"] === "https";
  const headers = { location: next, "set-cookie": sessionCookie(token, Date.now(), secure) };
  return { status: 303, type: "text/plain", body: "", headers };
}

/** A path of this server, whatever a form says: never another host's. */
function ownPath(next: string | null): string {
  return next !== null && /^\/(?:eip\/[\w.%-]+)?$/.test(next) ? next : "/";
}

function closed(pathname: string, say: Catalogue, isWrong = false): Reply {
  const headers = { "www-authenticate": "Bearer", "content-security-policy": headerPolicy(SIGN_IN_POLICY) };
  if (pathname.startsWith("/api/")) return { ...refused(401, "the token is needed: Authorization: Bearer …"), headers };
  return { status: 401, type: "text/html", body: signInPage(isWrong, ownPath(pathname), say), headers };
}

function refused(status: number, why: string): Reply {
  return { status, type: "text/plain", body: `${why}\n` };
}

/** What a header can forbid and the page itself can't: being shown within another. */
function headerPolicy(policy: string): string {
  return `${policy}; frame-ancestors 'none'`;
}

const HEADERS = {
  "content-security-policy": headerPolicy(POLICY),
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
} as const;

/** From this length on it is worth packing. */
const PACKED = 16_384;
const pack = promisify(gzip);

async function send(request: IncomingMessage, response: ServerResponse, { status, type, body, headers }: Reply): Promise<true> {
  const isPacked = body.length >= PACKED && /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""));
  const bytes = isPacked ? await pack(body, { level: 3 }) : Buffer.from(body);
  response.writeHead(status, {
    ...HEADERS,
    ...headers,
    "content-type": `${type}; charset=utf-8`,
    "content-length": bytes.length,
    ...(isPacked ? { "content-encoding": "gzip", vary: "accept-encoding" } : {}),
  });
  response.end(request.method === "HEAD" ? undefined : bytes);
  return true;
}

/** The language that a browser asks for first, else the process's own. */
function asked({ headers }: IncomingMessage, own: Language): Language {
  const first = headers["accept-language"]?.split(",")[0]?.trim() ?? "";
  return first === "" || first === "*" ? own : languageOf({ LANG: first });
}

/** Why something could not be read, in words that may stand on a page: an error of ours says it, every other stays in the log. */
export function whyOnPage(error: unknown): string {
  return error instanceof GuardError ? whyOf(error) : "an error that the log tells";
}
