/** The host that serves a product, for a call to this region. Finance regions, whose names end in `-fsi`, have hosts of their own (domain.md §4). */
export function hostOf(product: string, region: string | null): string {
  return region?.endsWith("-fsi") ? `${product}.${region}.tencentcloudapi.com` : `${product}.tencentcloudapi.com`;
}
