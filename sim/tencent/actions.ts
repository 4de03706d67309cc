import { allocate, type Cluster, destroy, type Eip, type Region, unbind, type World } from "../world/world.ts";
import { type Action, ApiError, type Caller, isoSeconds, list, number, pageOf, strings, text } from "./action.ts";
import { CAM_ACTIONS } from "./cam.ts";
import { SCF_ACTIONS } from "./scf.ts";
import { SSM_ACTIONS } from "./ssm.ts";

/** The actions that the guard calls (and a few that people do), each answering as its official definition says. */

const VPC = "2017-03-12";
const TKE = "2018-05-25";

/** An EIP as DescribeAddresses answers it, with the nulls and the undeclared fields of real answers. */
function addressOf(eip: Eip) {
  return {
    AddressId: eip.id,
    AddressName: eip.name,
    AddressIp: eip.ip,
    AddressStatus: eip.status,
    AddressType: eip.type,
    InstanceId: eip.instanceId,
    InstanceType: eip.instanceType,
    NetworkInterfaceId: eip.networkInterfaceId,
    PrivateAddressIp: eip.privateIp,
    IsArrears: eip.isArrears,
    IsBlocked: eip.isBlocked,
    IsEipDirectConnection: false,
    EipAlgType: { Ftp: true, Sip: true },
    LocalBgp: false,
    CascadeRelease: eip.cascadeRelease,
    Egress: "center_egress1",
    BusinessType: "DC",
    IsNewGeneration: true,
    CreatedTime: isoSeconds(eip.createdAt),
    ...(eip.tags === null ? {} : { TagSet: Object.entries(eip.tags).map(([Key, Value]) => ({ Key, Value })) }),
    NetworkGroup: eip.region.name,
    BandwidthPackageId: null,
    Zone: `${eip.region.name}-1`,
    InternetChargeType: eip.region.account.type === "LEGACY" ? null : eip.chargeType,
    Bandwidth: eip.region.account.type === "LEGACY" ? null : eip.bandwidth,
    UpdatedTime: isoSeconds(eip.updatedAt),
    PayMode: eip.chargeType,
    DeadlineDate: null,
    InternetServiceProvider: "BGP",
    ...eip.says,
  };
}

const FILTERS: Readonly<Record<string, (eip: Eip, values: readonly string[]) => boolean>> = {
  "address-id": (eip, values) => values.includes(eip.id),
  "address-name": (eip, values) => values.includes(eip.name),
  "address-ip": (eip, values) => values.includes(eip.ip),
  "address-status": (eip, values) => values.includes(eip.status),
  "instance-id": (eip, values) => values.includes(eip.instanceId ?? ""),
  "private-ip-address": (eip, values) => values.includes(eip.privateIp ?? ""),
  "network-interface-id": (eip, values) => values.includes(eip.networkInterfaceId ?? ""),
  "is-arrears": (eip, values) => values.includes(eip.isArrears ? "TRUE" : "FALSE"),
  "instance-type": (eip, values) => values.includes(eip.instanceType ?? ""),
  "address-type": (eip, values) => values.includes(eip.type),
  "address-isp": (_, values) => values.includes("BGP"),
  "tag-key": (eip, values) => values.some((key) => Object.hasOwn(eip.tags ?? {}, key)),
  "tag-value": (eip, values) => values.some((value) => Object.values(eip.tags ?? {}).includes(value)),
};

function filtersOf(parameters: Caller["parameters"]): readonly ((eip: Eip) => boolean)[] {
  const filters = list(parameters, "Filters");
  if (filters.length > 10) throw new ApiError("InvalidParameterValue.LimitExceeded", "at most 10 filters");
  return filters.map((filter) => {
    const { Name, Values } = filter as { Name?: unknown; Values?: unknown };
    if (typeof Name !== "string" || !Array.isArray(Values))
      throw new ApiError("InvalidParameter", "a filter needs Name and Values");
    if (Values.length > 100) throw new ApiError("InvalidParameterValue.LimitExceeded", "at most 100 values a filter");
    const values = Values.map(String);
    if (Name.startsWith("tag:")) {
      const key = Name.slice(4);
      return (eip) => values.includes(eip.tags?.[key] ?? "");
    }
    const test = FILTERS[Name];
    if (test === undefined) throw new ApiError("InvalidParameter.FilterInvalidKey", `the filter ${Name} is not supported`);
    return (eip) => test(eip, values);
  });
}

function findEip({ region, parameters }: Caller, name: string): Eip {
  const id = text(parameters, name);
  return eipById(region, id);
}

function eipById(region: Region, id: string): Eip {
  if (!/^eip-[a-z0-9]+$/.test(id)) throw new ApiError("InvalidAddressId.Malformed", `the id ${id} is malformed`);
  const eip = region.addresses.get(id);
  if (eip === undefined) throw new ApiError("InvalidAddressId.NotFound", `the address ${id} does not exist`);
  return eip;
}

/** The clusters of a product that its caller may see; those that were asked for, where any were. */
function visibleClusters({ account, region, parameters }: Caller, wanted: Cluster["product"]): readonly Cluster[] {
  if (!region.servesClusters) throw new ApiError("UnsupportedRegion", `the region ${region.name} is not supported`);
  const ids = strings(parameters, "ClusterIds");
  const all = [...region.clusters.values()].filter(({ id, product }) => product === wanted && !account.hidden.has(id));
  if (ids.length === 0) return all;
  const missing = ids.find((id) => !account.hidden.has(id) && !all.some((cluster) => cluster.id === id));
  if (missing !== undefined && account.missingClusters === "not-found")
    throw new ApiError("ResourceNotFound.ClusterNotFound", `cluster ${missing} not found`);
  return all.filter(({ id }) => ids.includes(id));
}

function clusterById({ region, parameters }: Caller): Cluster {
  const cluster = region.clusters.get(text(parameters, "ClusterId"));
  if (cluster === undefined)
    throw new ApiError("ResourceNotFound.ClusterNotFound", `cluster ${text(parameters, "ClusterId")} not found`);
  return cluster;
}

/** A release takes a moment; its task tells when it is done. */
const RELEASE_TAKES = 1_500;

function mayRelease(world: World, eip: Eip): void {
  if (eip.busyUntil > world.clock.now()) throw new ApiError("OperationDenied.MutexTaskRunning", `another task runs on ${eip.id}`);
  if (eip.deletionProtected) {
    throw new ApiError("OperationDenied.AddressDeletionProtectionEnabled", `deletion protection of ${eip.id} is on`);
  }
  if (eip.isArrears) throw new ApiError("OperationDenied.AddressInArrears", `${eip.id} is in arrears`);
  if (eip.status !== "UNBIND") throw new ApiError("InvalidAddressState", `the status of ${eip.id} is ${eip.status}`);
}

function releaseAddresses({ world, region, parameters, tasks }: Caller) {
  const ids = strings(parameters, "AddressIds");
  if (ids.length === 0) throw new ApiError("MissingParameter", "AddressIds is missing");
  const eips = ids.map((id) => eipById(region, id));
  for (const eip of eips) mayRelease(world, eip);
  const task = 100_000 + tasks.size;
  for (const eip of eips) eip.status = "OFFLINING";
  tasks.set(task, { at: world.clock.now() + RELEASE_TAKES, result: "SUCCESS" });
  world.clock.schedule(RELEASE_TAKES, () => {
    for (const eip of eips) destroy(world, eip, "api");
  });
  return { TaskId: String(task) };
}

const FUNCTION_RESOURCE = /^qcs::scf:([^:]+):uin\/(\d+):lam\/(lam-[a-z0-9]+)$/;
const TAG_RESOURCE = /^qcs::(?:vpc|cvm):([^:]+):uin\/(\d+):eip\/(eip-[a-z0-9]+)$/;

/** What a resource's string names: an EIP or a function. */
function taggedOf(
  { account }: Caller,
  resource: string,
): { tags: Record<string, string> | null; updatedAt?: number } | undefined {
  const [, eipRegion = "", eipUin = "", eip = ""] = TAG_RESOURCE.exec(resource) ?? [];
  if (eipUin === account.uin) return account.regions.get(eipRegion)?.addresses.get(eip);
  const [, region = "", uin = "", id = ""] = FUNCTION_RESOURCE.exec(resource) ?? [];
  if (uin !== account.uin) return undefined;
  return [...(account.regions.get(region)?.functions.values() ?? [])].find((fn) => fn.id === id);
}

function changeTags(caller: Caller, change: (tagged: { tags: Record<string, string> | null }) => void) {
  const { parameters, world } = caller;
  const resources = strings(parameters, "ResourceList");
  if (resources.length > 10) throw new ApiError("InvalidParameterValue.ResourceListExceed", "at most 10 resources");
  const failed: { Resource: string; Code: string; Message: string }[] = [];
  for (const resource of resources) {
    const tagged = taggedOf(caller, resource);
    if (tagged === undefined)
      failed.push({ Resource: resource, Code: "FailedOperation.ResourceNotFound", Message: "resource not found" });
    else {
      change(tagged);
      if (world.taggingUpdates === true && tagged.updatedAt !== undefined) tagged.updatedAt = world.clock.now();
    }
  }
  return { FailedResources: failed };
}

function eventsOf({ world, region, parameters }: Caller) {
  const start = number(parameters, "StartTime", 0) * 1_000;
  const end = number(parameters, "EndTime", 0) * 1_000;
  const now = world.clock.now();
  if (end - start >= 30 * 86_400_000) throw new ApiError("InvalidParameterValue.Time", "the span must be less than 30 days");
  if (start < now - 90 * 86_400_000) throw new ApiError("InvalidParameterValue.Time", "events older than 90 days are not kept");
  const most = number(parameters, "MaxResults", 10);
  if (most > 50) throw new ApiError("InvalidParameterValue.MaxResult", "MaxResults is at most 50");
  const attributes = list(parameters, "LookupAttributes") as readonly { AttributeKey?: string; AttributeValue?: string }[];
  const id = attributes.find(({ AttributeKey }) => AttributeKey === "ResourceId")?.AttributeValue ?? "";
  const events = (region.addresses.get(id)?.events ?? [])
    .filter(({ at }) => at >= start && at < end)
    .sort((one, other) => other.at - one.at);
  return {
    // Beyond 2^53, as real ones are (domain.md §4.2).
    NextToken: Number("9007199254740993"),
    ListOver: events.length <= most,
    TotalCount: events.length,
    Events: events.slice(0, most).map(({ name, at }) => ({
      EventId: `${id}-${at}`,
      Username: "root",
      EventTime: String(Math.floor(at / 1_000)),
      CloudAuditEvent: "{}",
      ResourceTypeCn: "EIP",
      ErrorCode: 0,
      EventName: name,
      SecretId: "",
      EventSource: "vpc.api.qcloud.com",
      RequestID: "-",
      ResourceRegion: region.name,
      AccountID: Number(region.account.uin),
      SourceIPAddress: "127.0.0.1",
      EventNameCn: name,
      Resources: { ResourceType: "eip", ResourceName: id },
      EventRegion: region.name,
      Location: "",
    })),
  };
}

const HOUR = 3_600_000;

/** Hours billed as idle, newest first; the bill is a few hours behind. */
function billOf({ world, account, parameters }: Caller) {
  const month = text(parameters, "Month");
  const id = text(parameters, "ResourceId");
  const { offset, limit } = pageOf({ ...parameters, Limit: number(parameters, "Limit", 100) }, 100, 300);
  const eip = [...account.regions.values()].map((region) => region.addresses.get(id)).find((found) => found !== undefined);
  const rows: unknown[] = [];
  const china = (at: number) => new Date(at + 8 * HOUR).toISOString().slice(0, 19).replace("T", " ");
  const until = Math.floor(world.clock.now() / HOUR) * HOUR - 3 * HOUR;
  const from = Math.max(eip?.createdAt ?? until, until - 92 * 24 * HOUR);
  for (let hour = Math.floor(from / HOUR) * HOUR; hour < until; hour += HOUR) {
    if (!china(hour).startsWith(month)) continue;
    const seconds = (eip?.idleSpans ?? []).reduce(
      (sum, span) =>
        sum + Math.max(0, Math.min(span.to ?? Number.POSITIVE_INFINITY, hour + HOUR) - Math.max(span.from, hour)) / 1_000,
      0,
    );
    if (seconds <= 0) continue;
    rows.push({
      ResourceId: id,
      FeeBeginTime: china(hour),
      FeeEndTime: china(hour + HOUR - 1_000),
      ActionTypeName: "按量计费小时结",
      ComponentSet: [
        {
          ItemCode: "sv_eip_hour",
          ComponentCode: "v_eip_hour",
          TimeSpan: String(Math.round(seconds)),
          TimeUnitName: "秒",
          Cost: (0.00005556 * seconds).toFixed(8),
          RealCost: (0.00005556 * seconds).toFixed(8),
        },
      ],
    });
  }
  return { DetailSet: rows.slice(offset, offset + limit), Total: rows.length, Context: null };
}

export const ACTIONS: Readonly<Record<string, Action>> = {
  ...CAM_ACTIONS,
  ...SCF_ACTIONS,
  ...SSM_ACTIONS,
  DescribeAddresses: {
    version: VPC,
    parameters: { AddressIds: "list", Filters: "list", Offset: "int", Limit: "int" },
    perSecond: 20,
    writes: false,
    answer({ region, parameters }) {
      const { offset, limit } = pageOf(parameters, 20, 100);
      const ids = strings(parameters, "AddressIds");
      for (const id of ids) eipById(region, id);
      const tests = filtersOf(parameters);
      const all = [...region.addresses.values()];
      const found =
        ids.length === 0 && tests.length === 0
          ? all
          : all.filter((eip) => (ids.length === 0 || ids.includes(eip.id)) && tests.every((test) => test(eip)));
      return { TotalCount: found.length, AddressSet: found.slice(offset, offset + limit).map(addressOf) };
    },
  },
  ReleaseAddresses: {
    version: VPC,
    parameters: { AddressIds: "list!" },
    perSecond: 10,
    writes: true,
    about: (parameters, region, uin) => strings(parameters, "AddressIds").map((id) => `qcs::vpc:${region}:uin/${uin}:eip/${id}`),
    answer: releaseAddresses,
  },
  DescribeTaskResult: {
    version: VPC,
    parameters: { TaskId: "int", DealName: "string" },
    perSecond: 20,
    writes: false,
    answer({ world, parameters, tasks }) {
      const id = number(parameters, "TaskId", -1);
      const task = tasks.get(id);
      if (task === undefined) throw new ApiError("InvalidParameterValue", `task ${id} does not exist`);
      return { TaskId: id, Result: world.clock.now() >= task.at ? task.result : "RUNNING" };
    },
  },
  DescribeAddressQuota: {
    version: VPC,
    parameters: {},
    perSecond: 20,
    writes: false,
    answer: ({ region }) => ({
      QuotaSet: [
        { QuotaId: "TOTAL_EIP_QUOTA", QuotaCurrent: region.addresses.size, QuotaLimit: region.quota },
        { QuotaId: "DAILY_EIP_APPLY", QuotaCurrent: 0, QuotaLimit: region.quota * 2 },
        { QuotaId: "DAILY_EIP_ASSIGN", QuotaCurrent: 0, QuotaLimit: 0 },
      ],
    }),
  },
  DescribeNetworkAccountType: {
    version: VPC,
    parameters: {},
    perSecond: 20,
    writes: false,
    answer: ({ account }) => ({ NetworkAccountType: account.type }),
  },
  AllocateAddresses: {
    version: VPC,
    parameters: {
      AddressCount: "int",
      InternetServiceProvider: "string",
      InternetChargeType: "string",
      InternetMaxBandwidthOut: "int",
      Tags: "list",
      AddressName: "string",
      VipCluster: "list",
      BandwidthPackageId: "string",
      ClientToken: "string",
    },
    perSecond: 10,
    writes: true,
    answer({ world, region, parameters }) {
      const [given] = strings(parameters, "VipCluster");
      if (given !== undefined) return allocateGiven(world, region, given, parameters);
      const count = number(parameters, "AddressCount", 1);
      if (region.addresses.size + count > region.quota)
        throw new ApiError("AddressQuotaLimitExceeded", "the EIP quota is used up");
      const eips = Array.from({ length: count }, () => allocate(world, region, { name: text(parameters, "AddressName") }));
      return { AddressSet: eips.map(({ id }) => id), TaskId: "1" };
    },
  },
  DisassociateAddress: {
    version: VPC,
    parameters: { AddressId: "string!", ReallocateNormalPublicIp: "bool" },
    perSecond: 10,
    writes: true,
    answer(caller) {
      const eip = findEip(caller, "AddressId");
      if (eip.status !== "BIND" && eip.status !== "BIND_ENI")
        throw new ApiError("InvalidAddressIdStatus.NotPermit", `${eip.id} is not bound`);
      unbind(caller.world, eip);
      return { TaskId: "1" };
    },
  },
  ModifyAddressAttribute: {
    version: VPC,
    parameters: { AddressId: "string!", AddressName: "string", EipDirectConnection: "string" },
    perSecond: 10,
    writes: true,
    answer(caller) {
      findEip(caller, "AddressId").name = text(caller.parameters, "AddressName");
      return {};
    },
  },
  DescribeClusters: {
    service: "tke",
    version: TKE,
    parameters: { ClusterIds: "list", Offset: "int", Limit: "int", Filters: "list", ClusterType: "string" },
    perSecond: 20,
    writes: false,
    answer(caller) {
      const { offset, limit } = pageOf(caller.parameters, 20, 100);
      const found = visibleClusters(caller, "tke");
      return {
        TotalCount: found.length,
        Clusters: found.slice(offset, offset + limit).map(({ id, name, status, vpcId }) => ({
          ClusterId: id,
          ClusterName: name,
          ClusterDescription: "",
          ClusterVersion: "1.30.0",
          ClusterOs: "tlinux3.1x86_64",
          ClusterType: "MANAGED_CLUSTER",
          ClusterNetworkSettings: { ClusterCIDR: "", VpcId: vpcId, Cni: true, Subnets: null },
          ClusterNodeNum: 1,
          ProjectId: 0,
          TagSpecification: null,
          ClusterStatus: status,
          CreatedTime: "2024-01-01T00:00:00Z",
        })),
      };
    },
  },
  DescribeEKSClusters: {
    service: "tke",
    version: TKE,
    parameters: { ClusterIds: "list", Offset: "int", Limit: "int", Filters: "list" },
    perSecond: 20,
    writes: false,
    answer(caller) {
      const { offset, limit } = pageOf(caller.parameters, 20, 100);
      const found = visibleClusters(caller, "eks");
      return {
        TotalCount: found.length,
        Clusters: found.slice(offset, offset + limit).map(({ id, name, status, vpcId }) => ({
          ClusterId: id,
          ClusterName: name,
          VpcId: vpcId,
          SubnetIds: [],
          K8SVersion: "1.30",
          Status: status,
          ClusterDesc: "",
          CreatedTime: "2024-01-01T00:00:00Z",
          ServiceSubnetId: "",
          DnsServers: [],
          NeedDeleteCbs: false,
          EnableVpcCoreDNS: true,
          TagSpecification: null,
        })),
      };
    },
  },
  DescribeIPAMD: {
    service: "tke",
    version: TKE,
    parameters: { ClusterId: "string!" },
    perSecond: 20,
    writes: false,
    answer(caller) {
      const { ipamdEnabled, ipamdPhase, claimExpired } = clusterById(caller);
      return {
        EnableIPAMD: ipamdEnabled,
        EnableCustomizedPodCidr: false,
        DisableVpcCniMode: false,
        Phase: ipamdPhase,
        Reason: "",
        SubnetIds: null,
        ClaimExpiredDuration: claimExpired ?? "",
        EnableTrunkingENI: false,
      };
    },
  },
  DescribeClusterEndpointStatus: {
    service: "tke",
    version: TKE,
    parameters: { ClusterId: "string!", IsExtranet: "bool" },
    perSecond: 20,
    writes: false,
    answer(caller) {
      clusterById(caller);
      return { Status: caller.parameters.IsExtranet === true ? "Created" : "NotFound", ErrorMsg: "" };
    },
  },
  DescribeClusterKubeconfig: {
    service: "tke",
    version: TKE,
    parameters: { ClusterId: "string!", IsExtranet: "bool" },
    perSecond: 20,
    // Not a mere reading: the first call makes a client certificate (domain.md §7).
    writes: true,
    answer: (caller) => ({ Kubeconfig: caller.kubeconfig(clusterById(caller).id) }),
  },
  DescribeEKSClusterCredential: {
    service: "tke",
    version: TKE,
    parameters: { ClusterId: "string!" },
    perSecond: 20,
    writes: false,
    answer: (caller) => ({
      Addresses: [],
      Credential: { CACert: "", Token: "" },
      PublicLB: { Enabled: true },
      InternalLB: { Enabled: false },
      ProxyLB: false,
      Kubeconfig: caller.kubeconfig(clusterById(caller).id),
    }),
  },
  TagResources: {
    service: "tag",
    about: (parameters) => strings(parameters, "ResourceList"),
    version: "2018-08-13",
    parameters: { ResourceList: "list!", Tags: "list!" },
    perSecond: 20,
    writes: true,
    answer(caller) {
      const tags = list(caller.parameters, "Tags") as readonly { TagKey: string; TagValue: string }[];
      return changeTags(caller, (tagged) => {
        tagged.tags = { ...tagged.tags, ...Object.fromEntries(tags.map(({ TagKey, TagValue }) => [TagKey, TagValue])) };
      });
    },
  },
  UnTagResources: {
    service: "tag",
    about: (parameters) => strings(parameters, "ResourceList"),
    version: "2018-08-13",
    parameters: { ResourceList: "list!", TagKeys: "list!" },
    perSecond: 20,
    writes: true,
    answer(caller) {
      const keys = strings(caller.parameters, "TagKeys");
      return changeTags(caller, (tagged) => {
        tagged.tags = Object.fromEntries(Object.entries(tagged.tags ?? {}).filter(([key]) => !keys.includes(key)));
      });
    },
  },
  DescribeEvents: {
    service: "cloudaudit",
    version: "2019-03-19",
    parameters: {
      StartTime: "int!",
      EndTime: "int!",
      NextToken: "int",
      MaxResults: "int",
      LookupAttributes: "list",
      IsReturnLocation: "int",
    },
    perSecond: 20,
    writes: false,
    answer: eventsOf,
  },
  GetCallerIdentity: {
    service: "sts",
    version: "2018-08-13",
    parameters: {},
    perSecond: 20,
    writes: false,
    answer: ({ account, arn }) => ({
      Arn: arn,
      AccountId: account.uin,
      UserId: account.uin,
      PrincipalId: account.uin,
      Type: "CAMUser",
    }),
  },
  AssumeRole: {
    service: "sts",
    about: (parameters) => [text(parameters, "RoleArn")],
    version: "2018-08-13",
    parameters: {
      RoleArn: "string!",
      RoleSessionName: "string!",
      DurationSeconds: "int",
      Policy: "string",
      ExternalId: "string",
    },
    perSecond: 20,
    writes: false,
    answer({ world, parameters, assume }) {
      const [, uin = "", role = ""] = /^qcs::cam::uin\/(\d+):roleName\/(.+)$/.exec(text(parameters, "RoleArn")) ?? [];
      const account = world.accounts.find((one) => one.uin === uin);
      if (account === undefined || !account.roles.includes(role))
        throw new ApiError("ResourceNotFound.RoleNotFound", "the role does not exist");
      const { id, key, token, expires } = assume(account, role, number(parameters, "DurationSeconds", 7_200));
      return {
        Credentials: { Token: token, TmpSecretId: id, TmpSecretKey: key },
        ExpiredTime: Math.floor(expires / 1_000),
        Expiration: isoSeconds(expires),
      };
    },
  },
  DescribeBillDetail: {
    service: "finance",
    version: "2018-07-09",
    parameters: {
      Offset: "int!",
      Limit: "int!",
      PeriodType: "string",
      Month: "string",
      BeginTime: "string",
      EndTime: "string",
      NeedRecordNum: "int",
      ProductCode: "string",
      PayMode: "string",
      ResourceId: "string",
      ActionType: "string",
      ProjectId: "int",
      BusinessCode: "string",
      Context: "string",
      PayerUin: "string",
    },
    perSecond: 3,
    writes: false,
    answer: billOf,
  },
};

/** Tries of an account in a month, by `uin month`; and what a token got, since the same request twice is one request. */
const GIVEN = new WeakMap<World, { readonly tries: Map<string, number>; readonly tokens: Map<string, string> }>();
const GIVEN_A_MONTH = 3;

/** An address that is named: BGP alone, three tries a month, and only while nobody has it. */
function allocateGiven(world: World, region: Region, ip: string, parameters: Caller["parameters"]) {
  const given = GIVEN.get(world) ?? { tries: new Map(), tokens: new Map() };
  GIVEN.set(world, given);
  const token = text(parameters, "ClientToken");
  const before = given.tokens.get(token);
  if (token !== "" && before !== undefined) return { AddressSet: [before], TaskId: "1" };
  const isp = text(parameters, "InternetServiceProvider") || "BGP";
  if (isp !== "BGP") throw new ApiError("InvalidParameterValue.UnavailableIsp", `an address of ${isp} can't be named`);
  const month = `${region.account.uin} ${new Date(world.clock.now() + 8 * 3_600_000).toISOString().slice(0, 7)}`;
  const tries = given.tries.get(month) ?? 0;
  if (tries >= GIVEN_A_MONTH)
    throw new ApiError("LimitExceeded.MonthlyAddressRecoveryQuota", "three addresses a month can be named");
  given.tries.set(month, tries + 1);
  if (region.addresses.size >= region.quota) throw new ApiError("AddressQuotaLimitExceeded", "the EIP quota is used up");
  const taken = world.accounts.some(({ regions }) =>
    [...regions.values()].some(({ addresses }) => [...addresses.values()].some((eip) => eip.ip === ip)),
  );
  if (taken || !world.released.some((one) => one.ip === ip))
    throw new ApiError("InvalidParameterValue.AddressIpNotAvailable", `${ip} is not available`);
  const eip = allocate(world, region, {
    ip,
    ...(text(parameters, "InternetChargeType") === "" ? {} : { chargeType: text(parameters, "InternetChargeType") }),
    bandwidth: number(parameters, "InternetMaxBandwidthOut", 1),
  });
  given.tokens.set(token, eip.id);
  return { AddressSet: [eip.id], TaskId: "1" };
}
