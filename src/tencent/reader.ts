import * as z from "zod";
import { known } from "../core/terms/known.ts";
import type { CloudReader } from "../ports.ts";
import { readAccountType, readAddresses, readAddressesById, readQuota } from "./addresses.ts";
import { clusterExists, ipamdAuthorised, readClusters, readIpamd } from "./clusters.ts";
import { readAddressEvents, readBilledIdle } from "./history.ts";
import type { Account, Sessions } from "./session.ts";

/** Tencent Cloud, read only, over the official SDK. Failures are unknown readings; only refused credentials are thrown. */
export function createCloudReader(sessions: Sessions, accounts: readonly Account[]): CloudReader {
  const regionOf = (account: string) => accounts.find(({ name }) => name === account)?.regions[0] ?? "ap-guangzhou";
  return {
    accounts: accounts.map(({ name, regions }) => ({ name, regions })),
    async principal(account) {
      const call = { action: "GetCallerIdentity", region: regionOf(account), parameters: {} } as const;
      const answer = await sessions.call(account, call, z.object({ Arn: z.string(), AccountId: z.string() }));
      return answer.known ? known({ arn: answer.value.Arn, uin: answer.value.AccountId }) : answer;
    },
    addresses: (account, region, onPage) => readAddresses(sessions, account, region, onPage ?? (() => undefined)),
    addressesById: (account, region, ids) => readAddressesById(sessions, account, region, ids),
    accountType: (account, region) => readAccountType(sessions, account, region),
    quota: (account, region) => readQuota(sessions, account, region),
    clusters: (account, region, product) => readClusters(sessions, account, region, product),
    clusterExists: (account, region, id) => clusterExists(sessions, account, region, id),
    ipamd: (account, region, clusterId) => readIpamd(sessions, account, region, clusterId),
    ipamdAuthorised: (account) => ipamdAuthorised(sessions, account, regionOf(account)),
    addressEvents: (account, region, id, from, to) => readAddressEvents(sessions, account, region, id, from, to),
    billedIdle: (account, id, from, to) => readBilledIdle(sessions, account, regionOf(account), id, from, to),
  };
}
