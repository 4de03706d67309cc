import { afterEach, describe, expect, it } from "vitest";
import { apiError, type Cloud, REGION, type Received, type Reply, row, startCloud } from "./cloud.ts";

let cloud: Cloud | undefined;

async function open(reply: (call: Received) => Reply): Promise<Cloud> {
  cloud = await startCloud(reply);
  return cloud;
}

afterEach(async () => {
  await cloud?.close();
  cloud = undefined;
});

const ID = "eip-aaaaaaaa";
const permitted = async () => null;
const releases = ({ calls }: Cloud) => calls.filter(({ action }) => action === "ReleaseAddresses");

/** A cloud that accepts the release, and then says this of its task and of its listing. */
function accepting(result: string, listing: Reply): (call: Received) => Reply {
  return ({ action }) => {
    if (action === "ReleaseAddresses") return { TaskId: "12331420" };
    return action === "DescribeTaskResult" ? { TaskId: 12331420, Result: result } : listing;
  };
}

describe("a release", () => {
  it("is released once its task succeeded and the EIP is gone", async () => {
    const opened = await open(accepting("SUCCESS", { TotalCount: 0, AddressSet: [] }));
    expect(await opened.writer.release("default", REGION, ID, permitted)).toEqual({
      outcome: "released",
      requestId: "request-1",
      taskId: "12331420",
    });
    expect(releases(opened).map(({ parameters }) => parameters)).toEqual([{ AddressIds: [ID] }]);
    expect(opened.calls.find(({ action }) => action === "DescribeTaskResult")?.parameters).toEqual({ TaskId: 12331420 });
  });

  it.each<{ rule: string; result: string; listing: Reply }>([
    { rule: "the EIP is still listed", result: "SUCCESS", listing: { TotalCount: 1, AddressSet: [row(ID)] } },
    { rule: "the task is still running", result: "RUNNING", listing: { TotalCount: 0, AddressSet: [] } },
    { rule: "the listing can't be read", result: "SUCCESS", listing: apiError("UnauthorizedOperation") },
    { rule: "the listing contradicts itself", result: "SUCCESS", listing: { TotalCount: 1, AddressSet: [] } },
  ])("is unconfirmed, and never called released, while $rule", async ({ result, listing }) => {
    const { writer } = await open(accepting(result, listing));
    expect(await writer.release("default", REGION, ID, permitted)).toMatchObject({ outcome: "unconfirmed" });
  });

  it("is not released where its task failed", async () => {
    const { writer } = await open(accepting("FAILED", { TotalCount: 0, AddressSet: [] }));
    expect(await writer.release("default", REGION, ID, permitted)).toMatchObject({ outcome: "unknown", code: "TaskFailed" });
  });

  it.each([
    { code: "InvalidAddressId.NotFound", outcome: "gone-already" },
    { code: "InvalidAddressState", outcome: "bound-meanwhile" },
    { code: "UnsupportedOperation.AddressStatusNotPermit", outcome: "bound-meanwhile" },
    { code: "OperationDenied.AddressDeletionProtectionEnabled", outcome: "protected" },
    { code: "OperationDenied.AddressInArrears", outcome: "in-arrears" },
    { code: "UnsupportedOperation.UnpaidOrderAlreadyExists", outcome: "unpaid-order" },
    { code: "LimitExceeded.AccountReturnQuota", outcome: "quota" },
    { code: "UnauthorizedOperation", outcome: "forbidden" },
    { code: "InternalError", outcome: "unknown" },
    { code: "SomethingNew", outcome: "unknown" },
  ])("ends as $outcome after $code, tried once", async ({ code, outcome }) => {
    const opened = await open(() => apiError(code));
    expect(await opened.writer.release("default", REGION, ID, permitted)).toMatchObject({ outcome, code });
    expect(releases(opened)).toHaveLength(1);
  });

  it.each(["OperationDenied.MutexTaskRunning", "RequestLimitExceeded", "RequestLimitExceeded.UinLimitExceeded"])(
    "is tried once where the cloud says %s: what was allowed for one instant is judged anew by the next run",
    async (code) => {
      const opened = await open(() => apiError(code));
      expect(await opened.writer.release("default", REGION, ID, permitted)).toMatchObject({ outcome: "busy", code });
      expect(releases(opened)).toHaveLength(1);
    },
  );

  it("is not sent where it is refused at the last instant", async () => {
    const opened = await open(() => apiError("InternalError"));
    const outcome = await opened.writer.release("default", REGION, ID, async () => "STOP is set");
    expect(outcome).toEqual({ outcome: "not-sent", code: "NotSent", why: "STOP is set" });
    expect(opened.calls).toEqual([]);
  });

  it("is asked about after the wait for the rate limit, right before it is sent", async () => {
    const { writer, clock } = await open(accepting("SUCCESS", { TotalCount: 0, AddressSet: [] }));
    const asked: number[] = [];
    const note = async () => {
      asked.push(clock.now());
      return null;
    };
    const started = clock.now();
    await Promise.all(Array.from({ length: 12 }, () => writer.release("default", REGION, ID, note)));
    // Nine a second: those that had to wait were asked after it.
    expect(asked.filter((at) => at > started).length).toBeGreaterThanOrEqual(3);
  });

  it.each<{ trouble: string; reply: Reply }>([
    { trouble: "a dropped connection", reply: "drop" },
    { trouble: "an answer that breaks off", reply: "break-off" },
    { trouble: "an answer that is no JSON", reply: "not-json" },
    { trouble: "HTTP 502", reply: "bad-gateway" },
  ])("is unconfirmed after $trouble, and never sent twice", async ({ reply }) => {
    const opened = await open(() => reply);
    expect(await opened.writer.release("default", REGION, ID, permitted)).toMatchObject({ outcome: "unconfirmed" });
    expect(releases(opened)).toHaveLength(1);
  });
});

describe("a mark", () => {
  const identity: Reply = { Arn: "qcs::cam::uin/100000000001:root", AccountId: "100000000001" };

  it("is set on the EIP's resource string", async () => {
    const { writer, calls } = await open(({ action }) => (action === "GetCallerIdentity" ? identity : { FailedResources: [] }));
    expect(await writer.tag("default", REGION, ID, "eip-guard:flagged", "2026")).toBeNull();
    expect(calls.find(({ action }) => action === "TagResources")?.parameters).toEqual({
      ResourceList: [`qcs::vpc:${REGION}:uin/100000000001:eip/${ID}`],
      Tags: [{ TagKey: "eip-guard:flagged", TagValue: "2026" }],
    });
  });

  it.each(["tag", "untag"] as const)("that fails under HTTP 200 is an error text: %s", async (what) => {
    const { writer } = await open(({ action }) =>
      action === "GetCallerIdentity"
        ? identity
        : { FailedResources: [{ Resource: "x", Code: "FailedOperation", Message: "no" }] },
    );
    const said = what === "tag" ? writer.tag("default", REGION, ID, "key", "value") : writer.untag("default", REGION, ID, "key");
    expect(await said).toContain("FailedOperation");
  });

  it.each(["tag", "untag"] as const)("is changed by one call, whatever the cloud says: %s", async (what) => {
    const { writer, calls } = await open(({ action }) =>
      action === "GetCallerIdentity" ? identity : apiError("RequestLimitExceeded"),
    );
    const said = what === "tag" ? writer.tag("default", REGION, ID, "key", "value") : writer.untag("default", REGION, ID, "key");
    expect(await said).toContain("RequestLimitExceeded");
    expect(calls.filter(({ action }) => action !== "GetCallerIdentity")).toHaveLength(1);
  });
});
