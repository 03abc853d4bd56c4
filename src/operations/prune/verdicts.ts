/** Which previews nobody needs any more, and why. What is not known is kept. */
import { destinationsOf, routesOf, subsetOf } from '../../istio/routes.ts';
import { serviceIdentity } from '../../istio/service-identity.ts';
import type { VirtualService } from '../../istio/types.ts';
import { previewSubset } from '../../plan/names.ts';
import { previewOwners, type PreviewOwner } from '../../plan/preview-owners.ts';
import type { PrunedView, Snapshot } from '../../plan/types.ts';
import { staleness } from '../common/staleness.ts';

/** Why a preview goes, or stays. */
export type PruneReason =
  | 'canary-overdue'
  | 'no-ready-pod'
  | 'expired'
  | 'pull-request-closed'
  | 'pull-request-open'
  | 'has-a-share'
  | 'not-known';

export interface PruneVerdict extends PrunedView {
  /** As `serviceIdentity`. */
  readonly service: string;
  readonly reason: PruneReason;
}

/**
 * A verdict on each build that has a preview in these VirtualServices.
 *
 * @param left subsets of builds whose canary nobody watches any more
 */
export function pruneVerdicts(
  snapshot: Snapshot,
  selected: readonly VirtualService[],
  left: ReadonlySet<string>,
): readonly PruneVerdict[] {
  const isStale = snapshot.pods.state === 'known' ? staleness(snapshot) : undefined;
  const sharers = buildsWithShares(snapshot);
  const previews = [...previewsByBuild(selected, snapshot.namespace).values()];
  return previews
    .sort((a, b) => (previewKey(a.subset, a.service) < previewKey(b.subset, b.service) ? -1 : 1))
    .map(({ subset, service, host, owner }) => {
      if (left.has(subset)) return { subset, service, host, owner, ...OVERDUE };
      const judged =
        isStale?.(service, subset) === true
          ? { isGone: true, reason: 'no-ready-pod' as const, words: 'has no ready pod' }
          : byOwner(owner, snapshot);
      const isShared =
        judged.isGone && judged.reason !== 'no-ready-pod' && sharers.has(previewKey(service, subset));
      const verdict = isShared
        ? {
            isGone: false,
            reason: 'has-a-share' as const,
            words: `also has a share of other requests, though it ${judged.words}`,
          }
        : judged;
      return { subset, service, host, owner, ...verdict };
    });
}

const OVERDUE = {
  isGone: true,
  reason: 'canary-overdue',
  words: 'has a canary that nobody watches any more',
} as const;

type OwnerVerdict = Pick<PruneVerdict, 'isGone' | 'reason' | 'words'>;

function byOwner(owner: PreviewOwner | null, { time, pullRequests }: Snapshot): OwnerVerdict {
  const unknown = (words: string): OwnerVerdict => ({ isGone: false, reason: 'not-known', words });
  if (owner === null) return unknown('has no record of whose it is');
  const { repository, pullRequest, expires } = owner;
  if (expires !== null && time !== undefined && Date.parse(expires) <= Date.parse(time))
    return { isGone: true, reason: 'expired', words: `expired on ${expires.slice(0, 10)}` };
  if (repository === null || pullRequest === null) return unknown('is of no pull request');
  const name = `${repository}#${pullRequest}`;
  const known = pullRequests?.get(repository);
  if (known === undefined) return unknown(`is of pull request ${name}, which nobody was asked about`);
  if (known.state === 'unknown') return unknown(`is of pull request ${name}: ${known.why}`);
  return known.open.has(pullRequest)
    ? { isGone: false, reason: 'pull-request-open', words: `is of pull request ${name}, which is open` }
    : { isGone: true, reason: 'pull-request-closed', words: `is of pull request ${name}, which is closed` };
}

type Preview = Pick<PruneVerdict, 'subset' | 'service' | 'host' | 'owner'>;

/** Of several owners of one build the one that was written last. */
function previewsByBuild(
  selected: readonly VirtualService[],
  namespace: string,
): ReadonlyMap<string, Preview> {
  const previews = new Map<string, Preview>();
  for (const virtualService of selected) {
    const owners = previewOwners(virtualService);
    for (const route of virtualService.spec.http ?? []) {
      const subset = previewSubset(route);
      const host = destinationsOf(route)[0]?.destination.host;
      if (subset === undefined || host === undefined) continue;
      const service = serviceIdentity(host, namespace);
      const id = previewKey(service, subset);
      const owner = newer(owners.get(subset) ?? null, previews.get(id)?.owner ?? null);
      previews.set(id, { subset, service, host, owner });
    }
  }
  return previews;
}

function newer(owner: PreviewOwner | null, other: PreviewOwner | null): PreviewOwner | null {
  if (owner === null || other === null) return owner ?? other;
  return Date.parse(owner.made) > Date.parse(other.made) ? owner : other;
}

/** Builds that routes of users send to, whichever VirtualService has them. */
function buildsWithShares({ virtualServices }: Snapshot): ReadonlySet<string> {
  return new Set(
    virtualServices.flatMap((virtualService) =>
      routesOf(virtualService)
        .filter(({ route }) => previewSubset(route) === undefined)
        .flatMap(({ route }) => destinationsOf(route))
        .flatMap(({ destination, weight }) => {
          const subset = subsetOf(destination);
          if (subset === undefined || weight === 0) return [];
          return [previewKey(serviceIdentity(destination.host, virtualService.metadata.namespace), subset)];
        }),
    ),
  );
}

/** Neither has a bar. */
function previewKey(service: string, subset: string): string {
  return `${service}|${subset}`;
}
