import { bound } from "./bound.ts";
import { cascadeRelease, changing, newborn } from "./changing.ts";
import { contradiction } from "./contradiction.ts";
import { deletionProtected, keepTag, kept } from "./kept.ts";
import {
  barePodOverdue,
  clusterDeleted,
  duplicate,
  namelessOwner,
  notDestroyedWithPod,
  orphan,
  ownerNeverSeen,
  scaledDownOverdue,
  workloadGone,
} from "./leaks.ts";
import { recycling } from "./recycling.ts";
import {
  autoscalerCoversPod,
  barePodClaimed,
  inIdList,
  parkedGameServer,
  podExists,
  scaledDownKept,
  scaledToZero,
  workloadIncludesPod,
} from "./returns.ts";
import type { Rule } from "./rule.ts";
import { terminating } from "./terminating.ts";
import {
  accountTypeUnknown,
  claimsNotReadable,
  halfTagged,
  kindUnreadable,
  mayBeScaledUp,
  ownerUnknown,
  policyUnknown,
  regionClusterUnreadable,
  tagsUnreadable,
  thresholdUnknown,
} from "./undecided.ts";
import { unmanaged } from "./unmanaged.ts";
import { ambiguousClaim, clusterNotReadable, danglingInterface, listingIncomplete, statusUnknown } from "./unread.ts";

/** The ordered list (domain.md §5): the first answer is the verdict. */
export const RULES: readonly Rule[] = [
  // in use
  bound,
  // changing at this moment
  changing,
  newborn,
  cascadeRelease,
  terminating,
  // a person said so
  keepTag,
  kept,
  deletionProtected,
  // not read, or contradictory, whatever else is known
  listingIncomplete,
  statusUnknown,
  danglingInterface,
  clusterNotReadable,
  contradiction,
  ambiguousClaim,
  // idle on purpose
  inIdList,
  podExists,
  workloadIncludesPod,
  scaledToZero,
  parkedGameServer,
  autoscalerCoversPod,
  scaledDownKept,
  barePodClaimed,
  // not known, and it would decide
  tagsUnreadable,
  accountTypeUnknown,
  regionClusterUnreadable,
  halfTagged,
  kindUnreadable,
  mayBeScaledUp,
  ownerUnknown,
  claimsNotReadable,
  policyUnknown,
  thresholdUnknown,
  // ipamd is about to
  recycling,
  // nobody will use it again
  clusterDeleted,
  duplicate,
  scaledDownOverdue,
  barePodOverdue,
  namelessOwner,
  notDestroyedWithPod,
  workloadGone,
  ownerNeverSeen,
  orphan,
  // nothing proves anything
  unmanaged,
];
