import type { Announcement } from "../core/terms/announcement.ts";
import { matches } from "../core/terms/match.ts";
import type { Match } from "../core/terms/policy.ts";
import type { EipResult } from "../core/terms/result.ts";
import type { Instant } from "../core/terms/time.ts";
import type { Delivery, Notifier } from "../ports.ts";

/** Where announcements go (contract.md, Alerts): each EIP's to its route's channel, all else to the default one, and everything to the webhook. */

export interface Channel {
  readonly name: string;
  readonly notifier: Notifier;
}

export interface Routing {
  /** The default Slack channel; null where no Slack is configured. */
  readonly main: Channel | null;
  readonly webhook: Channel | null;
  /** Further Slack channels, by name. */
  readonly others: ReadonlyMap<string, Channel>;
}

type Route = { readonly match: Match; readonly channel: string };

/** The channel of the first route that matches; null for the default. */
export function routeOf(routes: readonly Route[], eip: EipResult): string | null {
  const { verdict, reason, account, region, cluster, pod, id, ip, tags, owner } = eip;
  const subject = {
    verdict,
    reason,
    account,
    region,
    cluster: pod?.cluster ?? cluster,
    namespace: pod?.namespace ?? null,
    workload: pod?.workload?.name ?? null,
    pod: pod?.name ?? null,
    id,
    ip,
    owner: owner?.name ?? null,
    tags,
  };
  return routes.find(({ match }) => matches(match, subject))?.channel ?? null;
}

/** One notifier out of all channels. Null where there is none. */
export function createRouter({ main, webhook, others }: Routing, routes: readonly Route[]): Notifier | null {
  if (main === null) return webhook?.notifier ?? null;
  return {
    async announce(announcement) {
      const carried = await announceRouted(announcement, main, others, routes);
      if (webhook === null) return carried;
      const besides = await webhook.notifier.announce(announcement);
      return besides.delivered ? carried : withProblem(carried, `${webhook.name}: ${besides.why}`);
    },
  };
}

function withProblem(delivery: Delivery, problem: string): Delivery {
  if (delivery.delivered) return { ...delivery, problems: [...(delivery.problems ?? []), problem] };
  return { ...delivery, why: `${delivery.why}; ${problem}` };
}

/** Each part to its channel. One that can't be reached is told to the default channel, which says so. */
async function announceRouted(
  announcement: Announcement,
  main: Channel,
  others: Routing["others"],
  routes: readonly Route[],
): Promise<Delivery> {
  const seen: string[] = [];
  const failures: string[] = [];
  const problems: string[] = [];
  const arrivals: { readonly at: Instant; readonly reference: string }[] = [];
  const tell = async (channel: Channel, part: Announcement): Promise<string | null> => {
    const delivery = await channel.notifier.announce(part);
    const arrived = delivery.delivered ? delivery : (delivery.partly ?? null);
    if (arrived !== null) arrivals.push({ at: arrived.at, reference: arrived.reference });
    seen.push(...(delivery.delivered ? idsOf(part) : (delivery.partly?.eips ?? [])));
    if (delivery.delivered) problems.push(...(delivery.problems ?? []));
    return delivery.delivered ? null : delivery.why;
  };
  for (const [name, part] of partsByRoute(announcement, routes)) {
    const channel = name === null ? main : (others.get(name) ?? main);
    const why = await tell(channel, part);
    if (why === null) continue;
    if (channel === main) {
      failures.push(why);
      continue;
    }
    problems.push(`${channel.name} could not be reached: ${why}; ${main.name} was told instead`);
    const rest = without(part, new Set(seen));
    const again = await tell(main, { ...rest, instead: { of: channel.name, why } });
    if (again !== null) failures.push(`${channel.name}: ${why}; ${main.name}: ${again}`);
  }
  const [arrived] = arrivals;
  if (failures.length > 0 || arrived === undefined)
    return {
      delivered: false,
      why: failures.join("; "),
      ...(arrived === undefined ? {} : { partly: { ...arrived, eips: seen } }),
    };
  return { delivered: true, ...arrived, ...(problems.length === 0 ? {} : { problems }) };
}

/** The announcement in parts, by channel; null is the default one. What names no EIP stays whole. */
function partsByRoute(announcement: Announcement, routes: readonly Route[]): ReadonlyMap<string | null, Announcement> {
  switch (announcement.kind) {
    case "notice":
    case "reminder": {
      const groups = grouped(announcement.eips, (eip) => routeOf(routes, eip));
      return new Map([...groups].map(([channel, eips]) => [channel, { ...announcement, eips }]));
    }
    case "released":
    case "all-clear":
    case "postponed": {
      const groups = grouped(announcement.eips, ({ channel = null }) => channel);
      return new Map([...groups].map(([channel, eips]) => [channel, { ...announcement, eips }]));
    }
    default:
      return new Map([[null, announcement]]);
  }
}

function grouped<Eip>(eips: readonly Eip[], channelOf: (eip: Eip) => string | null): ReadonlyMap<string | null, readonly Eip[]> {
  const groups = new Map<string | null, Eip[]>();
  for (const eip of eips) {
    const channel = channelOf(eip);
    const group = groups.get(channel);
    if (group === undefined) groups.set(channel, [eip]);
    else group.push(eip);
  }
  return groups;
}

function idsOf(announcement: Announcement): readonly string[] {
  return "eips" in announcement ? announcement.eips.map(({ id }) => id) : [];
}

/** The same without EIPs that people can see already. */
function without(announcement: Announcement, seen: ReadonlySet<string>): Announcement {
  switch (announcement.kind) {
    case "notice":
    case "reminder":
      return { ...announcement, eips: announcement.eips.filter(({ id }) => !seen.has(id)) };
    case "released":
    case "all-clear":
    case "postponed":
      return { ...announcement, eips: announcement.eips.filter(({ id }) => !seen.has(id)) };
    default:
      return announcement;
  }
}
