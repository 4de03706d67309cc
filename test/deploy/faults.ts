import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CloudFault } from "../../sim/tencent/server.ts";
import { type DeployStage, openDeployStage, type Ran } from "./stage.ts";

/**
 * Every call of a deployment, of a change and of an undeployment goes wrong in turn, in each way in which a call can. What is said of it is
 * held to what really happened, and the same command goes on from there.
 */

let stage: DeployStage;

const WHOLE = 'deploy: { buttons: true, environment: { A: "1" } }';
const CHANGED =
  'deploy: { buttons: true, memory: 512, schedule: "*/5 * * * *", tags: { team: games } }\nmode: flag\npolicy: { grace: 2h }';

type Fault = Omit<CloudFault, "action" | "times">;

/** Ways in which a call goes wrong. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  "no right": { kind: "error", code: "UnauthorizedOperation" },
  "an answer that is lost": { kind: "lose" },
  "keys that ran out": { kind: "error", code: "AuthFailure.TokenFailure" },
  "a quota": { kind: "error", code: "LimitExceeded.Some" },
  "an error of the cloud's own": { kind: "error", code: "InternalError" },
  "too many calls in a second": { kind: "error", code: "RequestLimitExceeded" },
  "another change at the same time": { kind: "error", code: "FailedOperation.FunctionStatusError" },
};

interface Scene {
  readonly argv: readonly string[];
  readonly prepare: () => Promise<unknown>;
  /** Whether what should be is there. */
  readonly ended: () => boolean;
}

const SCENES: Readonly<Record<string, Scene>> = {
  "a first deployment": {
    argv: ["deploy", "--yes"],
    prepare: () => stage.configure(WHOLE),
    ended: () => deployed({ memory: 256 }),
  },
  "a change of everything": {
    argv: ["deploy", "--yes"],
    async prepare() {
      await stage.configure(WHOLE);
      await stage.run(["deploy", "--yes"]);
      await stage.configure(CHANGED);
      stage.fn().retries = 2;
    },
    ended: () => deployed({ memory: 512 }),
  },
  "an undeployment": {
    argv: ["undeploy", "--yes"],
    async prepare() {
      await stage.configure(WHOLE);
      await stage.run(["deploy", "--yes"]);
    },
    ended: () => stage.region.functions.size === 0 && stage.account.camRoles.size === 2,
  },
};

function deployed({ memory }: { readonly memory: number }): boolean {
  const [guard, buttons] = [stage.fn(), stage.fn("eip-guard-buttons")];
  const idle = [guard, buttons].every((fn) => fn.status === "Active" && fn.retries === 0 && fn.memory === memory);
  const roles = [...stage.account.camRoles.values()].every(({ attached }) => attached.length === 1);
  return idle && roles && guard.triggers.some(({ open, type }) => open && type === "timer") && buttons.triggers.length === 1;
}

/** What a person is told of a call that went wrong. */
function expectTold({ code, err }: Ran, action: string, wrote: number): void {
  expect(err, action).toMatch(/^error: .*(nothing was changed|done: .*; not done: )/m);
  expect(err).toMatch(/^Fix: ./m);
  if (wrote > 0) expect(err, `${action} after ${wrote} changes`).not.toContain("nothing was changed");
  if (wrote === 0) expect(err, `${action} before any change`).not.toMatch(/done: (?!nothing)\w.*; not done/);
  // 2 says that nothing was done.
  expect(code === 1 || (code === 2 && wrote === 0), `${action}: exit ${code} after ${wrote} changes`).toBe(true);
}

/** Tests of these faults, each at every call of every scene. */
export function describeFaults(names: readonly string[]): void {
  beforeEach(async () => {
    stage = await openDeployStage();
  });
  afterEach(() => stage.close());

  describe.each(Object.entries(SCENES))("%s", (_, scene) => {
    it.each(Object.entries(FAULTS).filter(([name]) => names.includes(name)))(
      "says what is done and what is not after %s, at whatever call, and goes on from there",
      (name, fault) => playFault(scene, name, fault),
      60_000,
    );
  });
}

async function playFault({ argv, prepare, ended }: Scene, name: string, fault: Fault): Promise<void> {
  await prepare();
  const clean = await stage.snapshot();
  await stage.run(argv);
  const actions = [...new Set(stage.simulator.cloud.calls.slice(clean.calls).map(({ action }) => action))];
  expect(ended(), "without a fault").toBe(true);
  for (const action of actions) {
    await clean.restore();
    const before = stage.simulator.world.writes.length;
    stage.simulator.cloud.faults.push({ ...fault, action });
    const ran = await stage.run(argv);
    stage.simulator.cloud.faults.length = 0;
    expectTold(ran, action, stage.simulator.world.writes.length - before);
    expect((await stage.run(argv)).err, `${name} at ${action}, again`).not.toContain("error:");
    expect(ended(), `${name} at ${action}, again`).toBe(true);
  }
}
