import { between, DAY, humanDuration, type Instant } from "../../terms/time.ts";
import type { Reason } from "../../terms/verdict.ts";
import type { Answer, Rule } from "./rule.ts";

/** domain.md §5, line 2: its Pod, its namespace or its claim is going. For a day at most; then it is stuck. */
export const terminating: Rule = {
  name: "terminating",
  sentence: "is its Pod, its namespace or its claim being deleted?",
  answer({ linked, home, now }) {
    const pod = linked.pod;
    const living = pod?.view?.pod ?? null;
    if (pod !== null && living?.deletionAt != null) {
      return going("pod-terminating", `Pod ${pod.namespace}/${pod.name}`, living.deletionAt, now);
    }
    if (pod !== null && home.state === "live" && home.id === pod.cluster) {
      const namespace = home.view.namespaces?.get(pod.namespace);
      if (namespace !== undefined && namespace.deletionAt !== null) {
        return going("namespace-terminating", `namespace ${pod.namespace}`, namespace.deletionAt, now);
      }
    }
    // Of several claims the one that has been going for longest speaks, in whatever order they were listed.
    const claims = [...linked.claims, ...linked.ambiguousClaims].map(({ claim }) => claim.claim);
    const [first] = claims
      .flatMap(({ deletionAt, namespace, name }) =>
        deletionAt === null ? [] : [{ deletionAt, what: `claim ${namespace}/${name}` }],
      )
      .sort((one, other) => one.deletionAt - other.deletionAt);
    if (first !== undefined) return going("claim-terminating", first.what, first.deletionAt, now);
    return null;
  },
};

function going(reason: Reason, what: string, deletionAt: Instant, now: Instant): Answer {
  const since = between(deletionAt, now);
  if (since > DAY) return { reason: "stuck", detail: `${what} has been terminating for ${humanDuration(since)}` };
  return { reason, detail: `${what} is terminating` };
}
