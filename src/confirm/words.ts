/** What was found out about proxies, in sentences. */
import { cut, percent } from '../base/text.ts';
import type { ClusterRef } from './clusters.ts';
import type { RoutesState } from './compare-routes.ts';
import type { RouteAction } from './proxy-routes.ts';

/** Characters of words that Envoy says: more would be a whole configuration. */
const LONGEST = 500;

/**
 * The first difference between what a proxy has and what it should have, as part of a sentence.
 *
 * @example 'route main of shop.io:80 sends to v1 100 %, not to v1 80 %, v2 20 %'
 */
export function differenceWords({
  virtualHost,
  found,
  expected,
}: Extract<RoutesState, { readonly kind: 'lacks' }>): string {
  if (expected === null && found === null) return `${virtualHost} has other routes`;
  if (expected === null) return `${virtualHost} still has ${routeText(found?.name)}`;
  if (found === null) return `${virtualHost} does not have ${routeText(expected.name)}`;
  if (found.name !== expected.name)
    return `${virtualHost} has ${routeText(found.name)} where ${routeText(expected.name)} should be`;
  const [is, should] = [actionText(found.action), actionText(expected.action)];
  return is === should
    ? `${routeText(found.name)} of ${virtualHost} has another match`
    : `${routeText(found.name)} of ${virtualHost} ${is}, where it should: ${should}`;
}

function routeText(name = ''): string {
  return name === '' ? 'a route without a name' : `route ${name}`;
}

function actionText(action: RouteAction): string {
  if (action.kind === 'redirect') return 'redirects';
  if (action.kind === 'direct response') return 'answers by itself';
  const whole = action.shares.reduce((sum, { weight }) => sum + weight, 0);
  const shares = action.shares.map(
    ({ cluster, weight }) => `${destinationText(cluster)} ${percent((weight * 100) / whole)}`,
  );
  const copies = action.copies.map(destinationText);
  return `sends to ${shares.join(', ')}${copies.length === 0 ? '' : ` with copies to ${copies.join(', ')}`}`;
}

function destinationText({ host, subset }: ClusterRef): string {
  return subset === '' ? host : subset;
}

/** Words of Envoy in a sentence: on one line, and not without end. */
export function quoted(words: string): string {
  return `"${cut(words.replaceAll(/\s+/g, ' ').trim(), LONGEST)}"`;
}
