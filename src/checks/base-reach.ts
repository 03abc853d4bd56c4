import { isDestinationOf } from '../istio/hosts.ts';
import { formatLabels, hasLabels } from '../istio/labels.ts';
import { destinationsOf, subsetOf } from '../istio/routes.ts';
import { pickOf } from '../plan/base-routes.ts';
import { finding, type Finding } from '../base/findings.ts';
import { titleOf } from '../base/title.ts';
import { readyPodsOf, servicesFor } from '../plan/pods.ts';
import { stableAdvice } from '../plan/stable-pods.ts';
import type { Target } from '../plan/subsets.ts';
import type { Snapshot } from '../plan/types.ts';
import type { CheckContext } from './context.ts';

/**
 * A base route that sends to the whole service reaches the target's pods already: a weight would give them
 * more than was asked, a preview would not be the only way to them.
 */
export function checkBaseReach({ snapshot, intent, draft: { shift } }: CheckContext): Finding[] {
  if (shift === undefined || shift.stable !== undefined) return [];
  if (intent.operation !== 'weight' && intent.operation !== 'headers') return [];
  if (intent.operation === 'weight' && intent.weight === 0) return [];
  if (!isReached(snapshot, shift.target)) return [];
  const isError = intent.operation === 'weight' && snapshot.source === 'kubernetes';
  return shift.served.flatMap(({ virtualService, routes }) => {
    const { namespace } = virtualService.metadata;
    const open = routes.find(({ route }) =>
      destinationsOf(route).some(
        ({ destination }) =>
          subsetOf(destination) === undefined && isDestinationOf(destination, namespace, shift.service),
      ),
    );
    if (open === undefined) return [];
    const isKnown = snapshot.pods.state === 'known';
    const effect =
      intent.operation === 'weight'
        ? `they would get more than ${intent.weight} %`
        : 'they get ordinary requests too, not only those with the headers';
    const message =
      `${pickOf(open)} of ${titleOf(virtualService)} sends to ${shift.service.host} without a subset, which includes the pods of ${formatLabels(shift.target.labels)}${isKnown ? '' : ' if its Service does'}: ${effect}. ` +
      stableAdvice(snapshot, shift.service.host, shift.target.labels);
    return [finding('base-reaches-target', isError ? 'error' : 'warning', message, virtualService, isError)];
  });
}

/** In manifests nobody knows the pods, so they may be reached; a weight of 100 or less of nothing harms nobody. */
function isReached(snapshot: Snapshot, { labels, service }: Target): boolean {
  const ready = readyPodsOf(snapshot, labels);
  if (ready === undefined) return true;
  const services = servicesFor(snapshot, service.host);
  const selectors = services.flatMap(({ selector }) => (selector === undefined ? [] : [selector]));
  if (services.length === 0 || selectors.length === 0) return ready.length > 0;
  return ready.some((pod) => selectors.some((selector) => hasLabels(pod.labels, selector)));
}
