import type { AddressMemory, Ledger } from "../terms/ledger.ts";
import { own } from "../terms/own.ts";
import type { Planned } from "./plan.ts";

/**
 * Takes what this run planned for each EIP into the ledger: when its release could happen first, and whether a person must approve it.
 * `approve` reads the ledger alone, and must not promise what the plan does not hold. What is withheld no more is forgotten with it.
 */
export function rememberOutlook(ledger: Ledger, planned: readonly Planned[]): Ledger {
  const addresses: Record<string, AddressMemory> = { ...ledger.addresses };
  for (const { judgement, action, releaseAt, needsApproval, withheld: held } of planned) {
    const { id } = judgement.situation.linked.address;
    const memory = own(addresses, id);
    if (memory === undefined) continue;
    const { withheld, ...rest } = memory;
    const before = memory.outlook;
    const same = before !== undefined && before.releaseAt === releaseAt && before.needsApproval === needsApproval;
    const forgets = withheld !== undefined && held === null && action !== "release";
    if (same && !forgets) continue;
    addresses[id] = {
      ...rest,
      outlook: { releaseAt, needsApproval },
      ...(withheld === undefined || forgets ? {} : { withheld }),
    };
  }
  return { ...ledger, addresses };
}
