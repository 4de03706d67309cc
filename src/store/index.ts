import type { Config } from "../config/sections.ts";
import type { Clock, StoreReader, StoreWriter } from "../ports.ts";
import type { ProxyFor } from "../proxy/environment.ts";
import { openFolderStore, openFolderStoreForWriting, probeFolder } from "./folder.ts";

/** What opening a store takes besides its place. */
export interface StoreAccess {
  /** Of the environment; a folder needs none. */
  readonly credentials: { readonly secretId: string; readonly secretKey: string; readonly token?: string };
  readonly clock: Clock;
  /** Left out: no proxy. */
  readonly proxyFor?: ProxyFor;
}

export type State = Config["state"];

/** Opens the store that the configuration names. With `mode: "read"` nothing is created, and nothing that writes is there. */
export async function openStore(state: State, access: StoreAccess & { readonly mode: "read" }): Promise<StoreReader>;
export async function openStore(state: State, access: StoreAccess & { readonly mode: "write" }): Promise<StoreWriter>;
export async function openStore(state: State, access: StoreAccess & { readonly mode: "read" | "write" }): Promise<StoreReader> {
  const { credentials, clock, mode, proxyFor } = access;
  if (state.kind === "dir") return mode === "read" ? openFolderStore(state.dir) : openFolderStoreForWriting(state.dir, clock);
  const { openCosStore, openCosStoreForWriting } = await import("./cos.ts");
  return mode === "read"
    ? openCosStore(state, credentials, proxyFor)
    : openCosStoreForWriting(state, credentials, clock, proxyFor);
}

/**
 * `check --probe-store`: tries out whether the store creates a file or an object once only, which everything here stands on. The only
 * thing that `check` ever writes: two small files, or one object.
 *
 * @returns a sentence of what was proven
 * @throws GuardError naming what is wrong, with the fix
 */
export async function probeStore(
  state: State,
  { credentials, proxyFor }: Pick<StoreAccess, "credentials" | "proxyFor">,
): Promise<string> {
  if (state.kind === "dir") return probeFolder(state.dir);
  const { probeCos } = await import("./cos.ts");
  return probeCos(state, credentials, proxyFor);
}
