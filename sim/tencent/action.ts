import type { CloudFunction, FunctionInvocation, FunctionTrigger } from "../world/functions.ts";
import type { Account, Region, World } from "../world/world.ts";

/** What an action of the simulated API is, and how it reads its parameters. */

export class ApiError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export interface Caller {
  readonly world: World;
  readonly account: Account;
  /** The principal's ARN. */
  readonly arn: string;
  readonly region: Region;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Makes temporary keys for a role. */
  readonly assume: (
    account: Account,
    role: string,
    seconds: number,
  ) => { readonly id: string; readonly key: string; readonly token: string; readonly expires: number };
  /** The kubeconfig of a cluster's simulated API server. */
  readonly kubeconfig: (clusterId: string) => string;
  /** Runs a function's code under its role. */
  readonly run: (fn: CloudFunction, event: unknown) => Promise<FunctionInvocation>;
  /** A timer's tick of this instant. */
  readonly fire: (fn: CloudFunction, trigger: FunctionTrigger, at: number) => void;
  readonly tasks: Map<number, { readonly at: number; readonly result: "SUCCESS" | "FAILED" }>;
}

export type Answer = Readonly<Record<string, unknown>>;

/** A parameter's type in the official definition. */
type ParameterType = "int" | "string" | "bool" | "list" | "object";

export interface Action {
  readonly version: string;
  /** Parameters with their types; required ones have a `!`. Everything else is refused. */
  readonly parameters: Readonly<Record<string, ParameterType | `${ParameterType}!`>>;
  /** Calls a second. */
  readonly perSecond: number;
  /** Whether it changes something. */
  readonly writes: boolean;
  /** The product and the resource in the words of a refusal; left out: `cvm` and an EIP. */
  readonly service?: string;
  readonly resource?: string;
  /** The resources that a call is about, for the policies of a run role; left out: which ones does not matter. */
  readonly about?: (parameters: Caller["parameters"], region: string, uin: string) => readonly string[];
  readonly answer: (caller: Caller) => Answer | Promise<Answer>;
}

export function text(parameters: Caller["parameters"], name: string): string {
  const value = parameters[name];
  return typeof value === "string" ? value : "";
}

export function number(parameters: Caller["parameters"], name: string, fallback: number): number {
  const value = parameters[name];
  return typeof value === "number" ? value : fallback;
}

export function list(parameters: Caller["parameters"], name: string): readonly unknown[] {
  const value = parameters[name];
  return Array.isArray(value) ? value : [];
}

export function strings(parameters: Caller["parameters"], name: string): readonly string[] {
  return list(parameters, name).filter((item) => typeof item === "string");
}

export function isoSeconds(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
}

export function pageOf(
  parameters: Caller["parameters"],
  usual: number,
  most: number,
): { readonly offset: number; readonly limit: number } {
  const offset = number(parameters, "Offset", 0);
  const limit = number(parameters, "Limit", usual);
  if (offset < 0 || limit < 1 || limit > most)
    throw new ApiError("InvalidParameterValue.Range", `Limit must be within 1 and ${most}`);
  return { offset, limit };
}
