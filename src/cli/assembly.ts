import type { Config } from "../config/config.ts";
import type { Environment } from "../config/credentials.ts";
import type { Powers } from "../cycle/run.ts";
import { GuardError } from "../errors.ts";
import type { Clock, CloudWriter, ReadPorts, StoreReader, StoreWriter } from "../ports.ts";

/** Where a command's ports come from. Each answers only what its command may use: a dry run gets nothing that writes. */
export interface Assembly {
  readonly read: (config: Config, env: Environment, clock: Clock) => Promise<ReadPorts>;
  /** With the powers of the configuration's mode. */
  readonly run: (config: Config, env: Environment, clock: Clock) => Promise<Powers>;
  readonly storeReader: (config: Config, env: Environment, clock: Clock) => Promise<StoreReader>;
  readonly storeWriter: (config: Config, env: Environment, clock: Clock) => Promise<StoreWriter>;
  readonly marker: (config: Config, env: Environment, clock: Clock) => Promise<Pick<CloudWriter, "tag" | "untag">>;
}

/** The real one: Tencent Cloud, Kubernetes, Slack and the store. */
export const ASSEMBLY: Assembly = {
  read: notThereYet,
  run: notThereYet,
  storeReader: notThereYet,
  storeWriter: notThereYet,
  marker: notThereYet,
};

/** For what other rooms have not delivered yet. */
export function notThereYet(): never {
  throw new GuardError("NotThereYet", "guard", "this command is not wired yet");
}
