import { afterEach, describe, expect, it } from "vitest";
import { eipsOf } from "../../sim/world/world.ts";
import { HOUR } from "./stage.ts";
import { openPlay, type Play, policy } from "./told.ts";

/** Reminders before the end of a notice (contract.md, Alerts), through the whole program. Each command reads the ledger anew, as after a restart. */

let play: Play;
afterEach(() => play.close());

/** The notice is what a release waits for. */
function soon(mode: string): string {
  return policy(mode).replace("releaseAfter: 2d", "releaseAfter: 24h");
}

const REMINDER = /^Reminder: /;

/** Runs every `step` hours, and tells when reminders came, in hours since the notice was delivered. */
async function reminders(step: number, hours = 30, env: Readonly<Record<string, string>> = {}): Promise<readonly number[]> {
  const began = play.clock.now();
  const found: number[] = [];
  while (play.clock.now() - began < hours * HOUR) {
    play.clock.advance(step * HOUR);
    const { told } = await play.tick(env);
    if (told.some((text) => REMINDER.test(text))) found.push(Math.round((play.clock.now() - began) / HOUR));
  }
  return found;
}

describe("a reminder", () => {
  it("comes once, the configured time before the end of the notice, with its EIPs and how to keep them", async () => {
    play = await openPlay(2, soon("enforce"));
    await play.until("Notice");
    expect(await reminders(1, 23)).toEqual([20]);
    const message = play.simulator.slack.messages.find(({ text }) => REMINDER.test(text));
    const said = JSON.stringify(message?.blocks);
    for (const { id, status } of eipsOf(play.world)) expect(said.includes(id)).toBe(status === "UNBIND");
    expect(said).toContain("eip-guard keep EIP");
  });

  it("comes with the first run after its time where a run was missed", async () => {
    play = await openPlay(1, soon("enforce"));
    await play.until("Notice");
    play.clock.advance(6 * HOUR);
    await play.tick();
    play.clock.advance(6 * HOUR);
    await play.tick();
    play.clock.advance(6 * HOUR);
    await play.tick();
    expect(await reminders(5, 5)).toEqual([5]);
  });

  it("that Slack did not take comes with the next run", async () => {
    play = await openPlay(1, soon("enforce"));
    await play.until("Notice");
    expect(await reminders(1, 21, { SLACK_BOT_TOKEN: "xoxb-revoked" })).toEqual([]);
    expect(await reminders(1, 2)).toEqual([1]);
  });

  it("goes where the notice went, by its route", async () => {
    play = await openPlay(1, soon("enforce"));
    await play.alerts('routes: [{ match: { namespace: "old" }, channel: "#oncall" }]');
    await play.until("Notice");
    await reminders(1, 22);
    const channels = play.simulator.slack.messages.filter(({ text }) => /^(Notice|Reminder)/.test(text));
    expect(channels.map(({ channel }) => channel)).toEqual(["#oncall", "#oncall"]);
  });

  const silent: readonly { readonly title: string; readonly mode: string; readonly prepare: () => Promise<unknown> }[] = [
    { title: "where the configuration says never", mode: "enforce", prepare: () => play.alerts("reminder: never") },
    { title: "where the notice is as short as the reminder", mode: "enforce", prepare: () => play.alerts("reminder: 24h") },
    {
      title: "of an EIP that a person keeps",
      mode: "enforce",
      prepare: () => play.run(["keep", eipsOf(play.world).find(({ status }) => status === "UNBIND")?.id ?? ""]),
    },
    { title: "in mode flag, which releases nothing", mode: "flag", prepare: async () => undefined },
  ];
  it.each(silent)("does not come $title", async ({ mode, prepare }) => {
    play = await openPlay(1, soon(mode));
    await play.until("Notice");
    await prepare();
    expect(await reminders(4, 24)).toEqual([]);
  });
});
