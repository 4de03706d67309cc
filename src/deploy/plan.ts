import type {
  Asked,
  FunctionFacts,
  FunctionReader,
  FunctionWriter,
  PolicyFacts,
  RoleFacts,
  TriggerFacts,
} from "../deployment.ts";
import { GuardError } from "../errors.ts";
import { compare, TRUST, trustedServices } from "./policy.ts";
import { refused } from "./refusal.ts";
import { codeHashIn, OWN_TAG, RETRIES, TIMER, URL_TRIGGER, type Wanted } from "./wanted.ts";

export type StepKind =
  | "create-role"
  | "attach-policy"
  | "create-function"
  | "update-code"
  | "update-configuration"
  | "set-retries"
  | "create-trigger"
  | "update-trigger"
  | "create-url"
  | "delete-trigger"
  | "delete-function"
  | "invoke"
  | "none";

/** One thing that differs, and how it is put right. */
export interface Step {
  readonly what: StepKind;
  readonly name: string;
  readonly detail: string;
  /** As a line for people. */
  readonly line: string;
  /** The function that it changes: it must be idle before, and afterwards. Null: none. */
  readonly changes: string | null;
  /** What its description is afterwards; left out: as it was. */
  readonly describes?: string;
  /** `idle` waits until nothing is being done to the function, for what takes two calls. */
  readonly carryOut: (writer: FunctionWriter, idle: () => Promise<unknown>) => Promise<Asked<unknown>>;
}

export interface Plan {
  readonly steps: readonly Step[];
  /** What differs and is left as it is. */
  readonly notes: readonly string[];
  /** The functions' descriptions, as they were read: whoever changes one meanwhile is another deployment. */
  readonly seen: ReadonlyMap<string, string>;
}

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
    const fn = must(await reader.fn(one.name), one.name);
    if (only === "retries") {
      if (fn === null) throw noFunction(one.name);
      plans.push({ steps: await retrySteps(reader, one), notes: [], seen: new Map([[one.name, fn.description]]) });
      continue;
    }
    if (fn !== null && fn.tags[OWN_TAG] === undefined && !adopt) throw notOurs(one.name);
    const role = await rolePlan(reader, one);
    const steps = fn === null ? newFunction(one) : await changes(reader, one, fn, uin);
    const seen = new Map(fn === null ? [] : [[one.name, fn.description]]);
    plans.push({ steps: [...role.steps, ...steps], notes: role.notes, seen });
  }
  return {
    steps: plans.flatMap(({ steps }) => steps),
    notes: plans.flatMap(({ notes }) => notes),
    seen: new Map(plans.flatMap(({ seen }) => [...seen])),
  };
}

function must<T>(asked: Asked<T>, what: string): T {
  if (asked.ok) return asked.value;
  throw refused(asked, `can't read ${what}`, "nothing was changed");
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
    `a function ${name} exists, and eip-guard deploy did not make it (no tag ${OWN_TAG}); nothing was changed`,
    "choose another name as deploy.name, or take it over with --adopt",
  );
}

async function rolePlan(reader: FunctionReader, { role: wanted }: Wanted): Promise<Pick<Plan, "steps" | "notes">> {
  const role = must(await reader.role(wanted.name), `the role ${wanted.name}`);
  const loose = async () => must(await reader.policy(wanted.policy), `the policy ${wanted.policy}`);
  if (role === null) return { steps: [createRole(wanted), attachPolicy(wanted, await loose(), "all that it needs")], notes: [] };
  const services = trustedServices(role.trust);
  if (services === null || !services.includes("scf.qcloud.com")) throw otherTrust(wanted.name, services);
  const difference = compare(
    role.policies.map(({ document }) => document),
    wanted.document,
  );
  if (difference === null)
    throw new GuardError(
      "PolicyUnreadable",
      "cloud",
      `a policy of the role ${wanted.name} can't be read`,
      "look at it in the console",
    );
  const notes = excess(role, wanted);
  const own = role.policies.find(({ name }) => name === wanted.policy);
  if (own !== undefined) {
    const change = compare([own.document], wanted.document);
    if (change !== null && change.lacks.length + change.exceeds.length === 0) return { steps: [], notes };
    return { steps: [updatePolicy(wanted, own, change?.lacks ?? [], change?.exceeds ?? [])], notes };
  }
  if (difference.lacks.length === 0) return { steps: [], notes };
  return { steps: [attachPolicy(wanted, await loose(), `the role lacks ${difference.lacks.join(", ")}`)], notes };
}

function otherTrust(name: string, services: readonly string[] | null): GuardError {
  const whom = services === null || services.length === 0 ? "no service" : services.join(", ");
  return new GuardError(
    "RoleTrustsOthers",
    "user",
    `the role ${name} may be assumed by ${whom}, not by scf.qcloud.com; nothing was changed`,
    "choose another name as deploy.role, or let scf.qcloud.com assume it",
  );
}

/** What other policies of the role allow beyond what is needed. It is told, and left as it is. */
function excess({ policies }: RoleFacts, { name, policy, document }: Wanted["role"]): readonly string[] {
  return policies
    .filter((one) => one.name !== policy)
    .flatMap((one) => {
      const exceeds = compare([one.document], document)?.exceeds ?? [];
      if (exceeds.length === 0) return [];
      return [`the role ${name} may do more than it needs: ${exceeds.join(", ")} (policy ${one.name}); that is left as it is`];
    });
}

function createRole({ name }: Wanted["role"]): Step {
  const detail = "for scf.qcloud.com to assume";
  return {
    what: "create-role",
    name,
    detail,
    line: `create role ${name}: ${detail}`,
    changes: null,
    carryOut: (writer) => writer.createRole(name, TRUST),
  };
}

function rightsIn(document: string): string {
  const { lacks } = compare([], document) ?? { lacks: [] };
  return lacks.join(", ");
}

function attachPolicy({ name, policy, document }: Wanted["role"], loose: PolicyFacts | null, why: string): Step {
  const detail = `${why}: ${rightsIn(document)}`;
  return {
    what: "attach-policy",
    name: policy,
    detail,
    line: `attach policy ${policy} to role ${name}: ${detail}`,
    changes: null,
    async carryOut(writer) {
      const made = loose === null ? await writer.createPolicy(policy, document) : await writer.updatePolicy(loose.id, document);
      if (!made.ok) return made;
      return writer.attachPolicy(name, loose?.id ?? made.value ?? 0);
    },
  };
}

function updatePolicy(
  { name, policy, document }: Wanted["role"],
  own: PolicyFacts,
  lacks: readonly string[],
  exceeds: readonly string[],
): Step {
  const parts = [
    ...(lacks.length === 0 ? [] : [`wider by ${lacks.join(", ")}`]),
    ...(exceeds.length === 0 ? [] : [`narrower by ${exceeds.join(", ")}`]),
  ];
  const detail = parts.join("; ");
  return {
    what: "attach-policy",
    name: policy,
    detail,
    line: `change policy ${policy} of role ${name}: ${detail}`,
    changes: null,
    carryOut: (writer) => writer.updatePolicy(own.id, document),
  };
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

async function changes(reader: FunctionReader, wanted: Wanted, fn: FunctionFacts, uin: string): Promise<readonly Step[]> {
  const { name, settings } = wanted;
  if (fn.runtime !== settings.runtime)
    throw new GuardError(
      "RuntimeFixed",
      "user",
      `the function ${name} has the runtime ${fn.runtime}, which can't become ${settings.runtime}; nothing was changed`,
      `set deploy.runtime to ${fn.runtime}, or run eip-guard undeploy first`,
    );
  if (fn.status === "CreateFailed")
    throw new GuardError(
      "FunctionFailed",
      "cloud",
      `the function ${name} is CreateFailed: ${fn.reason}`,
      "run eip-guard undeploy, then deploy",
    );
  const triggers = must(await reader.triggers(name), `the triggers of ${name}`);
  return [
    ...codeSteps(wanted, fn),
    ...configurationSteps(wanted, fn, uin),
    ...(await retrySteps(reader, wanted)),
    ...triggerSteps(wanted, triggers),
  ];
}

function codeSteps({ name, code, sha256, settings }: Wanted, fn: FunctionFacts): readonly Step[] {
  const before = codeHashIn(fn.description);
  if (before === sha256 && fn.status !== "UpdateFailed") return [];
  const detail = `sha256 ${before ?? "unknown"} → ${sha256}`;
  return [
    {
      what: "update-code",
      name,
      detail,
      line: `update code: ${detail} (${name})`,
      changes: name,
      describes: settings.description,
      async carryOut(writer, idle) {
        const updated = await writer.updateCode(name, code);
        if (!updated.ok) return updated;
        await idle();
        return writer.updateConfiguration(name, { description: settings.description });
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
      return writer.updateConfiguration(name, { memory, timeout, role, vpc, environment });
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
  return [setRetries(name, `${retries} → ${RETRIES.retries}`)];
}

function setRetries(name: string, how: string): Step {
  const detail = `${how}, events kept for ${RETRIES.timeToLive} s`;
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
  const steps: Step[] = [];
  const timer = triggers.find((one) => one.type === "timer" && one.name === TIMER);
  if (cron !== null && timer === undefined)
    steps.push({
      what: "create-trigger",
      name: TIMER,
      detail: `${cron}, open`,
      line: `create timer ${TIMER}: ${cron}, open`,
      changes: name,
      carryOut: (writer) => writer.createTimer(name, TIMER, cron),
    });
  if (cron !== null && timer !== undefined && (timer.cron !== cron || !timer.open)) {
    const detail = timer.cron === cron ? `${cron}, closed → open` : `${timer.cron} → ${cron}, open`;
    steps.push({
      what: "update-trigger",
      name: TIMER,
      detail,
      line: `${timer.open ? "change" : "enable"} timer ${TIMER}: ${detail}`,
      changes: name,
      carryOut: (writer) => writer.updateTimer(name, timer, cron),
    });
  }
  if (url && !triggers.some(({ type }) => type === "http"))
    steps.push({
      what: "create-url",
      name: URL_TRIGGER,
      detail: "public, without authentication: each request is checked by Slack's signature",
      line: `create function URL of ${name}: public, each request checked by Slack's signature`,
      changes: name,
      carryOut: (writer) => writer.createUrl(name, URL_TRIGGER),
    });
  return steps;
}

/** What would be taken away. @throws GuardError */
export async function planUndeployment(reader: FunctionReader, names: readonly string[]): Promise<Plan> {
  const steps: Step[] = [];
  const seen = new Map<string, string>();
  for (const name of names) {
    const fn = must(await reader.fn(name), name);
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
