import { finding, type Finding } from '../base/findings.ts';
import { sameJson } from '../base/json.ts';
import { memoized } from '../base/memoized.ts';
import { count, percent } from '../base/text.ts';
import { titleOf } from '../base/title.ts';
import { resolveHost } from '../istio/hosts.ts';
import { formatLabels, hasLabels } from '../istio/labels.ts';
import { destinationsOf, subsetOf } from '../istio/routes.ts';
import type { Labels, PodView, VirtualService } from '../istio/types.ts';
import { effectiveShares } from '../istio/weights.ts';
import { podsOfDestination } from './overlaps.ts';
import { readyPodsOf } from './pods.ts';
import type { Snapshot } from './types.ts';
import { subsetLabels } from './views.ts';
import { pickOf } from './route-picks.ts';
import { userRoutes } from './user-routes.ts';

/**
 * A rollback takes away what istiops made. A route to the whole service, or to a hand-made subset that selects the
 * build's pods as well, goes on giving them requests, and whoever reads "rolled back" should know.
 */
export function stillReached(
  snapshot: Snapshot,
  virtualService: VirtualService,
  { podLabels }: { readonly podLabels: Labels },
): readonly Finding[] {
  const { namespace } = virtualService.metadata;
  const subsets = subsetLabels(snapshot.destinationRules);
  const readyOf = memoized(
    (host: string): readonly PodView[] =>
      readyPodsOf(snapshot, podLabels, resolveHost(host, namespace)) ?? [],
  );
  for (const base of userRoutes(virtualService)) {
    const list = destinationsOf(base.route);
    const shares = effectiveShares(list);
    for (const [i, { destination }] of list.entries()) {
      const share = shares[i] ?? 0;
      const theirs = podsOfDestination(destination, namespace, subsets);
      // The share of the build's own subset is another matter: `leftByHand` speaks of it.
      if (share === 0 || theirs === undefined || sameJson(theirs.labels, podLabels)) continue;
      const pods = readyOf(destination.host).filter(({ labels }) => hasLabels(labels, theirs.labels)).length;
      if (pods === 0) continue;
      const subset = subsetOf(destination);
      const to =
        subset === undefined
          ? `the whole service ${destination.host}`
          : `subset ${subset} (${formatLabels(theirs.labels)}, ${percent(share)})`;
      const message =
        `${pickOf(base)} of ${titleOf(virtualService)} sends to ${to}, and ${count(pods, 'ready pod')} of ${formatLabels(podLabels)} ${pods === 1 ? 'is' : 'are'} part of it: ` +
        'the build still gets requests that way, as it would without istiops. Scale it down to end that.';
      return [finding('build-still-reached', 'warning', message, virtualService)];
    }
  }
  return [];
}
