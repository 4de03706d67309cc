import { handBack, recoverLine } from "../../core/terms/recovery.ts";
import { lookUpRecovery, type Recoverable, recover, TRIES_A_MONTH } from "../../cycle/recover.ts";
import { GuardError } from "../../errors.ts";
import { EXIT } from "../exit-codes.ts";
import type { CommandContext } from "../io.ts";
import type { OwnOptions } from "../own-options.ts";
import { openSession } from "../session.ts";
import { person } from "./say.ts";

/** `eip-guard recover EIP [--yes]`: tries to get a released address back. Says what it will call, then calls it once. */
export async function recoverCommand(context: CommandContext, own: OwnOptions, eip: string): Promise<number> {
  const { io, clock, tell, assembly } = context;
  const { config } = await openSession(context, "dry");
  const reader = await assembly.storeReader(config, io.env, clock);
  const found = await lookUpRecovery(reader, eip, clock.now());
  for (const line of whatIsAsked(found)) tell(line);
  await confirm(io, own, found.id);
  const { cloud, recoverer } = await assembly.recovery(config, io.env, clock);
  const store = await assembly.storeWriter(config, io.env, clock);
  const id = await recover({ store, cloud, recoverer, clock }, found, person(io.env));
  io.stdout.write(`${found.facts.ip} is back as ${id}\n`);
  io.stdout.write(`its Pod gets it back by this annotation of its template, at the Pod's ordinal in the list:\n`);
  io.stdout.write(`${handBack(id)}\n`);
  return EXIT.done;
}

/** @throws GuardError `NotConfirmed` */
async function confirm({ ask }: CommandContext["io"], { yes }: OwnOptions, id: string): Promise<void> {
  if (yes === true) return;
  if (ask === undefined)
    throw new GuardError(
      "NotConfirmed",
      "user",
      "nothing was asked for: this is what recover would call",
      `read it, then run ${recoverLine(id)} --yes`,
    );
  const answer = await ask("recover? [y/N] ");
  if (!/^y(es)?$/i.test(answer.trim()))
    throw new GuardError("NotConfirmed", "user", "nothing was asked for: the answer was not yes");
}

function whatIsAsked({ id, facts, tries, open }: Recoverable): readonly string[] {
  const { account, region, ip, isp, chargeType, bandwidthMbps, bandwidthPackage, pod } = facts;
  const kind = [isp, chargeType, bandwidthMbps === null ? null : `${bandwidthMbps} Mbps`, bandwidthPackage].filter(
    (part) => part !== null,
  );
  return [
    `${id} had ${ip}${pod === null ? "" : `, for Pod ${pod}`}`,
    open === null
      ? `try ${tries + 1} of ${TRIES_A_MONTH} this month in account ${account}`
      : "an earlier try has no end: it is looked for first, and goes on as the same request",
    `vpc AllocateAddresses in ${region}: ${ip}, ${kind.join(", ")}`,
  ];
}
