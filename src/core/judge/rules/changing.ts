import { between, DAY, humanDuration } from "../../terms/time.ts";
import { bornAt } from "../situation.ts";
import type { Rule } from "./rule.ts";

const CHANGING: readonly string[] = ["CREATING", "BINDING", "UNBINDING", "OFFLINING"];

/** domain.md §5, line 2: what the cloud is doing to it at this moment. A day of it is too long. */
export const changing: Rule = {
  name: "changing",
  sentence: "is it being created, bound, unbound or released right now?",
  answer({ linked, now }) {
    const { status } = linked.address;
    if (!CHANGING.includes(status)) return null;
    const since = linked.memory?.status.is === status ? linked.memory.status.since : null;
    if (since !== null && between(since, now) > DAY) {
      return { reason: "stuck", detail: `its status has been ${status} for ${humanDuration(between(since, now))}` };
    }
    return { reason: "changing", detail: `its status is ${status}` };
  },
};

/** An EIP whose age is not known at all counts as new. */
export const newborn: Rule = {
  name: "newborn",
  sentence: "is it younger than policy.newborn?",
  answer({ linked, now, policy }) {
    const born = bornAt(linked);
    if (born === null) return { reason: "newborn", detail: "its age is not known, and it is seen for the first time" };
    const age = between(born, now);
    if (age >= policy.newborn) return null;
    return { reason: "newborn", detail: `it is ${humanDuration(age)} old, policy.newborn is ${humanDuration(policy.newborn)}` };
  },
};

export const cascadeRelease: Rule = {
  name: "cascade-release",
  sentence: "does Tencent Cloud release it by itself when it is unbound?",
  answer({ linked }) {
    if (linked.address.cascadeRelease !== true) return null;
    return { reason: "cascade-release", detail: "CascadeRelease is on: Tencent Cloud releases it by itself" };
  },
};
