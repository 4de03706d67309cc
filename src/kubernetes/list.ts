import type { Listing } from "../core/known.ts";
import type { Access } from "./access.ts";
import { readPage } from "./page.ts";
import { ask, describeReply } from "./transport.ts";

/** Lists by page, never unpaged; a list that can't be read to its end is no list (domain.md §5.2, 1). */

export interface ListRequest<T> {
  /** `/api/v1/pods`. */
  readonly path: string;
  /** Metadata alone, where that is enough (platform.md: half the CPU time, a fraction of the memory). */
  readonly metadataOnly: boolean;
  /** Maps an object as soon as its page is read, so that only what is needed is kept; null for what is not kept at all. */
  readonly map: (object: unknown) => T | null;
  /** Whether an answer 404 means that the kind is not installed; false for kinds that every cluster has. */
  readonly optional: boolean;
  readonly onPage?: (read: number) => void;
}

const PAGE = 500;
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
  let token = "";
  do {
    const query = `limit=${PAGE}${token === "" ? "" : `&continue=${encodeURIComponent(token)}`}`;
    const reply = await ask(access, {
      method: "GET",
      path: `${request.path}?${query}`,
      ...(request.metadataOnly ? { accept: METADATA_ONLY } : {}),
    });
    if (reply.status === 410) return "gone";
    if (reply.status === 403 || reply.status === 401) return { state: "forbidden", why: describeReply(reply) };
    if (reply.status === 404 && request.optional && token === "") return { state: "not-installed" };
    if (reply.status !== 200 || !("bytes" in reply)) return { state: "failed", why: describeReply(reply) };
    const page = readPage(reply.bytes, (object) => {
      const mapped = request.map(object);
      if (mapped !== null) items.push(mapped);
    });
    if (page === null) return { state: "failed", why: `${request.path} answered what is no list` };
    read += page.items;
    request.onPage?.(read);
    token = page.token;
  } while (token !== "");
  return { state: "complete", items };
}
