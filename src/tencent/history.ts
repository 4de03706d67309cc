import * as z from "zod";
import { known, type Reading, unknown } from "../core/terms/known.ts";
import type { Place } from "../core/terms/place.ts";
import { after, between, DAY, type Duration, type Instant, instant, milliseconds, SECOND } from "../core/terms/time.ts";
import type { AddressEvent, BilledIdle } from "../ports.ts";
import type { Sessions } from "./session.ts";
import type { Call } from "./transport.ts";

/** Evidence of idleness from outside: CloudAudit 2019-03-19 and Billing 2018-07-09 (domain.md §4.2). */

const eventsAnswer = z.object({
  ListOver: z.boolean().nullish(),
  Events: z.array(z.object({ EventName: z.string(), EventTime: z.string(), ErrorCode: z.number().nullish() })).nullish(),
});

const NAMES: readonly AddressEvent["name"][] = [
  "AllocateAddresses",
  "AssociateAddress",
  "DisassociateAddress",
  "ReleaseAddresses",
];
const MOST_EVENTS = 50;
/** Calls for one EIP: enough to find some hundred events that lie close together, in three months. */
const MOST_EVENT_CALLS = 128;
const LONGEST_SPAN: Duration = milliseconds(29 * DAY);

/**
 * CloudAudit events of one EIP. Pages can't be followed: NextToken exceeds 2^53 and the SDK's JSON parsing corrupts it, so a window
 * that holds more than a page is halved instead. The calls are bounded: an answer that never ends is a failed reading (domain.md §5.2).
 */
export async function readAddressEvents(
  sessions: Sessions,
  account: string,
  region: string,
  id: string,
  from: Instant,
  to: Instant,
): Promise<Reading<readonly AddressEvent[]>> {
  return readWindow({ sessions, account, region, id, calls: 0 }, from, to);
}

/** The search of one EIP's events; its windows share one count of calls. */
interface Search extends Place {
  readonly sessions: Sessions;
  readonly id: string;
  calls: number;
}

async function readWindow(search: Search, from: Instant, to: Instant): Promise<Reading<readonly AddressEvent[]>> {
  const { sessions, account, region, id } = search;
  const span = between(from, to);
  if (span > LONGEST_SPAN) return halves(search, from, to);
  if (search.calls >= MOST_EVENT_CALLS)
    return unknown(`DescribeEvents: still incomplete after ${MOST_EVENT_CALLS} calls for ${id}`);
  search.calls += 1;
  const call: Call = {
    action: "DescribeEvents",
    region,
    parameters: {
      StartTime: Math.floor(from / SECOND),
      EndTime: Math.ceil(to / SECOND),
      MaxResults: MOST_EVENTS,
      LookupAttributes: [{ AttributeKey: "ResourceId", AttributeValue: id }],
    },
  };
  const answer = await sessions.call(account, call, eventsAnswer);
  if (!answer.known) return answer;
  if (answer.value.ListOver !== true) {
    if (span < 2 * SECOND) return unknown(`DescribeEvents: more than ${MOST_EVENTS} events of ${id} in a second`);
    return halves(search, from, to);
  }
  const { Events } = answer.value;
  if (Events === null || Events === undefined) return unknown("DescribeEvents: the answer has no Events");
  const events: AddressEvent[] = [];
  for (const raw of Events) {
    const name = NAMES.find((candidate) => candidate === raw.EventName);
    if (name === undefined || (raw.ErrorCode ?? 0) !== 0) continue;
    const at = readEventTime(raw.EventTime);
    // An event that can't be placed might be the binding that ends the idle time.
    if (at === null) return unknown(`DescribeEvents: ${name} at '${raw.EventTime}', which is no time`);
    events.push({ name, at });
  }
  return known(events);
}

async function halves(search: Search, from: Instant, to: Instant): Promise<Reading<readonly AddressEvent[]>> {
  const middle = after(from, milliseconds(Math.floor(between(from, to) / 2)));
  // One after the other: a half that fails ends the search.
  const older = await readWindow(search, from, middle);
  if (!older.known) return older;
  const newer = await readWindow(search, middle, to);
  if (!newer.known) return newer;
  return known([...older.value, ...newer.value]);
}

/** Seconds since the epoch, as text, or a local time of China without a zone. */
function readEventTime(text: string): Instant | null {
  if (/^\d{10}$/.test(text)) return instant(Number(text) * 1_000);
  return readChinaTime(text);
}

function readChinaTime(text: string): Instant | null {
  const value = Date.parse(`${text.replace(" ", "T")}+08:00`);
  return Number.isNaN(value) ? null : instant(value);
}

const amount = z.string().transform(Number).pipe(z.number());

const billAnswer = z.object({
  DetailSet: z
    .array(
      z.object({
        ResourceId: z.string().nullish(),
        FeeBeginTime: z.string().nullish(),
        FeeEndTime: z.string().nullish(),
        ComponentSet: z
          .array(
            z.object({
              ItemCode: z.string().nullish(),
              TimeSpan: amount.nullish(),
              RealCost: amount.nullish(),
              Cost: amount.nullish(),
            }),
          )
          .nullish(),
      }),
    )
    .nullish(),
});

const IDLE_ITEM = "sv_eip_hour";
const BILL_PAGE = 300;
/** Pages of one EIP's bill of one month: 744 hours with twenty rows each. */
const MOST_BILL_PAGES = 50;

/** Hours for which the idle fee of one EIP was billed. The bill is read month by month, since it answers whole months only. */
export async function readBilledIdle(
  sessions: Sessions,
  account: string,
  region: string,
  id: string,
  from: Instant,
  to: Instant,
): Promise<Reading<readonly BilledIdle[]>> {
  const rows: BilledIdle[] = [];
  for (const month of monthsBetween(from, to)) {
    const pages = new Set<string>();
    for (let offset = 0; ; offset += BILL_PAGE) {
      if (pages.size >= MOST_BILL_PAGES)
        return unknown(`DescribeBillDetail: more than ${MOST_BILL_PAGES} pages for ${id} in ${month}`);
      const call: Call = {
        action: "DescribeBillDetail",
        region,
        parameters: { Offset: offset, Limit: BILL_PAGE, Month: month, ResourceId: id, NeedRecordNum: 0 },
      };
      const answer = await sessions.call(account, call, billAnswer);
      if (!answer.known) return answer;
      const details = answer.value.DetailSet;
      if (details === null || details === undefined) return unknown("DescribeBillDetail: the answer has no DetailSet");
      const page = JSON.stringify(details);
      if (pages.has(page)) return unknown(`DescribeBillDetail: the answer repeated a page for ${id} in ${month}`);
      pages.add(page);
      rows.push(...details.flatMap((detail) => idleRows(detail, id)));
      if (details.length < BILL_PAGE) break;
    }
  }
  return known(rows.filter((row) => row.until > from && row.from < to));
}

type Detail = NonNullable<z.infer<typeof billAnswer>["DetailSet"]>[number];

function idleRows(detail: Detail, id: string): readonly BilledIdle[] {
  if (detail.ResourceId !== id) return [];
  const from = readChinaTime(detail.FeeBeginTime ?? "");
  const end = readChinaTime(detail.FeeEndTime ?? "");
  if (from === null || end === null) return [];
  return (detail.ComponentSet ?? []).flatMap((component): readonly BilledIdle[] => {
    if (component.ItemCode !== IDLE_ITEM || component.TimeSpan === null || component.TimeSpan === undefined) return [];
    const cost = component.RealCost ?? component.Cost;
    // What an hour cost is not known then, which is not nothing; and without it the row of hours ends there.
    if (cost === null || cost === undefined) return [];
    // FeeEndTime is the hour's last second.
    return [{ from, until: after(end, SECOND), seconds: component.TimeSpan, cost, currency: "CNY" }];
  });
}

/** `2026-11`, newest first, by China's calendar, which the bill keeps to. */
function monthsBetween(from: Instant, to: Instant): readonly string[] {
  const china = (at: Instant) => new Date(at + 8 * 3_600_000);
  const months: string[] = [];
  const first = china(from);
  const at = china(to);
  at.setUTCDate(1);
  for (;;) {
    months.push(`${at.getUTCFullYear()}-${String(at.getUTCMonth() + 1).padStart(2, "0")}`);
    if (at.getUTCFullYear() < first.getUTCFullYear()) return months;
    if (at.getUTCFullYear() === first.getUTCFullYear() && at.getUTCMonth() <= first.getUTCMonth()) return months;
    at.setUTCMonth(at.getUTCMonth() - 1);
  }
}
