import type { Remembered } from "../core/remember.ts";
import type { Facts } from "../core/terms/facts.ts";
import type { OpenRelease, Receipt } from "../core/terms/ledger.ts";
import { samePlace } from "../core/terms/place.ts";
import type { Act } from "../core/terms/result.ts";
import { between, DAY, iso, MINUTE, milliseconds, parseInstant } from "../core/terms/time.ts";
import type { Event } from "../core/terms/trail.ts";
import { GONE, type Proof, type Recalled } from "./recall.ts";

/** An EIP that is idle and still listed so long after ReleaseAddresses was not released: the task takes seconds (domain.md §4). */
const TASK_BOUND = milliseconds(10 * MINUTE);

/** A receipt that is older than this is counted, and told in one line. */
const NEWS = milliseconds(DAY);

export interface Settled extends Remembered {
  readonly acts: readonly Act[];
  readonly notes: readonly string[];
}

/**
 * Looks what became of each release whose outcome is not known, before anything else (docs/release.md). What can't be told yet stays open:
 * the next run looks again, however many runs that takes. What turns out to be released is told to people by this run, and counted as saved.
 */
export function settle({ ledger, open, released }: Recalled, facts: Facts, run: string): Settled {
  const events: Event<"settled">[] = [];
  const still: OpenRelease[] = [];
  for (const release of open) {
    const outcome = fateOf(release, facts);
    if (outcome === null) still.push(release);
    else {
      const settled = { ...release.facts, intentOf: release.run, outcome };
      events.push({ kind: "settled", at: facts.now, run, eip: release.id, facts: settled });
    }
  }
  const gone = [...released, ...events.filter(({ facts: settled }) => settled.outcome === GONE)];
  const news = gone.filter(({ at }) => between(at, facts.now) <= NEWS);
  const { open: _, ...rest } = ledger;
  const receipts = [...ledger.receipts, ...gone.map(receiptOf)];
  return {
    ledger: still.length === 0 ? { ...rest, receipts } : { ...rest, receipts, open: still },
    events,
    acts: news.map(actOf),
    notes: [
      ...gone
        .filter((proof) => !news.includes(proof))
        .map(({ eip, at }) => `${eip} was released at ${iso(at)}; the ledger did not know it`),
      ...still.map(
        ({ id, run: by, at }) => `whether ${id} is released is not known yet (run ${by}, ${iso(at)}); the next run looks again`,
      ),
    ],
  };
}

/** What became of it; null while that can't be told. */
function fateOf({ id, at, facts: intended }: OpenRelease, facts: Facts): string | null {
  const region = facts.regions.find((candidate) =>
    samePlace(candidate, { account: intended.account ?? "", region: intended.region ?? "" }),
  );
  if (region === undefined || !region.addresses.known) return null;
  const found = region.addresses.value.find((address) => address.id === id);
  if (found === undefined) return GONE;
  if (found.status === "BIND" || found.status === "BIND_ENI") return "not released: it is bound";
  if (found.status !== "UNBIND") return null;
  if (intended.via === "claim") return claimStands(intended.claim, facts) ? "not released: its claim is still there" : null;
  return between(at, facts.now) > TASK_BOUND ? "not released: it is still there" : null;
}

/** `namespace/name@cluster`; older versions wrote `cluster/namespace/name`. */
const CLAIM =
  /^(?:(?<namespace>[^/]+)\/(?<name>[^/@]+)@(?<id>[^/@]+)|(?<oldId>[^/]+)\/(?<oldNamespace>[^/]+)\/(?<oldName>[^/]+))$/;

/** Whether the claim is there and stays. */
function claimStands(claim: unknown, facts: Facts): boolean {
  const parts = typeof claim === "string" ? CLAIM.exec(claim)?.groups : undefined;
  if (parts === undefined) return false;
  const { id = parts.oldId, namespace = parts.oldNamespace, name = parts.oldName } = parts;
  return facts.clusters.some(({ id: cluster, objects }) => {
    if (cluster !== id || !objects.known || objects.value.claims.state !== "complete") return false;
    return objects.value.claims.items.some((one) => one.namespace === namespace && one.name === name && one.deletionAt === null);
  });
}

/** What the ledger keeps of a release, from the facts of its record in the trail. */
export function receiptOf({ eip, at, facts }: Proof | Event<"receipt">): Receipt {
  const { perHour, currency, recycledAnywayAt } = facts;
  return {
    id: eip ?? "",
    at,
    perHour: typeof perHour === "number" ? perHour : null,
    currency: typeof currency === "string" ? currency : null,
    recycledAnywayAt: typeof recycledAnywayAt === "string" ? (parseInstant(recycledAnywayAt) ?? null) : null,
  };
}

function actOf({ eip, run, at, facts }: Proof): Act {
  const by = ("intentOf" in facts ? facts.intentOf : undefined) ?? run;
  const why = `${facts.ip}: released by run ${by}, which could not tell its end (${facts.detail})`;
  return { id: eip ?? "", act: "released", via: facts.via === "claim" ? "claim" : "address", why, at: iso(at) };
}
