import { coverIndex } from '../istio/cover-index.ts';
import { destinationsOf } from '../istio/routes.ts';
import { covers } from '../istio/matches.ts';
import { resolveHost } from '../istio/hosts.ts';
import type { Match, Route, VirtualService } from '../istio/types.ts';
import { canonicalJson } from '../json.ts';
import { finding } from '../plan/findings.ts';
import { titleOf, type Change } from '../plan/objects.ts';
import { previewSubset } from '../plan/names.ts';
import { isTarget, subsetKey, type Target } from '../plan/subsets.ts';
import type { Finding } from '../plan/types.ts';
import type { CheckContext } from './context.ts';

/**
 * Envoy takes the first route that matches: a preview below a route that takes all its requests does nothing.
 * One that is taken by a route to the target itself loses nothing: the request arrives there all the same.
 *
 * @see https://istio.io/latest/docs/concepts/traffic-management/#routing-rule-precedence
 */
export function checkReachable({ intent, draft: { shift, virtualServices } }: CheckContext): Finding[] {
  if (intent.operation === 'undo' || intent.operation === 'take-back')
    return virtualServices.flatMap(unreachableAgain);
  if (shift === undefined || intent.operation !== 'headers') return [];
  return virtualServices.flatMap(({ after }) => unreachable(after, shift.target));
}

/** Previews that come back may stand below a route that somebody else has written since. */
function unreachableAgain({ before, after }: Change<VirtualService>): Finding[] {
  const { namespace } = after.metadata;
  const had = new Set((before.spec.http ?? []).map((route) => canonicalJson(route)));
  const targets = new Map(
    (after.spec.http ?? [])
      .filter((route) => previewSubset(route) !== undefined && !had.has(canonicalJson(route)))
      .flatMap(destinationsOf)
      .map(({ destination: { host, subset = '' } }) => {
        const resolved = resolveHost(host, namespace);
        return [subsetKey(resolved, subset), { service: { host: resolved }, name: subset }] as const;
      }),
  );
  return [...targets.values()].flatMap((target) => unreachable(after, target));
}

function unreachable(after: VirtualService, target: Pick<Target, 'service' | 'name'>): Finding[] {
  const { namespace } = after.metadata;
  const leadsToTarget = (route: Route): boolean =>
    destinationsOf(route).length > 0 &&
    destinationsOf(route).every(({ destination }) => isTarget(destination, namespace, target));
  const strangers = coverIndex();
  const findings: Finding[] = [];
  const http = after.spec.http ?? [];
  for (const [index, route] of http.entries()) {
    if (!leadsToTarget(route)) {
      strangers.add(route, index);
    } else if (previewSubset(route) !== undefined) {
      const thieves = (route.match ?? []).map((block) => {
        const first = strangers.first(block);
        return first === undefined || isTakenAbove(http, first, block) ? undefined : first;
      });
      const [thief] = thieves;
      if (thief !== undefined && thieves.every((one) => one !== undefined)) {
        const name = http[thief]?.name;
        const message =
          `No request would reach the preview route ${route.name ?? ''}: http[${thief}]${name === undefined ? '' : ` (${name})`} of ${titleOf(after)}, above it, takes them all. ` +
          'Move that route down, narrow its match, or pick other base routes with `routes`.';
        findings.push(finding('preview-unreachable', 'error', message, after, true));
      }
    }
  }
  return findings;
}

/**
 * Does a route to the target take the block before the one at `end` can? Any above does that covers it, for the one
 * at `end` is the first of the others that does. Most often it is the preview right above.
 */
function isTakenAbove(http: readonly Route[], end: number, block: Match): boolean {
  for (let index = end - 1; index >= 0; index -= 1) {
    const { match = [] } = http[index] ?? {};
    if (match.length === 0 || match.some((wide) => covers(wide, block))) return true;
  }
  return false;
}
