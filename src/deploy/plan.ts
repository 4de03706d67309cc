import type { FunctionFacts, FunctionReader, TriggerFacts } from "../deployment.ts";
import { GuardError } from "../errors.ts";
import { rolePlan } from "./role-plan.ts";
import { must, type Plan, type Step } from "./step.ts";
import { codeHashIn, OWN_TAG, RETRIES, TIMER, URL_TRIGGER, type Wanted } from "./wanted.ts";

export interface PlanOptions {
  /** Takes over a function without our tag. */
  readonly adopt: boolean;
  readonly only: "retries" | null;
}

/** What would be made or changed: reading calls only. @throws GuardError */
export async function planDeployment(
  reader: FunctionReader,
  all: readonly Wanted[],
  uin: string,
  { adopt, only }: PlanOptions,
): Promise<Plan> {
  const plans: Plan[] = [];
  for (const one of all) {
    const fn = must(await reader.fn(one.name), `the function ${one.name}`);
    if (only === "retries") {
      if (fn === null) throw noFunction(one.name);
      plans.push({ steps: await retrySteps(reader, one), notes: [], seen: new Map([[one.name, fn.description]]) });
      continue;
    }
    if (fn !== null && fn.tags[OWN_TAG] === undefined && !adopt) throw notOurs(one.name);
    const role = await rolePlan(reader, one);
    const own = fn === null ? { steps: newFunction(one), notes: [] } : await changes(reader, one, fn, uin);
    const seen = new Map(fn === null ? [] : [[one.name, fn.description]]);
    plans.push({ steps: [...role.steps, ...own.steps], notes: [...role.notes, ...own.notes], seen });
  }
  return {
    steps: plans.flatMap(({ steps }) => steps),
    notes: plans.flatMap(({ notes }) => notes),
    seen: new Map(plans.flatMap(({ seen }) => [...seen])),
  };
}

function noFunction(name: string): GuardError {
  return new GuardError(
    "NoFunction",
    "user",
    `there is no function ${name} whose retries could be set`,
    "run `eip-guard deploy` first",
  );
}

export function notOurs(name: string): GuardError {
  return new GuardError(
    "NotOurFunction",
    "user",
    `a function ${name} exists, and eip-guard deploy did not make it (no tag ${OWN_TAG})`,
    "choose another name as deploy.name, or take it over with --adopt",
  );
}

function newFunction(wanted: Wanted): readonly Step[] {
  const { name, settings, sha256 } = wanted;
  const detail = `${settings.runtime}, ${settings.memory} MB, ${settings.timeout} s, code sha256 ${sha256}`;
  const create: Step = {
    what: "create-function",
    name,
    detail,
    line: `create function ${name}: ${detail}`,
    changes: name,
    describes: settings.description,
    carryOut: (writer) => writer.createFunction(name, settings, wanted.code, wanted.tags),
  };
  return [create, setRetries(name, "2 → 0"), ...triggerSteps(wanted, [])];
}

async function changes(
  reader: FunctionReader,
  wanted: Wanted,
  fn: FunctionFacts,
  uin: string,
): Promise<Pick<Plan, "steps" | "notes">> {
  const { name, settings } = wanted;
  if (fn.runtime !== settings.runtime)
    throw new GuardError(
      "RuntimeFixed",
      "user",
      `the function ${name} has the runtime ${fn.runtime}, and a runtime can't be changed`,
      `set deploy.runtime to ${fn.runtime}, or run eip-guard undeploy first`,
    );
  if (fn.type !== "" && fn.type !== "Event")
    throw new GuardError(
      "TypeFixed",
      "user",
      `the function ${name} is of type ${fn.type}, which no timer runs, and a type can't be changed`,
      "choose another name as deploy.name",
    );
  if (fn.status === "CreateFailed")
    throw new GuardError(
      "FunctionFailed",
      "cloud",
      `the function ${name} is CreateFailed: ${fn.reason}`,
      "run eip-guard undeploy, then deploy",
    );
  const triggers = must(await reader.triggers(name), `the triggers of ${name}`);
  const steps = [
    ...codeSteps(wanted, fn),
    ...configurationSteps(wanted, fn, uin),
    ...(await retrySteps(reader, wanted)),
    ...triggerSteps(wanted, triggers),
  ];
  return { steps, notes: otherTimers(wanted, triggers) };
}

function codeSteps({ name, code, sha256, settings }: Wanted, fn: FunctionFacts): readonly Step[] {
  const before = codeHashIn(fn.description);
  if (before === sha256 && fn.handler === settings.handler && fn.status !== "UpdateFailed") return [];
  const handler = fn.handler === settings.handler ? "" : `, handler ${fn.handler} → ${settings.handler}`;
  const detail = `sha256 ${before ?? "unknown"} → ${sha256}${handler}`;
  return [
    {
      what: "update-code",
      name,
      detail,
      line: `update code: ${detail} (${name})`,
      changes: name,
      describes: settings.description,
      async carryOut(writer, idle) {
        const updated = await writer.updateCode(name, code, settings.handler);
        if (!updated.ok) return updated;
        await idle();
        const noted = await writer.updateConfiguration(name, { description: settings.description });
        return noted.ok ? noted : { ...noted, partly: `the new code of ${name} is there, and its hash is not noted` };
      },
    },
  ];
}

function configurationSteps({ name, settings, tags }: Wanted, fn: FunctionFacts, uin: string): readonly Step[] {
  const { memory, timeout, role, vpc, environment } = settings;
  const place = (one: FunctionFacts["vpc"]) => (one === null ? "none" : `${one.vpcId}/${one.subnetId}`);
  const differences = [
    ...differs("memory", fn.memory, memory),
    ...differs("timeout", fn.timeout, timeout),
    ...differs("role", fn.role === "" ? "none" : fn.role, role),
    ...differs("vpc", place(fn.vpc), place(vpc)),
    ...variables(fn.environment, environment),
  ];
  const missing = Object.entries(tags).filter(([key, value]) => fn.tags[key] !== value);
  if (differences.length + missing.length === 0) return [];
  const detail = [...differences, ...missing.map(([key, value]) => `tag ${key}=${value}`)].join(", ");
  const step: Step = {
    what: "update-configuration",
    name,
    detail,
    line: `update configuration of ${name}: ${detail}`,
    changes: name,
    async carryOut(writer) {
      if (missing.length > 0) {
        const tagged = await writer.tag(fn.id, uin, Object.fromEntries(missing));
        if (!tagged.ok || differences.length === 0) return tagged;
      }
      const configured = await writer.updateConfiguration(name, { memory, timeout, role, vpc, environment });
      if (configured.ok || missing.length === 0) return configured;
      return { ...configured, partly: `the tags of ${name} are set` };
    },
  };
  return [step];
}

function differs(what: string, before: string | number, after: string | number): readonly string[] {
  return before === after ? [] : [`${what} ${before} → ${after}`];
}

/** Names alone: a value may be a secret that somebody put there. */
function variables(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): readonly string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name) => {
    if (before[name] === after[name]) return [];
    if (after[name] === undefined) return [`variable ${name} taken away`];
    return [before[name] === undefined ? `variable ${name} added` : `variable ${name} changed`];
  });
}

async function retrySteps(reader: FunctionReader, { name }: Wanted): Promise<readonly Step[]> {
  const { retries, timeToLive } = must(await reader.retries(name), `the retries of ${name}`);
  if (retries === RETRIES.retries && timeToLive === RETRIES.timeToLive) return [];
  return [setRetries(name, `${retries} → ${RETRIES.retries}`, timeToLive)];
}

function setRetries(name: string, how: string, kept: number = RETRIES.timeToLive): Step {
  const before = kept === RETRIES.timeToLive ? "" : `${kept} → `;
  const detail = `${how}, events kept for ${before}${RETRIES.timeToLive} s`;
  return {
    what: "set-retries",
    name,
    detail,
    line: `retries: ${detail} (${name})`,
    changes: name,
    carryOut: (writer) => writer.setRetries(name, RETRIES),
  };
}

function triggerSteps({ name, cron, url }: Wanted, triggers: readonly TriggerFacts[]): readonly Step[] {
  return [...(cron === null ? [] : timerSteps(name, cron, triggers)), ...(url ? urlSteps(name, triggers) : [])];
}

function timerSteps(name: string, cron: string, triggers: readonly TriggerFacts[]): readonly Step[] {
  const timer = triggers.find((one) => one.type === "timer" && one.name === TIMER);
  if (timer === undefined) {
    const detail = `${cron}, open`;
    const carryOut: Step["carryOut"] = (writer) => writer.createTimer(name, TIMER, cron);
    return [{ what: "create-trigger", name: TIMER, detail, line: `create timer ${TIMER}: ${detail}`, changes: name, carryOut }];
  }
  if (timer.cron === cron && timer.open) return [];
  const detail = timer.cron === cron ? `${cron}, closed → open` : `${timer.cron} → ${cron}, open`;
  const line = `${timer.open ? "change" : "enable"} timer ${TIMER}: ${detail}`;
  const carryOut: Step["carryOut"] = (writer) => writer.updateTimer(name, timer, cron);
  return [{ what: "update-trigger", name: TIMER, detail, line, changes: name, carryOut }];
}

const PUBLIC = "public, without authentication: each request is checked by Slack's signature";

function urlSteps(name: string, triggers: readonly TriggerFacts[]): readonly Step[] {
  const found = triggers.find(({ type }) => type === "http");
  if (found === undefined) {
    const line = `create function URL of ${name}: ${PUBLIC}`;
    const carryOut: Step["carryOut"] = (writer) => writer.createUrl(name, URL_TRIGGER);
    return [{ what: "create-url", name: URL_TRIGGER, detail: PUBLIC, line, changes: name, carryOut }];
  }
  if (found.open && found.url !== "" && found.authentication === "NONE") return [];
  const line = `enable function URL of ${name}: ${PUBLIC}`;
  const carryOut: Step["carryOut"] = (writer) => writer.updateUrl(name, found);
  return [{ what: "update-trigger", name: found.name, detail: PUBLIC, line, changes: name, carryOut }];
}

/** Timers beside ours run the guard, too: another tool's, of a function that was taken over. */
function otherTimers({ name }: Wanted, triggers: readonly TriggerFacts[]): readonly string[] {
  return triggers
    .filter((one) => one.type === "timer" && one.name !== TIMER && one.open)
    .map((one) => `the function ${name} has another timer, ${one.name} (${one.cron}), which runs it, too; that is left as it is`);
}

/** What would be taken away. @throws GuardError */
export async function planUndeployment(reader: FunctionReader, names: readonly string[]): Promise<Plan> {
  const steps: Step[] = [];
  const seen = new Map<string, string>();
  for (const name of names) {
    const fn = must(await reader.fn(name), `the function ${name}`);
    if (fn === null) continue;
    if (fn.tags[OWN_TAG] === undefined) throw notOurs(name);
    seen.set(name, fn.description);
    for (const trigger of must(await reader.triggers(name), `the triggers of ${name}`))
      steps.push({
        what: "delete-trigger",
        name: trigger.name,
        detail: trigger.type,
        line: `delete trigger ${trigger.name} of ${name}`,
        changes: name,
        carryOut: (writer) => writer.deleteTrigger(name, trigger),
      });
    steps.push({
      what: "delete-function",
      name,
      detail: "",
      line: `delete function ${name}`,
      changes: name,
      carryOut: (writer) => writer.deleteFunction(name),
    });
  }
  return { steps, notes: [], seen };
}
