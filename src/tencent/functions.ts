import * as z from "zod";
import type { Place } from "../core/terms/place.ts";
import type {
  Asked,
  FunctionFacts,
  FunctionReader,
  FunctionSettings,
  FunctionWriter,
  PolicyFacts,
  Refusal,
  TriggerFacts,
} from "../deployment.ts";
import type { Action } from "./actions.ts";
import type { Sessions } from "./session.ts";
import { type CallFailure, describeFailure, isForbidden } from "./transport.ts";

/** SCF functions with their triggers, and the roles that they run under (SCF 2018-04-16, CAM 2019-01-16), by our own keys. */

/** Where the functions are. */
export interface FunctionPlace extends Place {
  /** The account's name in these sessions. */
  readonly namespace: string;
}

type Parameters = Readonly<Record<string, unknown>>;
type Ask = <T>(action: Action, parameters: Parameters, schema: z.ZodType<T>) => Promise<Asked<T>>;

const NOTHING = z.object({});
const PAGE = 100;
/** What is read of a page list: more triggers or policies than this no function has. */
const MOST_PAGES = 20;

function refusalOf(failure: CallFailure, action: Action): Refusal {
  return { ok: false, why: describeFailure(failure, action), kind: kindOf(failure) };
}

function kindOf(failure: CallFailure): Refusal["kind"] {
  const { code, ambiguous } = failure;
  if (/QcsRole/i.test(code)) return "no-service-role";
  if (isForbidden(failure)) return "forbidden";
  if (/NotExist|NotFound/.test(code)) return /Namespace/.test(code) ? "no-namespace" : "missing";
  if (code.startsWith("UnsupportedRegion")) return "no-region";
  if (code.startsWith("RequestLimitExceeded")) return "throttled";
  if (/^LimitExceeded|Quota|Full$|OverLimit$|^ResourceInsufficient/.test(code)) return "quota";
  if (/NameInUse|^ResourceInUse|Exist/.test(code)) return "exists";
  if (/^FailedOperation\.\w*(Status|Updat|Creating)|^OperationDenied\.\w*Running/.test(code)) return "busy";
  // The cloud failed within: nobody knows how far it came.
  return ambiguous || /^Internal(Server)?Error|^ServiceUnavailable/.test(code) ? "unanswered" : "other";
}

function ok<T>(asked: Asked<unknown>, value: T): Asked<T> {
  return asked.ok ? { ok: true, value } : asked;
}

/** Null where the cloud says that there is none. */
function orNone<T>(asked: Asked<T>): Asked<T | null> {
  return asked.ok || asked.kind !== "missing" ? asked : { ok: true, value: null };
}

/** All pages of a listing. */
async function pages<T>(page: (at: number) => Promise<Asked<readonly T[]>>): Promise<Asked<readonly T[]>> {
  const all: T[] = [];
  for (let at = 0; at < MOST_PAGES; at += 1) {
    const next = await page(at);
    if (!next.ok) return next;
    all.push(...next.value);
    if (next.value.length < PAGE) return { ok: true, value: all };
  }
  return { ok: false, why: `a listing has more than ${PAGE * MOST_PAGES} entries`, kind: "other" };
}

const variables = z.object({ Variables: z.array(z.object({ Key: z.string(), Value: z.string() })).nullish() }).nullish();
const pairs = z.array(z.object({ Key: z.string(), Value: z.string() })).nullish();
const functionAnswer = z.object({
  FunctionId: z.string(),
  Type: z.string().nullish(),
  Status: z.string(),
  StatusDesc: z.string().nullish(),
  StatusReasons: z.array(z.object({ ErrorMessage: z.string().nullish() })).nullish(),
  Description: z.string().nullish(),
  Runtime: z.string().nullish(),
  Handler: z.string().nullish(),
  MemorySize: z.number(),
  Timeout: z.number(),
  Role: z.string().nullish(),
  VpcConfig: z.object({ VpcId: z.string().nullish(), SubnetId: z.string().nullish() }).nullish(),
  Environment: variables,
  Tags: pairs,
});
const triggersAnswer = z.object({
  Triggers: z
    .array(
      z.object({
        TriggerName: z.string(),
        Type: z.string(),
        Enable: z.number(),
        Qualifier: z.string().nullish(),
        TriggerDesc: z.string().nullish(),
      }),
    )
    .nullish(),
});

function entries(list: z.output<typeof pairs>): Readonly<Record<string, string>> {
  return Object.fromEntries((list ?? []).map(({ Key, Value }) => [Key, Value]));
}

/** What a trigger's description holds: JSON, or a timer's cron as it was written. */
function described(desc: string): Pick<TriggerFacts, "cron" | "url" | "authentication"> {
  const shape = z.object({
    cron: z.string().optional(),
    AuthType: z.string().optional(),
    NetConfig: z.object({ ExtranetUrl: z.string().optional() }).optional(),
  });
  try {
    const { data } = shape.safeParse(JSON.parse(desc));
    return { cron: data?.cron ?? "", url: data?.NetConfig?.ExtranetUrl ?? "", authentication: data?.AuthType ?? "" };
  } catch {
    return { cron: desc, url: "", authentication: "" };
  }
}

export function createFunctionReader(sessions: Sessions, place: FunctionPlace): FunctionReader {
  const { account, region, namespace: Namespace } = place;
  const ask: Ask = async (action, parameters, schema) => {
    const answer = await sessions.tryCall(account, { action, region, parameters }, schema);
    return answer.ok ? answer : refusalOf(answer.failure, action);
  };
  const document = async (id: number, name: string): Promise<Asked<PolicyFacts>> => {
    const policy = await ask("GetPolicy", { PolicyId: id }, z.object({ PolicyDocument: z.string() }));
    return policy.ok ? { ok: true, value: { id, name, document: policy.value.PolicyDocument } } : policy;
  };
  return {
    async uin() {
      const answer = await ask("GetCallerIdentity", {}, z.object({ AccountId: z.string() }));
      return answer.ok ? { ok: true, value: answer.value.AccountId } : answer;
    },
    async role(name) {
      const role = orNone(
        await ask("GetRole", { RoleName: name }, z.object({ RoleInfo: z.object({ PolicyDocument: z.string() }) })),
      );
      if (!role.ok || role.value === null) return ok(role, null);
      const trust = role.value.RoleInfo.PolicyDocument;
      const schema = z.object({ List: z.array(z.object({ PolicyId: z.number(), PolicyName: z.string() })).nullish() });
      const attached = await pages(async (at) => {
        const answer = await ask("ListAttachedRolePolicies", { RoleName: name, Page: at + 1, Rp: PAGE }, schema);
        return answer.ok ? { ok: true, value: answer.value.List ?? [] } : answer;
      });
      if (!attached.ok) return attached;
      const policies: PolicyFacts[] = [];
      for (const { PolicyId, PolicyName } of attached.value) {
        const policy = await document(PolicyId, PolicyName);
        if (!policy.ok) return policy;
        policies.push(policy.value);
      }
      return { ok: true, value: { name, trust, policies } };
    },
    async policy(name) {
      const schema = z.object({ List: z.array(z.object({ PolicyId: z.number(), PolicyName: z.string() })).nullish() });
      const found = await pages(async (at) => {
        const answer = await ask("ListPolicies", { Rp: PAGE, Page: at + 1, Scope: "Local", Keyword: name }, schema);
        return answer.ok ? { ok: true, value: answer.value.List ?? [] } : answer;
      });
      if (!found.ok) return found;
      const own = found.value.find(({ PolicyName }) => PolicyName === name);
      return own === undefined ? { ok: true, value: null } : document(own.PolicyId, name);
    },
    async fn(name) {
      const answer = await ask("GetFunction", { FunctionName: name, Namespace, ShowCode: "FALSE" }, functionAnswer);
      const found = orNone(answer);
      return found.ok && found.value !== null ? { ok: true, value: factsOf(found.value) } : ok(found, null);
    },
    triggers: (name) =>
      pages(async (at) => {
        const page = { FunctionName: name, Namespace, Offset: at * PAGE, Limit: PAGE };
        const answer = await ask("ListTriggers", page, triggersAnswer);
        if (!answer.ok) return answer;
        const value = (answer.value.Triggers ?? []).map(({ TriggerName, Type, Enable, Qualifier, TriggerDesc }) => ({
          name: TriggerName,
          type: Type,
          qualifier: Qualifier ?? "$LATEST",
          open: Enable === 1,
          ...described(TriggerDesc ?? ""),
        }));
        return { ok: true, value };
      }),
    async retries(name) {
      const schema = z.object({
        AsyncTriggerConfig: z.object({ MsgTTL: z.number(), RetryConfig: z.array(z.object({ RetryNum: z.number() })).min(1) }),
      });
      const answer = await ask("GetFunctionEventInvokeConfig", { FunctionName: name, Namespace, Qualifier: "$LATEST" }, schema);
      if (!answer.ok) return answer;
      const { MsgTTL, RetryConfig } = answer.value.AsyncTriggerConfig;
      // The first is of the function's own errors; the system's cannot be set here.
      return { ok: true, value: { retries: RetryConfig[0]?.RetryNum ?? -1, timeToLive: MsgTTL } };
    },
  };
}

function factsOf(answer: z.output<typeof functionAnswer>): FunctionFacts {
  const { VpcConfig } = answer;
  const vpcId = VpcConfig?.VpcId ?? "";
  const why = (answer.StatusReasons ?? []).map(({ ErrorMessage }) => ErrorMessage ?? "").filter((text) => text !== "");
  return {
    id: answer.FunctionId,
    type: answer.Type ?? "",
    status: answer.Status,
    reason: why.length === 0 ? (answer.StatusDesc ?? "") : why.join("; "),
    description: answer.Description ?? "",
    runtime: answer.Runtime ?? "",
    handler: answer.Handler ?? "",
    memory: answer.MemorySize,
    timeout: answer.Timeout,
    role: answer.Role ?? "",
    vpc: vpcId === "" ? null : { vpcId, subnetId: VpcConfig?.SubnetId ?? "" },
    environment: entries(answer.Environment?.Variables),
    tags: entries(answer.Tags),
  };
}

function settingsOut(settings: Partial<FunctionSettings>): Parameters {
  const { memory, timeout, role, vpc, environment, description } = settings;
  return {
    ...(description === undefined ? {} : { Description: description }),
    ...(memory === undefined ? {} : { MemorySize: memory }),
    ...(timeout === undefined ? {} : { Timeout: timeout }),
    ...(role === undefined ? {} : { Role: role }),
    ...(vpc === undefined ? {} : { VpcConfig: { VpcId: vpc?.vpcId ?? "", SubnetId: vpc?.subnetId ?? "" } }),
    ...(environment === undefined
      ? {}
      : { Environment: { Variables: Object.entries(environment).map(([Key, Value]) => ({ Key, Value })) } }),
  };
}

/** Code goes as base64: 50 MB take a while. */
const UPLOAD_SECONDS = 120;
const QUALIFIER = "$DEFAULT";
/** A function URL that everybody may call. */
const PUBLIC_URL = JSON.stringify({ AuthType: "NONE", NetConfig: { EnableIntranet: false, EnableExtranet: true } });

export function createFunctionWriter(sessions: Sessions, place: FunctionPlace): FunctionWriter {
  const { account, region, namespace: Namespace } = place;
  /** Sent once: what may have arrived is looked at before it is sent again. */
  async function write<T>(
    action: Action,
    parameters: Parameters,
    schema: z.ZodType<T>,
    timeoutSeconds?: number,
  ): Promise<Asked<T>> {
    const call = { action, region, parameters, permitted: async () => null };
    const answer = await sessions.tryCall(account, timeoutSeconds === undefined ? call : { ...call, timeoutSeconds }, schema);
    return answer.ok ? answer : refusalOf(answer.failure, action);
  }
  const done = async (action: Action, parameters: Parameters, timeoutSeconds?: number): Promise<Asked<null>> =>
    ok(await write(action, parameters, NOTHING, timeoutSeconds), null);
  const onTrigger = (fn: string, { name, type, qualifier }: TriggerFacts) => ({
    FunctionName: fn,
    TriggerName: name,
    Type: type,
    Qualifier: qualifier,
    Namespace,
  });
  return {
    createRole: (name, trust) =>
      done("CreateRole", {
        RoleName: name,
        PolicyDocument: trust,
        Description: "made by eip-guard deploy",
        SessionDuration: 7_200,
      }),
    async createPolicy(name, document) {
      const parameters = { PolicyName: name, PolicyDocument: document, Description: "made by eip-guard deploy" };
      const answer = await write("CreatePolicy", parameters, z.object({ PolicyId: z.number() }));
      return answer.ok ? { ok: true, value: answer.value.PolicyId } : answer;
    },
    updatePolicy: (id, document) => done("UpdatePolicy", { PolicyId: id, PolicyDocument: document }),
    attachPolicy: (role, policy) => done("AttachRolePolicy", { PolicyId: policy, AttachRoleName: role }),
    createFunction(name, settings, code, tags) {
      const { vpc, ...others } = settings;
      const parameters = {
        FunctionName: name,
        Namespace,
        Type: "Event",
        Handler: settings.handler,
        Runtime: settings.runtime,
        Code: { ZipFile: Buffer.from(code).toString("base64") },
        ...settingsOut(vpc === null ? others : settings),
        PublicNetConfig: { PublicNetStatus: "ENABLE", EipConfig: { EipStatus: "DISABLE" } },
        Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      };
      return done("CreateFunction", parameters, UPLOAD_SECONDS);
    },
    updateCode: (name, code, handler) =>
      done(
        "UpdateFunctionCode",
        { FunctionName: name, Namespace, Handler: handler, Code: { ZipFile: Buffer.from(code).toString("base64") } },
        UPLOAD_SECONDS,
      ),
    updateConfiguration: (name, settings) =>
      done("UpdateFunctionConfiguration", { FunctionName: name, Namespace, ...settingsOut(settings) }),
    async tag(functionId, uin, tags) {
      const resource = `qcs::scf:${region}:uin/${uin}:lam/${functionId}`;
      const parameters = {
        ResourceList: [resource],
        Tags: Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
      };
      const schema = z.object({ FailedResources: z.array(z.object({ Code: z.string(), Message: z.string() })).nullish() });
      const answer = await write("TagResources", parameters, schema);
      const [failed] = answer.ok ? (answer.value.FailedResources ?? []) : [];
      if (failed !== undefined) return { ok: false, why: `TagResources: ${failed.Code}: ${failed.Message}`, kind: "other" };
      return ok(answer, null);
    },
    setRetries: (name, { retries, timeToLive }) =>
      done("UpdateFunctionEventInvokeConfig", {
        FunctionName: name,
        Namespace,
        AsyncTriggerConfig: { RetryConfig: [{ RetryNum: retries }], MsgTTL: timeToLive },
      }),
    createTimer: (fn, timer, cron) =>
      done("CreateTrigger", {
        FunctionName: fn,
        Namespace,
        TriggerName: timer,
        Type: "timer",
        TriggerDesc: JSON.stringify({ cron }),
        Qualifier: QUALIFIER,
        // One that does not say so is made closed.
        Enable: "OPEN",
        CustomArgument: "scheduled",
      }),
    updateTimer: (fn, timer, cron) =>
      done("UpdateTrigger", { ...onTrigger(fn, timer), TriggerDesc: JSON.stringify({ cron }), Enable: "OPEN" }),
    createUrl: (fn, trigger) =>
      done("CreateTrigger", {
        FunctionName: fn,
        Namespace,
        TriggerName: trigger,
        Type: "http",
        TriggerDesc: PUBLIC_URL,
        Qualifier: QUALIFIER,
        Enable: "OPEN",
      }),
    updateUrl: (fn, trigger) => done("UpdateTrigger", { ...onTrigger(fn, trigger), TriggerDesc: PUBLIC_URL, Enable: "OPEN" }),
    deleteTrigger: (fn, trigger) => done("DeleteTrigger", onTrigger(fn, trigger)),
    deleteFunction: (name) => done("DeleteFunction", { FunctionName: name, Namespace }),
    async invoke(name, seconds) {
      const parameters = { FunctionName: name, Namespace, InvocationType: "RequestResponse", ClientContext: "{}" };
      const schema = z.object({
        Result: z.object({ RetMsg: z.string().nullish(), ErrMsg: z.string().nullish() }),
      });
      const answer = await write("Invoke", parameters, schema, seconds + 15);
      if (!answer.ok) return answer;
      const { RetMsg, ErrMsg } = answer.value.Result;
      return { ok: true, value: { answer: RetMsg ?? "", error: ErrMsg ?? "" } };
    },
  };
}
