/** Which builds nobody runs any more. */
import { distinctBy } from '../../base/distinct.ts';
import { TrafficError } from '../../base/errors.ts';
import { finding, type Finding } from '../../base/findings.ts';
import { fullName } from '../../base/title.ts';
import { completedHost, resolveHost } from '../../istio/hosts.ts';
import { destinationsOf, routesOf } from '../../istio/routes.ts';
import { serviceIdentity } from '../../istio/service-identity.ts';
import { rulesOfService } from '../../plan/own-subsets.ts';
import { entryOfUnreadWorkloads, mayNeedNoPod, namespaceOfPods, servingPodsOf } from '../../plan/pods.ts';
import { subsetKey } from '../../plan/subsets.ts';
import type { Snapshot } from '../../plan/types.ts';
import type { VirtualService } from '../../istio/types.ts';

/**
 * Which subsets have no ready pod; one that its DestinationRules don't know has none either. Where nobody knows what is
 * behind a subset, because its pods are in another namespace or WorkloadEntries can't be read, it is not stale: it may be
 * live.
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
    return servingPodsOf(snapshot, labels, full)?.length === 0 && !mayNeedNoPod(snapshot, labels, full);
  };
  // Thousands of routes send to a few subsets.
  return (host, name) => {
    const key = subsetKey(host, name);
    const answer = known.get(key) ?? isStale(host, name);
    known.set(key, answer);
    return answer;
  };
}

/** Services whose builds may run on WorkloadEntries that can't be read: nobody knows which of them are stale. */
export function unreadWorkloadFindings(
  snapshot: Snapshot,
  virtualServices: readonly VirtualService[],
): readonly Finding[] {
  const hosts = new Set(
    virtualServices.flatMap((virtualService) =>
      routesOf(virtualService).flatMap(({ route }) =>
        destinationsOf(route).map(({ destination }) =>
          resolveHost(destination.host, virtualService.metadata.namespace),
        ),
      ),
    ),
  );
  const entries = [...hosts].flatMap((host) => entryOfUnreadWorkloads(snapshot, host) ?? []);
  return distinctBy(entries, fullName).map((entry) =>
    finding(
      'workloads-not-known',
      'warning',
      `Builds of ServiceEntry ${fullName(entry)} without a ready pod stay, because they may run on WorkloadEntries that it selects, and these can't be read (${snapshot.unreadWorkloads ?? ''}). ` +
        'Grant `list` on workloadentries, or use `rollback` build by build.',
    ),
  );
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
