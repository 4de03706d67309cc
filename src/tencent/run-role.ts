import type { StateConfig } from "../config/sections/state.ts";
import { type CamFeatures, type Right, requiredRights, rightFor, type Statement, statementsFor } from "./actions.ts";

/** What the role of a deployed function may do: just what mode and configuration need (contract.md, Deploy). */
export interface RunRole extends Omit<CamFeatures, "roles"> {
  /** Roles of other accounts that it assumes. */
  readonly assumes: readonly string[];
  readonly state: StateConfig;
  /** Secrets that it reads. */
  readonly secrets: readonly SecretPlace[];
}

export interface SecretPlace {
  readonly region: string;
  readonly name: string;
}

/** The statements of the scheduled function's policy. */
export function runStatements({ assumes, state, secrets, ...features }: RunRole): readonly Statement[] {
  const own = requiredRights({ ...features, roles: false });
  const assume: readonly Right[] = assumes.length === 0 ? [] : [{ ...rightFor("AssumeRole"), resource: [...new Set(assumes)] }];
  return statementsFor([...own, ...assume, ...storeRights(state), ...secretRights(secrets)]);
}

/** The statements of the policy of the function behind Slack's buttons: the store, and what it is signed and answered with. */
export function buttonStatements(state: StateConfig, secrets: readonly SecretPlace[]): readonly Statement[] {
  return statementsFor([...storeRights(state), ...secretRights(secrets)]);
}

const STORE_ACTIONS = ["GetObject", "HeadObject", "PutObject", "DeleteObject", "GetBucket"];

/** On the bucket and the prefix alone. A folder needs no right of the cloud. */
function storeRights(state: StateConfig): readonly Right[] {
  if (state.kind !== "cos") return [];
  const { bucket, region, prefix } = state;
  const appId = bucket.slice(bucket.lastIndexOf("-") + 1);
  return [
    {
      actions: STORE_ACTIONS.map((action) => `name/cos:${action}`),
      resource: [`qcs::cos:${region}:uid/${appId}:${bucket}/${prefix}*`],
      why: "keep the ledger and the trail",
    },
  ];
}

function secretRights(secrets: readonly SecretPlace[]): readonly Right[] {
  const resource = [...new Set(secrets.map(({ region, name }) => `qcs::ssm:${region}:uin/*:secret/creatorUin/*/${name}`))];
  if (resource.length === 0) return [];
  const actions = ["GetSecretValue", "ListSecretVersionIds"].map((action) => `ssm:${action}`);
  return [{ actions, resource, why: "read the secrets that the configuration names" }];
}
