import {
  assembleCheck,
  assembleFunctionReader,
  assembleFunctionWriter,
  assembleMarker,
  assembleRead,
  assembleRecovery,
  assembleRun,
  assembleSecrets,
  deployedRights,
  openStoreReader,
  openStoreWriter,
} from "../assemble.ts";
import type { Environment } from "../config/credentials.ts";
import type { Config } from "../config/sections.ts";
import type { CheckPorts } from "../cycle/check-look.ts";
import type { Powers } from "../cycle/powers.ts";
import type { FunctionReader, FunctionWriter } from "../deployment.ts";
import type { Clock, CloudWriter, ReadPorts, StoreReader, StoreWriter } from "../ports.ts";
import type { Observer } from "../tencent/transport.ts";

/** Where a command's ports come from. Each answers only what its command may use: a dry run gets nothing that writes. */
export interface Assembly {
  readonly read: (config: Config, env: Environment, clock: Clock) => Promise<ReadPorts>;
  /** With the powers of the configuration's mode. `observe` hears of each call of the cloud. */
  readonly run: (config: Config, env: Environment, clock: Clock, observe?: Observer) => Promise<Powers>;
  /** The environment with the secrets that the configuration names. */
  readonly secrets: typeof assembleSecrets;
  readonly check: (
    config: Config,
    env: Environment,
    clock: Clock,
    tries: { readonly probeStore: boolean; readonly notify: boolean },
  ) => Promise<CheckPorts>;
  readonly storeReader: (config: Config, env: Environment, clock: Clock) => Promise<StoreReader>;
  readonly storeWriter: (config: Config, env: Environment, clock: Clock) => Promise<StoreWriter>;
  readonly marker: (config: Config, env: Environment, clock: Clock) => Promise<Pick<CloudWriter, "tag" | "untag">>;
  /** The folder of the built functions; left out: where the build puts them. */
  readonly bundles?: string;
  /** For deploying, by our own keys. */
  readonly functionReader: (config: Config, env: Environment, clock: Clock) => Promise<FunctionReader>;
  /** Opened when a plan was confirmed, and not before. */
  readonly functionWriter: (config: Config, env: Environment, clock: Clock) => Promise<FunctionWriter>;
  /** What deployed functions may do: the scheduled one, and the one behind Slack's buttons. */
  readonly runRights: (config: Config) => ReturnType<typeof deployedRights>;
  readonly recovery: typeof assembleRecovery;
}

/** The real one: Tencent Cloud, Kubernetes, Slack and the store. */
export const ASSEMBLY: Assembly = {
  read: assembleRead,
  run: (config, env, clock, observe) => assembleRun(config, env, clock, config.policy.mode, observe),
  secrets: assembleSecrets,
  check: assembleCheck,
  storeReader: openStoreReader,
  storeWriter: openStoreWriter,
  marker: assembleMarker,
  functionReader: assembleFunctionReader,
  functionWriter: assembleFunctionWriter,
  runRights: deployedRights,
  recovery: assembleRecovery,
};
