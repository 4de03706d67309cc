import type { ClusterFacts, Facts } from "../terms/facts.ts";
import { AUTOSCALER_KINDS, AUTOSCALERS, resourceName, rowOf, WORKLOAD_KINDS } from "../terms/kinds.ts";
import type { Listing } from "../terms/known.ts";
import { type Place, placeKey } from "../terms/place.ts";
import type { Gap } from "../terms/result.ts";

/**
 * What of the inventory could not be read (contract.md, scan --format json): EIPs, clusters, their objects, their thresholds. What only
 * adorns a report (quota, account type, role policies) is no gap; it is shown as unknown where it stands. Clusters that
 * `clusters.ignore` names leave no gap: a person knows.
 */
export function gapsOf(facts: Facts): readonly Gap[] {
  const gaps: Gap[] = [];
  for (const region of facts.regions) {
    if (region.addresses.known) continue;
    const { why, cause } = region.addresses;
    gaps.push({ scope: scopeOf(region), what: "eips", why, ...(cause === undefined ? {} : { cause }) });
  }
  for (const listing of facts.clusterListings) {
    if (!listing.ids.known) gaps.push({ scope: scopeOf(listing), what: `${listing.product} clusters`, why: listing.ids.why });
  }
  for (const cluster of facts.clusters) {
    if (!facts.ignoredClusters.includes(cluster.id)) gaps.push(...clusterGaps(cluster));
  }
  for (const { id, exists } of facts.absentClusters) {
    if (!exists.known) gaps.push({ scope: `cluster ${id}`, what: "whether it exists", why: exists.why });
  }
  return gaps;
}

/** The regions that TKE does not serve, each in one sentence: no cluster is there, which is an absence and no gap (domain.md §4). */
export function notesOfRegions({ clusterListings }: Pick<Facts, "clusterListings">): readonly string[] {
  return clusterListings
    .filter(({ ids, unsupported }) => ids.known && unsupported === true)
    .map(
      (listing) =>
        `${scopeOf(listing)}: the product ${listing.product} does not serve this region, so no cluster is expected there`,
    );
}

function scopeOf(place: Place): string {
  return `region ${placeKey(place)}`;
}

function clusterGaps(cluster: ClusterFacts): readonly Gap[] {
  const scope = `cluster ${cluster.id}`;
  const gaps: Gap[] = [];
  if (!cluster.ipamd.known) gaps.push({ scope, what: "recycle threshold", why: cluster.ipamd.why });
  if (!cluster.objects.known) return [...gaps, { scope, what: "kubernetes", why: cluster.objects.why }];
  const objects = cluster.objects.value;
  const note = (what: string, listing: Listing<unknown>) => {
    if (listing.state === "forbidden" || listing.state === "failed") gaps.push({ scope, what, why: listing.why });
  };
  note("pods", objects.pods);
  for (const kind of WORKLOAD_KINDS) note(resourceName(rowOf(kind)), objects.workloads[kind]);
  note("eipclaims", objects.claims);
  note("namespaces", objects.namespaces);
  for (const kind of AUTOSCALER_KINDS) note(resourceName(AUTOSCALERS[kind]), objects.autoscalers[kind]);
  note("nodes", objects.nodes);
  if (!objects.eksConfigAnnotations.known) {
    gaps.push({ scope, what: "configmap kube-system/eks-config", why: objects.eksConfigAnnotations.why });
  }
  return gaps;
}
