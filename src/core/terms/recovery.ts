/** The annotation of a Pod's template by which it takes EIPs, at its ordinal in the list (domain.md §2). */
const EIP_ID_LIST = "tke.cloud.tencent.com/eip-id-list";

/** Whether the cloud can be asked for a released address: a BGP EIP alone (domain.md §1). What is not known is taken for one. */
export function canBeRecovered({ isp, type }: { readonly isp?: string | null; readonly type?: string | null }): boolean {
  return (isp ?? "BGP") === "BGP" && (type ?? "EIP") === "EIP";
}

/** What a person types to get an address back. */
export function recoverLine(id: string): string {
  return `eip-guard recover ${id}`;
}

/** The line that hands an EIP to a Pod. */
export function handBack(id: string): string {
  return `${EIP_ID_LIST}: "${id}"`;
}
