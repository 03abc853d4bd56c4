/** Which builds nobody runs any more. */
import { TrafficError } from '../../base/errors.ts';
import { serviceIdentity } from '../../istio/service-identity.ts';
import { rulesOfService } from '../../plan/own-subsets.ts';
import { readyPodsOf } from '../../plan/pods.ts';
import { subsetKey } from '../../plan/subsets.ts';
import type { Snapshot } from '../../plan/types.ts';

/**
 * Which subsets have no ready pod; one that its DestinationRules don't know has none either.
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
    if (subset === undefined) return true;
    const labels = subset.labels ?? {};
    return readyPodsOf(snapshot, labels, fullHost(snapshot, host))?.length === 0;
  };
  // Thousands of routes send to a few subsets.
  return (host, name) => {
    const key = subsetKey(host, name);
    const answer = known.get(key) ?? isStale(host, name);
    known.set(key, answer);
    return answer;
  };
}

/** As the services in sight spell it: `api.shop` is `api.shop.svc.cluster.local`, whatever the cluster's domain. */
function fullHost(snapshot: Snapshot, host: string): string {
  const service = serviceIdentity(host, snapshot.namespace);
  const known =
    snapshot.services.state === 'known' ? snapshot.services.items.flatMap(({ hosts }) => hosts) : [];
  return known.find((one) => serviceIdentity(one, snapshot.namespace) === service) ?? host;
}
