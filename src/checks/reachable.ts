import { coverIndex } from '../istio/cover-index.ts';
import { destinationsOf } from '../istio/routes.ts';
import type { Route } from '../istio/types.ts';
import { finding } from '../plan/findings.ts';
import { titleOf } from '../plan/objects.ts';
import { isPreviewOf } from '../plan/previews.ts';
import { isTarget } from '../plan/subsets.ts';
import type { Finding } from '../plan/types.ts';
import type { CheckContext } from './context.ts';

/**
 * Envoy takes the first route that matches: a preview below a route that takes all its requests does nothing.
 * One that is taken by a route to the target itself loses nothing: the request arrives there all the same.
 *
 * @see https://istio.io/latest/docs/concepts/traffic-management/#routing-rule-precedence
 */
export function checkReachable({ intent, draft: { shift, virtualServices } }: CheckContext): Finding[] {
  if (shift === undefined || intent.operation !== 'headers') return [];
  return virtualServices.flatMap(({ after }) => {
    const { namespace } = after.metadata;
    const leadsToTarget = (route: Route): boolean =>
      destinationsOf(route).length > 0 &&
      destinationsOf(route).every(({ destination }) => isTarget(destination, namespace, shift.target));
    const above = coverIndex();
    const findings: Finding[] = [];
    const http = after.spec.http ?? [];
    for (const [index, route] of http.entries()) {
      if (isPreviewOf(route, (destination) => isTarget(destination, namespace, shift.target))) {
        const first = (route.match ?? []).map((block) => above.first(block));
        const thieves = first.map((one) => (one === undefined ? undefined : http[one]));
        const [thief] = thieves;
        if (thief !== undefined && thieves.every((one) => one !== undefined && !leadsToTarget(one))) {
          const message =
            `No request would reach the preview route ${route.name ?? ''}: http[${first[0] ?? 0}]${thief.name === undefined ? '' : ` (${thief.name})`} of ${titleOf(after)}, above it, takes them all. ` +
            'Move that route down, narrow its match, or pick other base routes with `routes`.';
          findings.push(finding('preview-unreachable', 'error', message, after, true));
        }
      }
      above.add(route, index);
    }
    return findings;
  });
}
