/**
 * The host that serves a product, for a call to this region. Finance regions, whose names end in `-fsi`, have hosts of their own (domain.md §4).
 *
 * @param internal whether it is called from within a private network of the cloud; finance regions have no such host
 */
export function hostOf(product: string, region: string | null, internal = false): string {
  if (region?.endsWith("-fsi") === true) return `${product}.${region}.tencentcloudapi.com`;
  return internal ? `${product}.internal.tencentcloudapi.com` : `${product}.tencentcloudapi.com`;
}
