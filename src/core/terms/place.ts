/** One region of one account: where an EIP or a cluster is. Whatever Tencent Cloud lists, it lists by place. */
export interface Place {
  /** The account's name in the configuration. */
  readonly account: string;
  /** `ap-guangzhou`. */
  readonly region: string;
}

/** `account/region`: the key of a place, and how it is written for people. */
export function placeKey({ account, region }: Place): string {
  return `${account}/${region}`;
}

export function samePlace(one: Place, other: Place): boolean {
  return one.account === other.account && one.region === other.region;
}

/** `account/region/address`: a private address is one machine's only within its place. */
export function privateAddressKey(place: Place, address: string): string {
  return `${placeKey(place)}/${address}`;
}
