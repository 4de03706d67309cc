import { thousands } from "../core/terms/describe.ts";
import type { Listing } from "../core/terms/known.ts";
import type { Access } from "./access.ts";
import { property } from "./json.ts";
import { openPage, type PageEnd } from "./page.ts";
import { ask, describeReply, type Reply } from "./transport.ts";

/**
 * Lists by page, never unpaged. A list that can't be read to its end is no list, and neither is an answer that does not say that it is the
 * list which was asked for: a gateway's 200 is a failed reading (domain.md §5.2, 1).
 */

export interface ListRequest<T> {
  /** `/api/v1/pods`. */
  readonly path: string;
  /** `Pod`: the answer has to say that it is a `PodList`, and no object in it may say that it is anything else. */
  readonly kind: string;
  /** Metadata alone, where that is enough (half the CPU time, a fraction of the memory). */
  readonly metadataOnly: boolean;
  /** Maps an object as soon as it is read, so that only what is needed is kept; null for what is not kept at all. */
  readonly map: (object: unknown) => T | null;
  readonly onPage?: (read: number) => void;
}

const PAGE = 500;
/** A page that grows longer is asked for again with fewer objects on it. */
export const MOST_BYTES_OF_PAGE = 16 * 1024 * 1024;
const FEWER = 4;
/** The server forgets a list's snapshot after some minutes (410 Gone); the list then starts again, this often. */
const RESTARTS = 3;
const METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

export async function list<T>(access: Access, request: ListRequest<T>): Promise<Listing<T>> {
  for (let restarts = 0; ; restarts += 1) {
    const outcome = await listOnce(access, request);
    if (outcome !== "gone") return outcome;
    if (restarts >= RESTARTS) return { state: "failed", why: `410 Gone: the list had to be started again ${RESTARTS} times` };
  }
}

async function listOnce<T>(access: Access, request: ListRequest<T>): Promise<Listing<T> | "gone"> {
  const items: T[] = [];
  let read = 0;
  let limit = PAGE;
  let token = "";
  let first: PageEnd | null = null;
  const course = new Course();
  do {
    const { reply, end, mapped, tooLong, stranger, firstName } = await readPage(access, request, limit, token);
    if (reply.status === 410) return "gone";
    if (reply.status === 403 || reply.status === 401) return { state: "forbidden", why: describeReply(reply) };
    if (tooLong && limit > 1) {
      limit = Math.max(1, Math.floor(limit / FEWER));
      continue;
    }
    if (reply.status !== 200) return { state: "failed", why: describeReply(reply) };
    const wrong = wrongWith(request, end, first) ?? stranger ?? course.wrongWith(end, firstName);
    if (wrong !== null || end === null) return { state: "failed", why: `${request.path} answered ${wrong}` };
    first ??= end;
    for (const item of mapped) items.push(item);
    read += end.items;
    request.onPage?.(read);
    token = end.token;
  } while (token !== "" || first === null);
  const announced = first.items + (first.remaining ?? 0);
  if (read < announced) return { state: "failed", why: `${request.path} announced ${announced} objects and listed ${read}` };
  return { state: "complete", items };
}

/** Pages in a row without an object; a server that gives more of them gives no list. */
const EMPTY_PAGES = 100;
/** More than any cluster can hold (Kubernetes is built for 150,000 Pods). */
const MOST_OBJECTS = 2_000_000;

/** What the pages of one list may not do, because such a list never ends: come again, or bring nothing. */
class Course {
  private readonly tokens = new Set<string>();
  private readonly begun = new Set<string>();
  private empty = 0;
  private read = 0;

  /** Why a page after those before it is none of a list; null where nothing speaks against it. */
  wrongWith(end: PageEnd | null, firstName: string | null): string | null {
    if (end === null || end.token === "") return null;
    this.empty = end.items === 0 ? this.empty + 1 : 0;
    this.read += end.items;
    if (this.tokens.has(end.token)) return "the same continue token twice: such a list has no end";
    this.tokens.add(end.token);
    if (firstName !== null && this.begun.has(firstName)) return "the same page twice";
    if (firstName !== null) this.begun.add(firstName);
    if (this.empty > EMPTY_PAGES) return `${EMPTY_PAGES} pages without an object, and a token for more`;
    return this.read > MOST_OBJECTS ? `more than ${thousands(MOST_OBJECTS)} objects` : null;
  }
}

interface Page<T> {
  readonly reply: Reply;
  readonly end: PageEnd | null;
  readonly mapped: readonly T[];
  readonly tooLong: boolean;
  /** What an object on the page is that none may be; null where there is none. */
  readonly stranger: string | null;
  /** `namespace/name` of its first object; null where it has none. */
  readonly firstName: string | null;
}

async function readPage<T>(access: Access, request: ListRequest<T>, limit: number, token: string): Promise<Page<T>> {
  const query = `limit=${limit}${token === "" ? "" : `&continue=${encodeURIComponent(token)}`}`;
  // A page that breaks off is asked for again: nothing of the first attempt counts.
  let page = openPage(() => undefined);
  let mapped: T[] = [];
  let stranger: string | null = null;
  let firstName: string | null = null;
  let bytes = 0;
  const reply = await ask(access, {
    method: "GET",
    path: `${request.path}?${query}`,
    ...(request.metadataOnly ? { accept: METADATA_ONLY } : {}),
    consume: () => {
      mapped = [];
      stranger = null;
      firstName = null;
      bytes = 0;
      page = openPage((object) => {
        firstName ??= nameOf(object);
        stranger ??= strangerness(request, object);
        const kept = stranger === null ? request.map(object) : null;
        if (kept !== null) mapped.push(kept);
      });
      return (chunk) => {
        bytes += chunk.length;
        return bytes > MOST_BYTES_OF_PAGE ? "the page is too long" : page.push(chunk);
      };
    },
  });
  return {
    reply,
    end: reply.status === 200 ? page.end() : null,
    mapped,
    tooLong: bytes > MOST_BYTES_OF_PAGE,
    stranger,
    firstName,
  };
}

function nameOf(object: unknown): string {
  const metadata = property(object, "metadata");
  return `${property(metadata, "namespace")}/${property(metadata, "name")}`;
}

/** Why a page is not the next one of the list that was asked for; null when it is. */
function wrongWith(
  { path, kind, metadataOnly }: ListRequest<unknown>,
  end: PageEnd | null,
  first: PageEnd | null,
): string | null {
  if (end === null) return "what is no list";
  const whole = end.kind === `${kind}List` && end.apiVersion === apiVersionOf(path);
  // A server that does not know metadata-only lists answers with the whole objects.
  const slim = metadataOnly && end.kind === "PartialObjectMetadataList" && end.apiVersion === "meta.k8s.io/v1";
  if (!whole && !slim) return `what is no ${kind}List of ${apiVersionOf(path)}`;
  if (typeof end.resourceVersion !== "string" || end.resourceVersion === "") return "a list without metadata.resourceVersion";
  if (first !== null && end.resourceVersion !== first.resourceVersion) return "pages of two different states of the cluster";
  if (end.token === "" && end.remaining !== null && end.remaining > 0)
    return `a last page after which ${end.remaining} more objects should come`;
  return null;
}

/** `apps/v1` of `/apis/apps/v1/statefulsets`. */
function apiVersionOf(path: string): string {
  const [, , ...parts] = path.split("/");
  return parts.slice(0, -1).join("/");
}

/** Kinds that are in no namespace. */
const CLUSTER_WIDE = ["Namespace", "Node"];

/** Why an object can't be one of the list; null when it can. In lists of built-in kinds the objects don't say their kind. */
function strangerness({ path, kind }: ListRequest<unknown>, object: unknown): string | null {
  const [itsKind, itsVersion, metadata] = ["kind", "apiVersion", "metadata"].map((name) => property(object, name));
  const slim = itsKind === "PartialObjectMetadata" && itsVersion === "meta.k8s.io/v1";
  const wrongKind = itsKind !== undefined && itsKind !== kind;
  const wrongVersion = itsVersion !== undefined && itsVersion !== apiVersionOf(path);
  if (!slim && (wrongKind || wrongVersion)) return `with an object that is no ${kind} of ${apiVersionOf(path)}`;
  const identity = CLUSTER_WIDE.includes(kind) ? ["name", "uid"] : ["namespace", "name", "uid"];
  const missing = identity.find((name) => typeof property(metadata, name) !== "string" || property(metadata, name) === "");
  if (missing !== undefined) return `with an object without metadata.${missing}`;
  const born = property(metadata, "creationTimestamp");
  return typeof born === "string" && !Number.isNaN(Date.parse(born)) ? null : "with an object without metadata.creationTimestamp";
}
