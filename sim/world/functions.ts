import type { Account, Region, World } from "./world.ts";

/** What Access Management and SCF keep: roles, policies, functions and their triggers. */

export interface CamRole {
  readonly id: string;
  readonly name: string;
  /** Who may assume it, as JSON text. */
  document: string;
  readonly description: string;
  readonly addedAt: number;
  readonly tags: readonly { readonly Key: string; readonly Value: string }[];
  /** Ids of its policies. */
  readonly attached: number[];
}

export interface CamPolicy {
  readonly id: number;
  readonly name: string;
  document: string;
  readonly description: string;
  readonly addedAt: number;
  /** The cloud's own, which nobody can change. */
  readonly preset: boolean;
}

export interface CloudFunction {
  readonly id: string;
  readonly name: string;
  readonly namespace: string;
  readonly region: Region;
  readonly runtime: string;
  readonly type: string;
  handler: string;
  description: string;
  memory: number;
  timeout: number;
  role: string;
  vpc: { VpcId: string; SubnetId: string };
  environment: Record<string, string>;
  publicNet: string;
  tags: Record<string, string>;
  /** The zip, as it was uploaded. */
  code: Buffer;
  status: "Creating" | "Active" | "Updating" | "CreateFailed" | "UpdateFailed";
  /** Why it failed. */
  reason: string;
  readonly addedAt: number;
  modifiedAt: number;
  /** How often an asynchronous invocation that failed is repeated, and for how many seconds it is kept. */
  retries: number;
  timeToLive: number;
  readonly triggers: FunctionTrigger[];
  /** What ran, oldest first. */
  readonly invocations: FunctionInvocation[];
}

export interface FunctionTrigger {
  readonly name: string;
  readonly type: string;
  readonly qualifier: string;
  desc: string;
  open: boolean;
  argument: string;
  description: string;
  readonly addedAt: number;
  modifiedAt: number;
}

export interface FunctionInvocation {
  readonly event: unknown;
  /** What the handler answered, as JSON text; empty where it failed. */
  readonly answer: string;
  /** The error's message; empty where there was none. */
  readonly error: string;
  readonly log: string;
  readonly milliseconds: number;
}

export function addPolicy(
  world: World,
  account: Account,
  name: string,
  document: string,
  description = "",
  preset = false,
): CamPolicy {
  const id = 240_000_000 + account.policies.size;
  const policy: CamPolicy = { id, name, document, description, addedAt: world.clock.now(), preset };
  account.policies.set(id, policy);
  return policy;
}

/** A role as somebody made it by hand. */
export function addRole(
  world: World,
  account: Account,
  name: string,
  services: readonly string[],
  policies: readonly CamPolicy[] = [],
): CamRole {
  const document = JSON.stringify({
    version: "2.0",
    statement: [{ effect: "allow", action: "name/sts:AssumeRole", principal: { service: services } }],
  });
  const role: CamRole = {
    id: `46116860184${10_000_000 + account.camRoles.size}`,
    name,
    document,
    description: "",
    addedAt: world.clock.now(),
    tags: [],
    attached: policies.map(({ id }) => id),
  };
  account.camRoles.set(name, role);
  return role;
}

export function functionOf(region: Region, name: string, namespace = "default"): CloudFunction | undefined {
  return region.functions.get(`${namespace}/${name}`);
}
