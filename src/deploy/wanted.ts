import type { FunctionSettings } from "../deployment.ts";
import { documentOf, type PolicyStatement } from "./policy.ts";

/** One function as it should be, with its role and triggers. */
export interface Wanted {
  readonly name: string;
  readonly settings: FunctionSettings;
  readonly code: Uint8Array;
  readonly sha256: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly role: { readonly name: string; readonly policy: string; readonly document: string };
  /** Seven fields; null: no timer. */
  readonly cron: string | null;
  /** Whether it has a public address. */
  readonly url: boolean;
}

/** The tag by which a function is known as ours. */
export const OWN_TAG = "eip-guard:function";
/** The timer's name, and that of the function URL. */
export const TIMER = "eip-guard";
export const URL_TRIGGER = "eip-guard-buttons";
/** No repetition; what is older is skipped by the guard anyway. */
export const RETRIES = { retries: 0, timeToLive: 900 } as const;

export interface WantedInput extends Omit<FunctionSettings, "handler" | "description"> {
  readonly name: string;
  readonly kind: "guard" | "buttons";
  readonly code: Uint8Array;
  readonly sha256: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly statements: readonly PolicyStatement[];
  readonly cron: string | null;
}

export function wanted({ name, kind, code, sha256, tags, statements, cron, ...settings }: WantedInput): Wanted {
  return {
    name,
    settings: { ...settings, handler: "index.main_handler", description: descriptionOf(kind, sha256) },
    code,
    sha256,
    tags: { ...tags, [OWN_TAG]: kind },
    role: { name: settings.role, policy: `${settings.role}-rights`, document: documentOf(statements) },
    cron,
    url: kind === "buttons",
  };
}

/** The hash of the code is read back from here. SCF takes letters, digits, spaces, commas and full stops. */
function descriptionOf(kind: "guard" | "buttons", sha256: string): string {
  const what = kind === "guard" ? "Finds the elastic IPs that Pods left behind" : "Answers the buttons in Slack messages";
  return `${what}. Code sha256 ${sha256}`;
}

/** Null where a description does not tell. */
export function codeHashIn(description: string): string | null {
  return /sha256 ([0-9a-f]{64})/.exec(description)?.[1] ?? null;
}
