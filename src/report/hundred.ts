import { count, grouped, subsetText } from '../base/text.ts';
import type { RouteView, RoutePair } from '../plan/view-types.ts';
import { groupPairs, viewOf, type RouteGroup } from './groups.ts';
import { destinationName, ownerOf, positionOf, severalHosts } from './text.ts';
import { targetsOf } from './targets.ts';
import type { Outcome } from './types.ts';

/** Sentences, and destinations in one. */
const MOST_GROUPS = 3;
const MOST_DESTINATIONS = 4;

/**
 * What a weight means, in requests: a percentage of several routes with several builds is hard to picture.
 *
 * @example 'Of 100 requests that http[0] accepts, about 80 go to v1 and 20 to api-10'
 * @example 'All requests that http[0] accepts go to api-10'
 */
export function ofAHundred(outcome: Outcome, pairs: readonly RoutePair[]): readonly string[] {
  const { effects, changed, failure, dryRun, reach } = outcome;
  const isSplit = effects.includes('shifts-to-build') && !effects.includes('cuts-over');
  if (!isSplit || !changed || failure !== null) return [];
  const asked = reach?.asked ?? [];
  // Of requests that reach none of these routes there are none to count.
  if (asked.some(({ classes, reached }) => classes > 0 && reached === 0)) return [];
  const written = pairs.filter(({ change, after }) => change === 'changed' && after?.madeBy === 'user');
  // Without another share of the build the change is about something else: previews, copies.
  const targets = targetsOf(outcome);
  if (!written.some(({ before, after }) => shareIn(before, targets) !== shareIn(after, targets))) return [];
  const groups = groupPairs(written, 2);
  const verb = dryRun ? 'would go' : 'go';
  const owner = severalOwners(pairs);
  const sentences = groups.slice(0, MOST_GROUPS).flatMap((group) => sentenceOf(group, verb, owner) ?? []);
  const rest = groups.length - MOST_GROUPS;
  return rest > 0 ? [...sentences, `and so on for ${count(rest, 'more group')} of routes`] : sentences;
}

function shareIn(view: RouteView | null, targets: ReadonlySet<string>): number {
  return (view?.destinations ?? [])
    .filter(({ subset }) => subset !== null && targets.has(subset))
    .reduce((sum, { share }) => sum + share, 0);
}

function sentenceOf(group: RouteGroup, verb: string, ofOwner: (view: RouteView) => string): string | null {
  const [first] = group;
  const view = first === undefined ? null : viewOf(first);
  if (view === null || view.destinations.length === 0) return null;
  const what = view.kind === 'http' ? 'requests' : 'connections';
  const owner = ofOwner(view);
  const whose =
    group.length === 1
      ? `${positionOf(view)}${owner} accepts`
      : `these ${grouped(group.length)} routes${owner} accept`;
  const getting = view.destinations.filter(({ share }) => share > 0);
  const [only, another] = getting;
  if (only !== undefined && another === undefined)
    return `All ${what} that ${whose} ${verb} to ${namedInSentence(only, severalHosts([view]))}`;
  return `Of 100 ${what} that ${whose}, about ${sharesSentence(view, getting, verb)}`;
}

/** ` of shop/api`, where the routes are of several VirtualServices; else nothing. */
function severalOwners(pairs: readonly RoutePair[]): (view: RouteView) => string {
  const owners = new Set(pairs.flatMap((pair) => viewOf(pair) ?? []).map(ownerOf));
  return (view) => (owners.size > 1 ? ` of ${ownerOf(view)}` : '');
}

function sharesSentence(view: RouteView, getting: RouteView['destinations'], verb: string): string {
  const withHost = severalHosts([view]);
  const shown = getting.slice(0, MOST_DESTINATIONS);
  const rest = getting.slice(MOST_DESTINATIONS).reduce((sum, { share }) => sum + share, 0);
  const parts = shown.map(
    (to, i) => `${numberOf(to.share)} ${i === 0 ? `${verb} ` : ''}to ${namedInSentence(to, withHost)}`,
  );
  if (rest > 0) parts.push(`${numberOf(rest)} to others`);
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}`;
}

function numberOf(share: number): string {
  return String(Number(share.toFixed(2)));
}

function namedInSentence(to: RouteView['destinations'][number], withHost: boolean): string {
  const name = destinationName(to, withHost);
  return to.subset === null ? name : name.replace(to.subset, subsetText(to.subset));
}
