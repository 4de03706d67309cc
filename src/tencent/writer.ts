import * as z from "zod";
import type { Place } from "../core/terms/place.ts";
import { after, type Duration, milliseconds, SECOND } from "../core/terms/time.ts";
import type { Clock, CloudWriter, Permitted, ReleaseOutcome } from "../ports.ts";
import { readAddressesById } from "./addresses.ts";
import type { Sessions } from "./session.ts";
import { type Call, type CallFailure, describeFailure, isForbidden, NOT_SENT } from "./transport.ts";

/** Releases and marks EIPs: VPC ReleaseAddresses, Tag TagResources and UnTagResources (domain.md §4, §7). */

/** How long a release may take until it counts as unconfirmed. */
const RELEASE_BOUND: Duration = milliseconds(60 * SECOND);
const POLL: Duration = milliseconds(2 * SECOND);

/** @param resource template of an EIP's resource string; which one is right is disputed (domain.md §7) */
export function createCloudWriter(sessions: Sessions, clock: Clock, resource: string): CloudWriter {
  return {
    async release(account, region, id, permitted) {
      const call: Call = {
        action: "ReleaseAddresses",
        region,
        // One id a call: one bad id fails the whole batch.
        parameters: { AddressIds: [id] },
        permitted,
      };
      const answer = await sessions.tryCall(account, call, z.object({ TaskId: z.string().nullish(), RequestId: z.string() }));
      if (!answer.ok) return outcomeOf(answer.failure);
      return confirm(sessions, clock, account, region, id, answer.value.TaskId ?? null, answer.value.RequestId);
    },
    tag: (account, region, id, key, value, permitted = always) =>
      changeTag(sessions, resource, { account, region, id, permitted }, "TagResources", {
        Tags: [{ TagKey: key, TagValue: value }],
      }),
    untag: (account, region, id, key, permitted = always) =>
      changeTag(sessions, resource, { account, region, id, permitted }, "UnTagResources", { TagKeys: [key] }),
  };
}

const OUTCOMES: readonly { readonly code: RegExp; readonly outcome: Exclude<ReleaseOutcome["outcome"], "released"> }[] = [
  { code: /^InvalidAddressId\.NotFound$|^InvalidParameterValue\.AddressIdNotFound$/, outcome: "gone-already" },
  { code: /^InvalidAddressState$|^UnsupportedOperation\.AddressStatusNotPermit$/, outcome: "bound-meanwhile" },
  { code: /^OperationDenied\.AddressDeletionProtectionEnabled$/, outcome: "protected" },
  { code: /^OperationDenied\.AddressInArrears$/, outcome: "in-arrears" },
  { code: /^UnsupportedOperation\.UnpaidOrderAlreadyExists$/, outcome: "unpaid-order" },
  { code: /^OperationDenied\.MutexTaskRunning$|^RequestLimitExceeded/, outcome: "busy" },
  { code: /^LimitExceeded\.AccountReturnQuota$/, outcome: "quota" },
];

function outcomeOf(failure: CallFailure): ReleaseOutcome {
  const { code, ambiguous } = failure;
  if (code === NOT_SENT) return { outcome: "not-sent", code, why: failure.message };
  const why = describeFailure(failure, "ReleaseAddresses");
  if (ambiguous) return { outcome: "unconfirmed", code: code === "" ? "NoAnswer" : code, why };
  if (isForbidden(failure)) return { outcome: "forbidden", code, why };
  return { outcome: OUTCOMES.find((known) => known.code.test(code))?.outcome ?? "unknown", code, why };
}

/** Watches the task, then the listing, until the EIP is gone or the time is up. Only that it is gone proves the release. */
async function confirm(
  sessions: Sessions,
  clock: Clock,
  account: string,
  region: string,
  id: string,
  taskId: string | null,
  requestId: string,
): Promise<ReleaseOutcome> {
  const until = after(clock.now(), RELEASE_BOUND);
  for (;;) {
    const task = taskId === null ? "none" : await readTask(sessions, account, region, taskId);
    if (task === "FAILED") return { outcome: "unknown", code: "TaskFailed", why: `the release task ${taskId ?? ""} failed` };
    if (task !== "RUNNING") {
      const left = await readAddressesById(sessions, account, region, [id]);
      if (left.known && left.value.length === 0) return { outcome: "released", requestId, taskId };
    }
    if (clock.now() >= until)
      return { outcome: "unconfirmed", code: "NotGone", why: "the release was accepted, and the EIP is still listed" };
    await clock.sleep(POLL);
  }
}

async function readTask(sessions: Sessions, account: string, region: string, taskId: string): Promise<string> {
  // TaskId is a string in one answer and a number in the next request (domain.md §4).
  const call: Call = { action: "DescribeTaskResult", region, parameters: { TaskId: Number(taskId) } };
  const answer = await sessions.call(account, call, z.object({ Result: z.string() }));
  return answer.known ? answer.value.Result.toUpperCase() : "unread";
}

const always: Permitted = async () => null;

interface Tagged extends Place {
  readonly id: string;
  readonly permitted: Permitted;
}

async function changeTag(
  sessions: Sessions,
  template: string,
  { account, region, id, permitted }: Tagged,
  action: "TagResources" | "UnTagResources",
  parameters: Readonly<Record<string, unknown>>,
): Promise<string | null> {
  const identity = await sessions.call(
    account,
    { action: "GetCallerIdentity", region, parameters: {} },
    z.object({ AccountId: z.string() }),
  );
  if (!identity.known) return identity.why;
  const resource = template.replaceAll("{region}", region).replaceAll("{uin}", identity.value.AccountId).replaceAll("{id}", id);
  const call: Call = { action, region, parameters: { ResourceList: [resource], ...parameters }, permitted };
  const failed = z.object({ FailedResources: z.array(z.object({ Code: z.string(), Message: z.string() })).nullish() });
  const answer = await sessions.tryCall(account, call, failed);
  if (!answer.ok) return answer.failure.code === NOT_SENT ? answer.failure.message : describeFailure(answer.failure, action);
  // Partial failure comes under HTTP 200. One resource a call, so that no echoed resource string has to be matched.
  const [first] = answer.value.FailedResources ?? [];
  return first === undefined ? null : `${action}: ${first.Code}: ${first.Message}`;
}
