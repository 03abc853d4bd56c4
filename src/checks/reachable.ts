import { covers } from '../istio/matches.ts';
import { destinationsOf } from '../istio/routes.ts';
import type { Match, Route } from '../istio/types.ts';
import { finding } from '../plan/findings.ts';
import { titleOf } from '../plan/objects.ts';
import { isPreviewOf } from '../plan/previews.ts';
import { isTarget } from '../plan/subsets.ts';
import type { Finding } from '../plan/types.ts';
import type { CheckContext } from './context.ts';

/**
 * Envoy takes the first route that matches: a preview below a route that takes all its requests does nothing.
 * Routes to the target itself don't count, for the request arrives there all the same.
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
    const above: { route: Route; index: number }[] = [];
    const findings: Finding[] = [];
    for (const [index, route] of (after.spec.http ?? []).entries()) {
      if (isPreviewOf(route, (destination) => isTarget(destination, namespace, shift.target))) {
        const thieves = (route.match ?? []).map((block) => above.find((other) => takes(other.route, block)));
        const [thief] = thieves;
        if (thief !== undefined && thieves.every((one) => one !== undefined)) {
          const message =
            `No request would reach the preview route ${route.name ?? ''}: http[${thief.index}]${thief.route.name === undefined ? '' : ` (${thief.route.name})`} of ${titleOf(after)}, above it, takes them all. ` +
            'Move that route down, narrow its match, or pick other base routes with `routes`.';
          findings.push(finding('preview-unreachable', 'error', message, after, true));
        }
      }
      if (!leadsToTarget(route)) above.push({ route, index });
    }
    return findings;
  });
}

function takes(route: Route, block: Match): boolean {
  const blocks = route.match ?? [];
  return blocks.length === 0 || blocks.some((wide) => covers(wide, block));
}
