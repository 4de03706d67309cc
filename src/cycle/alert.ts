import { createHash } from "node:crypto";
import { routeOf } from "../alerts/route.ts";
import type { Config } from "../config/sections.ts";
import type { CapAnnouncement } from "../core/terms/announcement.ts";
import { thousands } from "../core/terms/describe.ts";
import type { AlertMemory, Ledger, PendingAnnouncement, ToldEip } from "../core/terms/ledger.ts";
import type { EipResult } from "../core/terms/result.ts";
import { between, DAY } from "../core/terms/time.ts";
import type { AuditPorts, Delivery } from "../ports.ts";
import type { RunState } from "./state.ts";

type Ports = Pick<AuditPorts, "notifier" | "clock">;

/** The time zone in which people are told instants: the release window's. */
export function timezoneOf({ policy }: Config): string | null {
  return policy.release.window?.timezone ?? null;
}

/** An EIP as an announcement of what happened to it holds it. */
export function toldEip(
  { alerts }: Pick<Config, "alerts">,
  eip: EipResult,
  why: string,
  more: Partial<Pick<ToldEip, "facts" | "recovery" | "postponed" | "release">> = {},
): ToldEip {
  const { id, ip, account, region, pod, reason } = eip;
  const name = pod === null ? null : `${pod.namespace}/${pod.name}@${pod.cluster}`;
  const channel = routeOf(alerts.routes, eip);
  const routed = channel === null ? {} : { channel };
  return { id, ip, account, region, pod: name, why, facts: [], recovery: null, reason, ...routed, ...more };
}

/**
 * Announces what happened once. What can't be delivered waits in the ledger, and the next run sends it: people who were warned of a
 * release are told of it, whatever Slack did in the meantime.
 */
export async function announceOnce(ports: Ports, state: RunState, announcement: PendingAnnouncement): Promise<RunState> {
  if (ports.notifier === null || announcement.eips.length === 0) return state;
  const delivery = await ports.notifier.announce(announcement);
  const next = withProblems(withAnnounced(state, announcement.eips), delivery);
  if (delivery.delivered) return next;
  const seen = new Set(delivery.partly?.eips ?? []);
  const eips = announcement.eips.filter(({ id }) => !seen.has(id));
  const pending = [...(next.ledger.pending ?? []), { ...announcement, eips }];
  const error = `${announcement.kind} of ${thousands(announcement.eips.length)} EIPs: ${delivery.why}; it is sent again by the next run`;
  return { ...next, ledger: { ...next.ledger, pending }, alertErrors: [...next.alertErrors, error] };
}

/** What went wrong although it was delivered, such as a second channel that did not take it. */
export function withProblems(state: RunState, delivery: Delivery): RunState {
  const { problems = [] } = delivery.delivered ? delivery : {};
  return problems.length === 0 ? state : { ...state, alertErrors: [...state.alertErrors, ...problems] };
}

/** Sends what earlier runs could not deliver, one message for each kind. */
export async function announcePending(ports: Ports, state: RunState): Promise<RunState> {
  const { pending = [], ...ledger } = state.ledger;
  if (pending.length === 0 || ports.notifier === null) return state;
  let next: RunState = { ...state, ledger };
  for (const kind of ["released", "all-clear", "postponed"] as const) {
    const eips = pending.filter((one) => one.kind === kind).flatMap((one) => one.eips);
    next = await announceOnce(ports, next, { kind, at: ports.clock.now(), eips: latestOf(eips) });
  }
  return next;
}

/** Of several words about one EIP the last one. */
function latestOf(eips: readonly ToldEip[]): readonly ToldEip[] {
  return [...new Map(eips.map((eip) => [eip.id, eip])).values()];
}

/** This run told people of these EIPs: its digest does not repeat them. */
export function withAnnounced(state: RunState, eips: readonly { readonly id: string }[]): RunState {
  return { ...state, announced: [...state.announced, ...eips.map(({ id }) => id)] };
}

/**
 * Announces that a cap holds releases back: when it begins, when the cap changes, when a tenth more EIPs are held back than people know
 * of, and when others are, once a day. Nothing is said while it stays as it is. Only what was delivered counts as said.
 */
export async function announceCap(ports: Ports, state: RunState, subject: string, cap: CapAnnouncement): Promise<RunState> {
  if (ports.notifier === null) return state;
  const now = ports.clock.now();
  const { caps, eips } = cap;
  const facts = { maxPerRun: caps.maxPerRun, maxPercent: caps.maxPercent, eips: eips.map(({ id }) => id).sort() };
  const [fingerprint, policy] = [facts, caps].map((what) => createHash("sha256").update(JSON.stringify(what)).digest("hex"));
  if (fingerprint === undefined || policy === undefined) return state;
  const memory: AlertMemory = { sentAt: now, fingerprint, policy, eips: eips.length };
  const last = alertsOf(state.ledger).get(subject);
  if (last !== undefined && !isChanged(last, memory)) return state;
  const delivery = await ports.notifier.announce(cap);
  if (!delivery.delivered) return { ...state, alertErrors: [...state.alertErrors, `${subject} alert: ${delivery.why}`] };
  const alerts = { ...state.ledger.alerts, [subject]: memory };
  return withProblems({ ...state, ledger: { ...state.ledger, alerts } }, delivery);
}

/** Whether people must be told anew. An older version remembered neither the caps nor how many there were. */
function isChanged(last: AlertMemory, memory: AlertMemory): boolean {
  if (last.fingerprint === memory.fingerprint) return false;
  if (last.policy !== memory.policy || between(last.sentAt, memory.sentAt) >= DAY) return true;
  const [before, now] = [last.eips ?? 0, memory.eips ?? 0];
  return now - before >= Math.max(1, Math.floor(before / 10));
}

/** It stands no more: when it comes again it is news. */
export function standsNoMore(state: RunState, subject: string): RunState {
  const alerts = alertsOf(state.ledger);
  if (!alerts.delete(subject)) return state;
  return { ...state, ledger: { ...state.ledger, alerts: Object.fromEntries(alerts) } };
}

function alertsOf({ alerts = {} }: Ledger) {
  return new Map(Object.entries(alerts));
}
