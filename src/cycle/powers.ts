import type { AuditPorts, EnforcePorts, FlagPorts } from "../ports.ts";

/** A mode comes with the ports that it may use, and with no others. */
export type Powers =
  | { readonly mode: "audit"; readonly ports: AuditPorts }
  | { readonly mode: "flag"; readonly ports: FlagPorts }
  | { readonly mode: "enforce"; readonly ports: EnforcePorts };
