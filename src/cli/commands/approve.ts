import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { counted } from "../../core/terms/describe.ts";
import { iso } from "../../core/terms/time.ts";
import { type Approvable, approve, lookUpApprovals } from "../../cycle/approve.ts";
import { readPlan } from "../../cycle/planfile.ts";
import { GuardError, whyOf } from "../../errors.ts";
import { EXIT } from "../exit-codes.ts";
import type { CommandContext } from "../io.ts";
import type { OwnOptions } from "../own-options.ts";
import { openSession, type Session } from "../session.ts";
import { person } from "./say.ts";

/** `eip-guard approve EIP…` and `eip-guard approve --plan FILE`: allows releases that need a person. Lists them, then writes. */
export async function approveCommand(context: CommandContext, own: OwnOptions, eips: readonly string[]): Promise<number> {
  const { io, clock, tell, assembly } = context;
  const session = await openSession(context, "dry");
  const named = own.plan === undefined ? eips : await namedByPlan(context, session, own.plan, eips);
  if (named.length === 0 && own.plan === undefined) throw nothingNamed();
  if (named.length === 0) {
    tell(`no item of ${own.plan} needs an approval: nothing was written`);
    return EXIT.done;
  }
  const store = await assembly.storeWriter(session.config, io.env, clock);
  const { approved, needless } = await lookUpApprovals({ store, clock }, named, session.config.policy);
  for (const sentence of needless) tell(sentence);
  for (const one of approved) tell(lineOf(one));
  await approve({ store, clock }, approved, person(io.env));
  if (approved.length > 0) tell(`approved: ${counted(approved.length, "EIP")}`);
  return EXIT.done;
}

function lineOf({ id, ip, pod, verdict, releaseAt, until }: Approvable): string {
  const when = releaseAt === null ? "when it can be released is not known yet" : `released not before ${iso(releaseAt)}`;
  return `${id} (${ip}, ${pod ?? "no Pod known"}): ${verdict}; ${when}; the approval holds until ${iso(until)}`;
}

async function namedByPlan(
  { io, clock }: CommandContext,
  { policyDigest }: Session,
  name: string,
  eips: readonly string[],
): Promise<readonly string[]> {
  if (eips.length > 0) {
    throw new GuardError("TwoSelections", "user", "approve takes EIPs or --plan, not both", "leave one of them out");
  }
  let text: string;
  try {
    text = await readFile(resolve(io.cwd, name), "utf8");
  } catch (error) {
    throw new GuardError("PlanUnreadable", "user", `the plan ${name} can't be read: ${whyOf(error)}`, "check its name");
  }
  const plan = readPlan(text, name, policyDigest, clock.now());
  return plan.items.filter(({ needsApproval }) => needsApproval === true).map(({ id }) => id);
}

function nothingNamed(): GuardError {
  return new GuardError(
    "NoEip",
    "user",
    "approve needs an EIP",
    "give ids or addresses, as in `eip-guard approve eip-1a2b3c4d eip-5e6f7a8b`, or --plan FILE",
  );
}
