import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { SignedPress } from "../../sim/slack.ts";
import { eipsOf } from "../../sim/world/world.ts";
import { buildAway, type Daemon, serveIn } from "./served.ts";
import { openPlay, type Play, policy } from "./told.ts";

/** Slack's buttons at the daemon: `/slack/actions` of a real process, on the notice that a run posted. */

const SECRET = "a-signing-secret";
const USER = "U012ABCDEF";
/** It answers presses, and its next run is half an hour away. */
const LATER = ["--cron", `${(new Date().getMinutes() + 30) % 60} */6 * * *`];

let away: Awaited<ReturnType<typeof buildAway>>;
let play: Play;
let daemon: Daemon;
let id: string;
beforeAll(async () => {
  away = await buildAway();
  play = await openPlay(2, policy("flag").replace("maxGap: 7h", "maxGap: 3650d"));
  await play.edit((text) => text.replace(/(slack:\s*\{[^}]*)\}/, `$1, buttons: { users: [${USER}] } }`));
  await play.until("Notice");
  [id = ""] = eipsOf(play.world)
    .filter(({ status }) => status === "UNBIND")
    .map((eip) => eip.id);
  daemon = await serveIn(play, away.folder, LATER, { SLACK_SIGNING_SECRET: SECRET });
  // The run with which it begins, by the clock of its own machine.
  await vi.waitUntil(() => daemon.lines.some(({ msg }) => msg === "run finished"), { timeout: 20_000 });
});
afterAll(async () => {
  daemon.process.kill("SIGKILL");
  await play.close();
  await away.remove();
});

let records: string;
beforeEach(async () => {
  play.simulator.slack.responses.splice(0);
  records = await trail();
});

async function trail(): Promise<string> {
  return (await play.run(["trail", "export"])).out;
}

function pressed(button: string, fields: { readonly user?: string; readonly secret?: string; readonly timestamp?: number } = {}) {
  const notice = play.simulator.slack.messages.findLast(({ text }) => text.startsWith("Notice"));
  return play.simulator.slack.press({ secret: SECRET, user: USER, blocks: notice?.blocks ?? [], button, of: id, ...fields });
}

async function post({
  body,
  headers,
}: SignedPress): Promise<{ readonly status: number; readonly text: string; readonly took: number }> {
  const began = performance.now();
  const response = await fetch(`${daemon.url}/slack/actions`, { method: "POST", body, headers });
  return { status: response.status, text: await response.text(), took: performance.now() - began };
}

describe("serve at /slack/actions", () => {
  const seconds = () => Math.floor(Date.now() / 1_000);
  const refused: readonly { readonly title: string; readonly press: () => SignedPress }[] = [
    { title: "signed with another secret", press: () => pressed("Keep", { secret: "another" }) },
    { title: "six minutes old", press: () => pressed("Keep", { timestamp: seconds() - 360 }) },
    { title: "of six minutes from now", press: () => pressed("Keep", { timestamp: seconds() + 360 }) },
    {
      title: "whose body was changed",
      press: () => ({ ...pressed("Keep"), body: `${pressed("Keep").body}&more=1` }),
    },
    { title: "without a signature", press: () => ({ ...pressed("Keep"), headers: {} }) },
  ];
  it.each(refused)("answers a press $title with 401, says nothing and writes nothing", async ({ press }) => {
    expect(await post(press())).toMatchObject({ status: 401, text: "" });
    expect(play.simulator.slack.responses).toEqual([]);
    expect(await trail()).toBe(records);
  });

  it("answers somebody who may not press, alone, and writes nothing", async () => {
    expect((await post(pressed("Keep", { user: "U0FOREIGN1" }))).status).toBe(200);
    await expect.poll(() => play.simulator.slack.responses.length).toBe(1);
    expect(play.simulator.slack.responses[0]?.body).toMatchObject({ response_type: "ephemeral", replace_original: false });
    expect(await trail()).toBe(records);
  });

  it("answers Why? to the one who asked, and writes nothing", async () => {
    expect((await post(pressed("Why?"))).status).toBe(200);
    await expect.poll(() => play.simulator.slack.responses.length).toBe(1);
    expect(JSON.stringify(play.simulator.slack.responses[0]?.body)).toContain(id);
    expect(await trail()).toBe(records);
  });

  it("keeps within 3 s, with the person in the trail; the message is updated, and the same press counts once", async () => {
    const press = pressed("Keep");
    const { status, took } = await post(press);
    expect([status, took < 3_000]).toEqual([200, true]);
    await expect.poll(() => play.simulator.slack.responses.length).toBe(1);
    expect(play.simulator.slack.responses[0]?.body).toMatchObject({ replace_original: true });
    const written = (await trail()).slice(records.length);
    expect(written).toMatch(new RegExp(`"kind":"kept".*"eip":"${id}".*slack:${USER}`));
    expect(await post(press)).toMatchObject({ status: 401 });
    expect((await trail()).length).toBe(records.length + written.length);
    const { eips } = await play.json(["scan"]);
    expect(eips.find((eip) => eip.id === id)).toMatchObject({ verdict: "retained", reason: "kept" });
  });

  it("reads its configuration for each press: without buttons it is not there", async () => {
    const press = pressed("Keep 7 days");
    await play.edit((text) => text.replace(`, buttons: { users: [${USER}] }`, ""));
    expect((await post(press)).status).toBe(404);
    expect(await trail()).toBe(records);
  });
});
