/** Which builds nobody runs any more. */
import { TrafficError } from '../../base/errors.ts';
import { completedHost } from '../../istio/hosts.ts';
import { serviceIdentity } from '../../istio/service-identity.ts';
import { rulesOfService } from '../../plan/own-subsets.ts';
import { hasListedEndpoint, namespaceOfPods, servingPodsOf } from '../../plan/pods.ts';
import { subsetKey } from '../../plan/subsets.ts';
import type { Snapshot } from '../../plan/types.ts';

/**
 * Which subsets have no ready pod; one that its DestinationRules don't know has none either. Where nobody knows what is
 * behind a subset, because its pods are in another namespace, it is not stale: it may be live.
 *
 * @throws TrafficError forbidden where the pods can't be read: a guess here would cut off live builds
 */
export function staleness(snapshot: Snapshot): (host: string, subset: string) => boolean {
  if (snapshot.pods.state !== 'known') {
    const why = snapshot.pods.state === 'forbidden' ? ` (${snapshot.pods.reason})` : '';
    throw new TrafficError(
      'forbidden',
      `\`mode: stale\` has to know which subsets have ready pods, and the pods can't be read${why}. Grant \`list\` on pods, or use \`rollback\` build by build.`,
    );
  }
  const known = new Map<string, boolean>();
  const isStale = (host: string, name: string): boolean => {
    const subset = rulesOfService(snapshot, host, snapshot.namespace)
      .flatMap((rule) => rule.spec.subsets ?? [])
      .find((candidate) => candidate.name === name);
    const full = fullHost(snapshot, host);
    if (subset === undefined) return namespaceOfPods(snapshot, full) === snapshot.namespace;
    const labels = subset.labels ?? {};
    return servingPodsOf(snapshot, labels, full)?.length === 0 && !hasListedEndpoint(snapshot, labels, full);
  };
  // Thousands of routes send to a few subsets.
  return (host, name) => {
    const key = subsetKey(host, name);
    const answer = known.get(key) ?? isStale(host, name);
    known.set(key, answer);
    return answer;
  };
}

/** As the services in sight spell it; `api.shop`, which none of them gives, is taken for a Service of namespace shop. */
function fullHost(snapshot: Snapshot, host: string): string {
  const service = serviceIdentity(host, snapshot.namespace);
  const known =
    snapshot.services.state === 'known' ? snapshot.services.items.flatMap(({ hosts }) => hosts) : [];
  return (
    known.find((one) => serviceIdentity(one, snapshot.namespace) === service) ??
    completedHost(service) ??
    host
  );
}
