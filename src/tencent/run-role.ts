import type { StateConfig } from "../config/sections/state.ts";
import {
  type CamFeatures,
  type Right,
  requiredRights,
  rightFor,
  type Statement,
  secretReadingRights,
  statementsFor,
} from "./actions.ts";
import type { SecretPlace } from "./secrets.ts";

/** What the role of a deployed function may do: just what mode and configuration need (contract.md, Deploy). */
export interface RunRole extends Omit<CamFeatures, "roles"> {
  /** Roles of other accounts that it assumes. */
  readonly assumes: readonly string[];
  readonly state: StateConfig;
  /** Secrets that it reads. */
  readonly secrets: readonly Pick<SecretPlace, "region" | "name">[];
}

/** The statements of the scheduled function's policy. */
export function runStatements({ assumes, state, secrets, ...features }: RunRole): readonly Statement[] {
  const own = requiredRights({ ...features, roles: false });
  const assume: readonly Right[] = assumes.length === 0 ? [] : [{ ...rightFor("AssumeRole"), resource: [...new Set(assumes)] }];
  return statementsFor([...own, ...assume, ...storeRights(state), ...secretRights(secrets)]);
}

/** The statements of the policy of the function behind Slack's buttons: the store, and what it is signed and answered with. */
export function buttonStatements(state: StateConfig, secrets: RunRole["secrets"]): readonly Statement[] {
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

/** What CAM calls a secret; whoever made it is no part of the configuration. */
export function secretRights(secrets: RunRole["secrets"]): readonly Right[] {
  return secretReadingRights([
    ...new Set(secrets.map(({ region, name }) => `qcs::ssm:${region}:uin/*:secret/creatorUin/*/${name}`)),
  ]);
}
