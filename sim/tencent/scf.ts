import { arm, cronOf, DEFAULT_RETRIES, DEFAULT_TIME_TO_LIVE, isCron } from "../functions/triggers.ts";
import type { CloudFunction, FunctionTrigger } from "../world/functions.ts";
import { type Action, ApiError, type Caller, number, text } from "./action.ts";

/** Serverless Cloud Function: functions with their code, triggers and invocations. */

const COMMON = { version: "2018-04-16", service: "scf", resource: "namespace/*/function/*", perSecond: 20 } as const;
const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,58}[A-Za-z0-9]$/;
const HANDLER = /^[A-Za-z][\w-]*\.[A-Za-z][\w-]*$/;
const LARGEST_ZIP = 50 * 1_024 * 1_024;
const LARGEST_ENVIRONMENT = 4_096;
const RUNTIMES = ["Nodejs12.16", "Nodejs14.18", "Nodejs16.13", "Nodejs18.15", "Nodejs20.19"];
/** Letters (Chinese ones too), digits, spaces, commas, full stops and line breaks. */
const DESCRIPTION = /^[\p{L}\p{N} ,.\n]{0,1000}$/u;

function china(at: number): string {
  return new Date(at + 8 * 3_600_000).toISOString().slice(0, 19).replace("T", " ");
}

function namespaceOf({ region, parameters }: Caller): string {
  const namespace = text(parameters, "Namespace") || "default";
  if (!region.namespaces.has(namespace))
    throw new ApiError("ResourceNotFound.Namespace", `the namespace ${namespace} does not exist`);
  return namespace;
}

function functionOf(caller: Caller): CloudFunction {
  const { region, parameters } = caller;
  const found = region.functions.get(`${namespaceOf(caller)}/${text(parameters, "FunctionName")}`);
  if (found === undefined)
    throw new ApiError("ResourceNotFound.Function", `the function ${text(parameters, "FunctionName")} does not exist`);
  return found;
}

function mustBeIdle({ name, status }: CloudFunction): void {
  if (status === "Creating" || status === "Updating")
    throw new ApiError("FailedOperation.FunctionStatusError", `the function ${name} is ${status}, please try again later`);
}

/** It is at work for a while, and Active afterwards, unless the world has it fail. */
function atWork({ world }: Caller, fn: CloudFunction, status: "Creating" | "Updating"): void {
  fn.status = status;
  fn.modifiedAt = world.clock.now();
  const takes = world.functionsTake;
  if (takes === null) return;
  world.clock.schedule(takes, () => {
    if (fn.status !== status) return;
    const failed = status === "Creating" ? "CreateFailed" : "UpdateFailed";
    fn.status = world.functionsFail === undefined ? "Active" : failed;
    fn.reason = world.functionsFail ?? "";
  });
}

function zipOf(code: unknown): Buffer {
  const { ZipFile } = Object(code);
  if (typeof ZipFile !== "string" || ZipFile === "") throw new ApiError("InvalidParameterValue.ZipFile", "ZipFile is missing");
  const zip = Buffer.from(ZipFile, "base64");
  if (zip.length > LARGEST_ZIP) throw new ApiError("InvalidParameterValue.ZipFile", "the zip is larger than 50 MB");
  if (zip.readUInt32LE(0) !== 0x04034b50)
    throw new ApiError("InvalidParameterValue.ZipFileBase64BinasciiError", "ZipFile is no zip");
  return zip;
}

function pairs(given: unknown): Record<string, string> {
  const items = Array.isArray(given) ? given : [];
  return Object.fromEntries(items.map(({ Key, Value }) => [String(Key), String(Value)]));
}

/** What may be changed after the creation, of those that were given. */
function configure({ account, parameters }: Caller, fn: CloudFunction): void {
  const { Environment, VpcConfig, PublicNetConfig } = parameters;
  const memory = number(parameters, "MemorySize", fn.memory);
  if (memory !== 64 && (memory < 128 || memory > 3_072 || memory % 128 !== 0))
    throw new ApiError("InvalidParameterValue.Memory", `MemorySize ${memory} is not 64 nor a multiple of 128 up to 3072`);
  const timeout = number(parameters, "Timeout", fn.timeout);
  if (timeout < 1 || timeout > 900)
    throw new ApiError("InvalidParameterValue.Timeout", `Timeout ${timeout} is not within 1 and 900`);
  const description = parameters.Description === undefined ? fn.description : text(parameters, "Description");
  if (!DESCRIPTION.test(description))
    throw new ApiError("InvalidParameterValue.Description", "the description has letters that are not allowed");
  const environment = Environment === undefined ? fn.environment : pairs(Object(Environment).Variables);
  const size = Object.entries(environment).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
  if (size > LARGEST_ENVIRONMENT)
    throw new ApiError("LimitExceeded.EnvironmentVariables", "the environment variables have more than 4 KB");
  const wrong = Object.entries(environment).find(([key, value]) => !/^[A-Za-z][A-Za-z0-9_]*$/.test(key) || value === "");
  if (wrong !== undefined)
    throw new ApiError("InvalidParameterValue.EnvironmentVariable", `the variable ${wrong[0]} is not valid`);
  const role = parameters.Role === undefined ? fn.role : text(parameters, "Role");
  // Whoever hands a role to a function needs a right of Access Management besides.
  if (role !== "" && role !== fn.role && account.denied.has("cam:PassRole"))
    throw new ApiError("UnauthorizedOperation", "you are not authorized to perform operation (cam:PassRole)");
  if (role !== "" && !account.camRoles.has(role)) throw new ApiError("ResourceNotFound.Role", `the role ${role} does not exist`);
  fn.memory = memory;
  fn.timeout = timeout;
  fn.description = description;
  fn.environment = environment;
  fn.role = role;
  if (VpcConfig !== undefined)
    fn.vpc = { VpcId: String(Object(VpcConfig).VpcId ?? ""), SubnetId: String(Object(VpcConfig).SubnetId ?? "") };
  if (PublicNetConfig !== undefined) fn.publicNet = String(Object(PublicNetConfig).PublicNetStatus);
}

function createFunction(caller: Caller) {
  const { world, region, parameters } = caller;
  const name = text(parameters, "FunctionName");
  const namespace = namespaceOf(caller);
  if (!NAME.test(name)) throw new ApiError("InvalidParameterValue.FunctionName", `the name ${name} is not valid`);
  if (region.functions.has(`${namespace}/${name}`))
    throw new ApiError("ResourceInUse.Function", `the function ${name} exists already`);
  const runtime = text(parameters, "Runtime");
  if (!RUNTIMES.includes(runtime)) throw new ApiError("InvalidParameterValue.Runtime", `the runtime ${runtime} is not supported`);
  const handler = text(parameters, "Handler");
  if (!HANDLER.test(handler)) throw new ApiError("InvalidParameterValue.Handler", `the handler ${handler} is not valid`);
  const now = world.clock.now();
  const fn: CloudFunction = {
    id: `lam-${world.random.letters(8)}`,
    name,
    namespace,
    region,
    runtime,
    type: text(parameters, "Type") || "Event",
    handler,
    description: "",
    memory: 128,
    timeout: 3,
    role: "",
    vpc: { VpcId: "", SubnetId: "" },
    environment: {},
    publicNet: "ENABLE",
    tags: pairs(parameters.Tags),
    code: zipOf(parameters.Code),
    status: "Creating",
    reason: "",
    addedAt: now,
    modifiedAt: now,
    retries: DEFAULT_RETRIES,
    timeToLive: DEFAULT_TIME_TO_LIVE,
    triggers: [],
    invocations: [],
  };
  configure(caller, fn);
  region.functions.set(`${namespace}/${name}`, fn);
  atWork(caller, fn, "Creating");
  return {};
}

function describe(fn: CloudFunction) {
  return {
    Qualifier: "$LATEST",
    Description: fn.description,
    Timeout: fn.timeout,
    InitTimeout: 65,
    MemorySize: fn.memory,
    Runtime: fn.runtime,
    VpcConfig: fn.vpc,
    Environment: { Variables: Object.entries(fn.environment).map(([Key, Value]) => ({ Key, Value })) },
    Handler: fn.handler,
    UseGpu: "FALSE",
    Role: fn.role,
    CodeSize: fn.code.length,
    FunctionVersion: "$LATEST",
    FunctionName: fn.name,
    FunctionId: fn.id,
    Namespace: fn.namespace,
    InstallDependency: "FALSE",
    Status: fn.status,
    AvailableStatus: "Available",
    StatusDesc: fn.reason,
    ModTime: china(fn.modifiedAt),
    AddTime: china(fn.addedAt),
    Layers: [],
    PublicNetConfig: { PublicNetStatus: fn.publicNet, EipConfig: { EipStatus: "DISABLE", EipAddress: [] } },
    Triggers: fn.triggers.map((trigger) => describeTrigger(fn, trigger)),
    CodeInfo: "",
    CodeResult: "success",
    CodeError: "",
    ErrNo: 0,
    Tags: Object.entries(fn.tags).map(([Key, Value]) => ({ Key, Value })),
    Type: fn.type,
    StatusReasons: fn.reason === "" ? [] : [{ ErrorCode: "FailedOperation", ErrorMessage: fn.reason }],
    AsyncRunEnable: "FALSE",
    TraceEnable: "FALSE",
    ImageConfig: null,
    ProtocolParams: null,
    InstanceConcurrencyConfig: null,
  };
}

function describeTrigger(fn: CloudFunction, trigger: FunctionTrigger) {
  return {
    Enable: trigger.open ? 1 : 0,
    Qualifier: trigger.qualifier,
    TriggerName: trigger.name,
    Type: trigger.type,
    TriggerDesc: trigger.desc,
    AvailableStatus: "Available",
    CustomArgument: trigger.argument,
    Description: trigger.description,
    AddTime: china(trigger.addedAt),
    ModTime: china(trigger.modifiedAt),
    ResourceId: `qcs::scf:${fn.region.name}:uin/${fn.region.account.uin}:function/${fn.name}/${trigger.name}`,
    BindStatus: "on",
    TriggerAttribute: "single",
  };
}

/** A timer's description is read back as JSON, however it was written; a function URL's has its addresses. */
function descOf(caller: Caller, type: string): string {
  const given = text(caller.parameters, "TriggerDesc");
  if (type === "timer") {
    const cron = cronOf({ desc: given });
    if (!isCron(cron)) throw new ApiError("InvalidParameterValue.TriggerCronConfig", `"${cron}" is no cron of seven fields`);
    return JSON.stringify({ cron });
  }
  const { AuthType, NetConfig } = JSON.parse(given === "" ? "{}" : given);
  if ((AuthType !== "NONE" && AuthType !== "CAM") || typeof NetConfig?.EnableExtranet !== "boolean")
    throw new ApiError("InvalidParameterValue.TriggerDesc", "a function URL needs AuthType and NetConfig");
  const host = `1250000000-${caller.world.random.letters(10)}.${caller.region.name}.tencentscf.com`;
  const extranet = NetConfig.EnableExtranet === true ? { ExtranetUrl: `https://${host}`, ExtranetHTTPUrl: `http://${host}` } : {};
  return JSON.stringify({ AuthType, NetConfig: { ...NetConfig, ExtranetUrl: "", ExtranetHTTPUrl: "", ...extranet } });
}

function triggerOf(caller: Caller): { readonly fn: CloudFunction; readonly trigger: FunctionTrigger } {
  const fn = functionOf(caller);
  const { parameters } = caller;
  const qualifier = text(parameters, "Qualifier") || "$LATEST";
  const trigger = fn.triggers.find(
    (one) => one.name === text(parameters, "TriggerName") && one.type === text(parameters, "Type") && one.qualifier === qualifier,
  );
  if (trigger === undefined)
    throw new ApiError("ResourceNotFound.Trigger", `the trigger ${text(parameters, "TriggerName")} does not exist`);
  return { fn, trigger };
}

function createTrigger(caller: Caller) {
  const { world, parameters } = caller;
  const fn = functionOf(caller);
  mustBeIdle(fn);
  const name = text(parameters, "TriggerName");
  const type = text(parameters, "Type");
  if (!["timer", "http"].includes(type)) throw new ApiError("InvalidParameterValue.Type", `the type ${type} is not simulated`);
  if (!/^[\w-]{1,100}$/.test(name)) throw new ApiError("InvalidParameterValue.TriggerName", `the name ${name} is not valid`);
  if (fn.triggers.some((one) => one.name === name))
    throw new ApiError("ResourceInUse.Trigger", `the trigger ${name} exists already`);
  if (fn.triggers.filter((one) => one.type === type).length >= fn.region.triggerQuota)
    throw new ApiError("LimitExceeded.Trigger", `a function has at most ${fn.region.triggerQuota} triggers of type ${type}`);
  const now = world.clock.now();
  const trigger: FunctionTrigger = {
    name,
    type,
    qualifier: text(parameters, "Qualifier") || "$LATEST",
    desc: descOf(caller, type),
    // One that does not say so is made closed.
    open: text(parameters, "Enable") === "OPEN",
    argument: text(parameters, "CustomArgument"),
    description: text(parameters, "Description"),
    addedAt: now,
    modifiedAt: now,
  };
  fn.triggers.push(trigger);
  if (type === "timer" && trigger.open) arm(world, fn, trigger, (at) => caller.fire(fn, trigger, at));
  return { TriggerInfo: describeTrigger(fn, trigger) };
}

const ON_TRIGGER = {
  FunctionName: "string!",
  TriggerName: "string!",
  Type: "string!",
  Qualifier: "string",
  Namespace: "string",
} as const;

export const SCF_ACTIONS: Readonly<Record<string, Action>> = {
  CreateFunction: {
    ...COMMON,
    parameters: {
      FunctionName: "string!",
      Code: "object!",
      Handler: "string",
      Description: "string",
      MemorySize: "int",
      Timeout: "int",
      Environment: "object",
      Runtime: "string",
      VpcConfig: "object",
      Namespace: "string",
      Role: "string",
      Type: "string",
      CodeSource: "string",
      PublicNetConfig: "object",
      InitTimeout: "int",
      Tags: "list",
      AsyncRunEnable: "string",
    },
    writes: true,
    answer: createFunction,
  },
  GetFunction: {
    ...COMMON,
    parameters: { FunctionName: "string", Qualifier: "string", Namespace: "string", ShowCode: "string" },
    writes: false,
    answer: (caller) => describe(functionOf(caller)),
  },
  UpdateFunctionCode: {
    ...COMMON,
    parameters: {
      FunctionName: "string!",
      Handler: "string",
      ZipFile: "string",
      Namespace: "string",
      Publish: "string",
      Code: "object",
      CodeSource: "string",
    },
    writes: true,
    answer(caller) {
      const fn = functionOf(caller);
      mustBeIdle(fn);
      const { Code, ZipFile } = caller.parameters;
      fn.code = zipOf(Code ?? { ZipFile });
      fn.handler = text(caller.parameters, "Handler") || fn.handler;
      atWork(caller, fn, "Updating");
      return {};
    },
  },
  UpdateFunctionConfiguration: {
    ...COMMON,
    parameters: {
      FunctionName: "string!",
      Description: "string",
      MemorySize: "int",
      Timeout: "int",
      Runtime: "string",
      Environment: "object",
      Namespace: "string",
      VpcConfig: "object",
      Role: "string",
      Publish: "string",
      PublicNetConfig: "object",
      InitTimeout: "int",
    },
    writes: true,
    answer(caller) {
      const fn = functionOf(caller);
      mustBeIdle(fn);
      const runtime = text(caller.parameters, "Runtime");
      if (runtime !== "" && runtime !== fn.runtime)
        throw new ApiError("UnsupportedOperation.Runtime", "the runtime of a function can't be changed");
      configure(caller, fn);
      atWork(caller, fn, "Updating");
      return {};
    },
  },
  DeleteFunction: {
    ...COMMON,
    parameters: { FunctionName: "string!", Namespace: "string", Qualifier: "string" },
    writes: true,
    answer(caller) {
      const fn = functionOf(caller);
      mustBeIdle(fn);
      caller.region.functions.delete(`${fn.namespace}/${fn.name}`);
      return {};
    },
  },
  ListFunctions: {
    ...COMMON,
    parameters: {
      Order: "string",
      Orderby: "string",
      Offset: "int",
      Limit: "int",
      SearchKey: "string",
      Namespace: "string",
      Description: "string",
      Filters: "list",
    },
    writes: false,
    answer(caller) {
      const { region, parameters } = caller;
      const namespace = namespaceOf(caller);
      const found = [...region.functions.values()].filter(
        (fn) => fn.namespace === namespace && fn.name.includes(text(parameters, "SearchKey")),
      );
      const offset = number(parameters, "Offset", 0);
      return {
        TotalCount: found.length,
        Functions: found.slice(offset, offset + number(parameters, "Limit", 20)).map((fn) => ({
          FunctionName: fn.name,
          FunctionId: fn.id,
          Namespace: fn.namespace,
          Runtime: fn.runtime,
          Status: fn.status,
          Type: fn.type,
          Description: fn.description,
          Tags: Object.entries(fn.tags).map(([Key, Value]) => ({ Key, Value })),
          AddTime: china(fn.addedAt),
          ModTime: china(fn.modifiedAt),
        })),
      };
    },
  },
  CreateTrigger: {
    ...COMMON,
    parameters: { ...ON_TRIGGER, TriggerDesc: "string", Enable: "string", CustomArgument: "string", Description: "string" },
    writes: true,
    answer: createTrigger,
  },
  UpdateTrigger: {
    ...COMMON,
    parameters: { ...ON_TRIGGER, TriggerDesc: "string", Enable: "string", CustomArgument: "string", Description: "string" },
    writes: true,
    answer(caller) {
      const { fn, trigger } = triggerOf(caller);
      mustBeIdle(fn);
      const { TriggerDesc, Enable, CustomArgument, Description } = caller.parameters;
      if (TriggerDesc !== undefined) trigger.desc = descOf(caller, trigger.type);
      if (Enable !== undefined) trigger.open = Enable === "OPEN";
      if (CustomArgument !== undefined) trigger.argument = text(caller.parameters, "CustomArgument");
      if (Description !== undefined) trigger.description = text(caller.parameters, "Description");
      trigger.modifiedAt = caller.world.clock.now();
      if (trigger.type === "timer" && trigger.open) arm(caller.world, fn, trigger, (at) => caller.fire(fn, trigger, at));
      return {};
    },
  },
  DeleteTrigger: {
    ...COMMON,
    parameters: { ...ON_TRIGGER, TriggerDesc: "string" },
    writes: true,
    answer(caller) {
      const { fn, trigger } = triggerOf(caller);
      fn.triggers.splice(fn.triggers.indexOf(trigger), 1);
      return {};
    },
  },
  ListTriggers: {
    ...COMMON,
    parameters: {
      FunctionName: "string!",
      Namespace: "string",
      Offset: "int",
      Limit: "int",
      OrderBy: "string",
      Order: "string",
      Filters: "list",
    },
    writes: false,
    answer(caller) {
      const fn = functionOf(caller);
      const offset = number(caller.parameters, "Offset", 0);
      const page = fn.triggers.slice(offset, offset + number(caller.parameters, "Limit", 20));
      return { TotalCount: fn.triggers.length, Triggers: page.map((trigger) => describeTrigger(fn, trigger)) };
    },
  },
  GetFunctionEventInvokeConfig: {
    ...COMMON,
    parameters: { FunctionName: "string!", Namespace: "string", Qualifier: "string" },
    writes: false,
    answer(caller) {
      const { retries, timeToLive } = functionOf(caller);
      // The second is the system's own errors.
      return { AsyncTriggerConfig: { MsgTTL: timeToLive, RetryConfig: [{ RetryNum: retries }, { RetryNum: -1 }] } };
    },
  },
  UpdateFunctionEventInvokeConfig: {
    ...COMMON,
    parameters: { AsyncTriggerConfig: "object!", FunctionName: "string!", Namespace: "string" },
    writes: true,
    answer(caller) {
      const fn = functionOf(caller);
      mustBeIdle(fn);
      const { MsgTTL, RetryConfig } = Object(caller.parameters.AsyncTriggerConfig);
      const retries = Array.isArray(RetryConfig) ? Object(RetryConfig[0]).RetryNum : undefined;
      if (!Number.isInteger(retries) || retries < 0 || retries > 2)
        throw new ApiError("InvalidParameterValue.AsyncTriggerConfig", "RetryNum must be 0, 1 or 2");
      if (!Number.isInteger(MsgTTL) || MsgTTL < 60 || MsgTTL > 86_400)
        throw new ApiError("InvalidParameterValue.AsyncTriggerConfig", "MsgTTL must be within 60 and 86400");
      fn.retries = retries;
      fn.timeToLive = MsgTTL;
      return {};
    },
  },
  Invoke: {
    ...COMMON,
    parameters: {
      FunctionName: "string!",
      InvocationType: "string",
      Qualifier: "string",
      ClientContext: "string",
      LogType: "string",
      Namespace: "string",
      RoutingKey: "string",
    },
    // What the function itself does is counted where it does it.
    writes: false,
    async answer(caller) {
      const fn = functionOf(caller);
      if (fn.status === "Creating" || fn.status === "CreateFailed")
        throw new ApiError("FailedOperation.FunctionStatusError", `the function ${fn.name} is ${fn.status}`);
      const event: unknown = JSON.parse(text(caller.parameters, "ClientContext") || "{}");
      const { answer, error, log, milliseconds } = await caller.run(fn, event);
      const failed = error !== "";
      return {
        Result: {
          FunctionRequestId: caller.world.random.letters(32),
          InvokeResult: failed ? 1 : 0,
          RetMsg: failed ? JSON.stringify({ errorCode: 1, errorMessage: error, statusCode: 430 }) : answer,
          ErrMsg: failed ? error : "",
          Log: log,
          MemUsage: 60_000_000,
          Duration: milliseconds,
          BillDuration: milliseconds,
        },
      };
    },
  },
};
