/** What a route gives to a request: where it is sent, in what shares, and how it is treated on the way. */
import { subsetText } from '../base/text.ts';
import { canonicalJson } from '../base/json.ts';
import { resolveHost } from '../istio/hosts.ts';
import { serviceIdentity } from '../istio/service-identity.ts';
import type { ListedRoute } from '../istio/requests/kept-routes.ts';
import { answersItself, destinationsOf } from '../istio/routes.ts';
import type { Destination, Route, RouteDestination } from '../istio/types.ts';
import { effectiveShares } from '../istio/weights.ts';
import { namespaceOf, type Taken } from './listed.ts';

/** A share of the requests, in percent. */
export interface AnswerShare {
  readonly destination: Destination;
  /** The host resolved, so that two spellings are the same. */
  readonly host: string;
  /** What else the entry says: headers that are set for it alone. */
  readonly entry: string;
  readonly share: number;
}

/** Shares above 0; two entries of the same destination that treat requests alike are one. */
export function sharesOf(listed: ListedRoute): readonly AnswerShare[] {
  return sharesOfRoute(listed.route, namespaceOf(listed));
}

/** @param namespace that the short hosts of the route belong to */
export function sharesOfRoute(route: Route, namespace: string): readonly AnswerShare[] {
  if (answersItself(route)) return [];
  const list = destinationsOf(route);
  const shares = effectiveShares(list);
  return merged(list.map((entry, i) => entryShare(entry, shares[i] ?? 0, namespace)));
}

/**
 * @param share in percent
 * @param namespace that the short host of the destination belongs to
 */
export function entryShare(entry: RouteDestination, share: number, namespace: string): AnswerShare {
  return {
    destination: entry.destination,
    host: resolveHost(entry.destination.host, namespace),
    entry: entryText(entry),
    share,
  };
}

/** Entries that are the same to a request as one, with the sum of their shares; of several, those with 0 are left out. */
export function merged(shares: readonly AnswerShare[]): readonly AnswerShare[] {
  if (shares.length === 1) return shares;
  const byKey = new Map<string, AnswerShare>();
  for (const one of shares) {
    if (one.share === 0) continue;
    const key = shareKey(one);
    const known = byKey.get(key);
    byKey.set(key, known === undefined ? one : { ...known, share: known.share + one.share });
  }
  return [...byKey.values()];
}

/** The same for entries that are the same to a request. */
export function shareKey({ host, destination: { subset, port }, entry }: AnswerShare): string {
  return `${host}|${subset ?? ''}|${port?.number ?? ''}|${entry}`;
}

/** Everything of a route but which requests it matches, where it sends and what it is called. */
export function treatmentKey(route: Route): string {
  if (saysNothingElse(route)) return '';
  const known = treatments.get(route);
  if (known !== undefined) return known;
  const { name: _name, match: _match, route: _route, ...rest } = route;
  const text = canonicalJson(rest);
  treatments.set(route, text);
  return text;
}

/** Most routes say nothing else, and each request of thousands needs to know it. */
function saysNothingElse(route: Route): boolean {
  for (const field in route) if (field !== 'name' && field !== 'match' && field !== 'route') return false;
  return true;
}

const treatments = new WeakMap<Route, string>();

/** Percentage points: shares are compared as they are shown, with two decimals. */
const SAME = 0.011;

/** Do both give a request the same? */
export function sameAnswer(a: Taken, b: Taken): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  if (treatmentKey(a.route) !== treatmentKey(b.route)) return false;
  if (a.route.route === b.route.route && namespaceOf(a) === namespaceOf(b)) return true;
  return sameShares(sharesOf(a), sharesOf(b), SAME);
}

/** Do both send, and to the same builds, by whatever port and however they treat requests? */
export function sendToSame(a: ListedRoute, b: ListedRoute): boolean {
  const shares = respelledShares(sharesOf(a));
  return shares.length > 0 && sameShares(shares, respelledShares(sharesOf(b)), SAME);
}

/**
 * Are they the shares that are expected? Rounding makes a share larger or smaller, and makes none for a destination that
 * has no place in the list.
 *
 * @param tolerance percentage points that each expected share may differ by
 */
export function sameShares(
  expected: readonly AnswerShare[],
  found: readonly AnswerShare[],
  tolerance: number,
): boolean {
  const left = new Map(found.map((share) => [shareKey(share), share.share]));
  for (const share of expected) {
    const key = shareKey(share);
    if (Math.abs(share.share - (left.get(key) ?? 0)) > tolerance) return false;
    left.delete(key);
  }
  return [...left.values()].every((share) => share <= SAME);
}

/** `v1`, `v1 80 %, api-pr-10 20 %`, `redirect`, `no route`. */
export function answerWords(listed: Taken): string {
  if (listed === undefined) return 'no route';
  const { route } = listed;
  const shares = sharesOf(listed);
  if (shares.length > 0) return sharesWords(shares);
  if (route['redirect'] !== undefined) return 'redirect';
  if (route['directResponse'] !== undefined) return 'direct response';
  // Weights of 0 alone.
  return destinationsOf(route).length === 0 ? 'nothing' : 'nothing (all weights are 0)';
}

export function sharesWords(shares: readonly AnswerShare[]): string {
  const [only, ...more] = shares;
  if (only === undefined) return 'nothing';
  if (more.length === 0) return shareName(only);
  return shares.map((share) => `${shareName(share)} ${Number(share.share.toFixed(2))} %`).join(', ');
}

function shareName({ destination: { subset, host } }: AnswerShare): string {
  return subset === undefined || subset === '' ? host : subsetText(subset);
}

/** What an entry says that says nothing but where to send, and how much. */
export const PLAIN_ENTRY = '';

/** What the entries of some destinations of a route say besides, as in `AnswerShare.entry`. */
export function entriesTo(
  listed: ListedRoute,
  isIn: (host: string, subset: string | null) => boolean,
): ReadonlySet<string> {
  const namespace = namespaceOf(listed);
  return new Set(
    destinationsOf(listed.route)
      .map((entry) => entryShare(entry, 0, namespace))
      .filter(({ host, destination: { subset } }) => isIn(host, subset ?? null))
      .map(({ entry }) => entry),
  );
}

/** Which fields treat requests otherwise: `timeout, rewrite, headers of a destination`. */
export function treatmentDifference(a: Route, b: Route): readonly string[] {
  const own = new Set(['name', 'match', 'route']);
  const ofRoute = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter(
    (field) => !own.has(field) && canonicalJson(a[field]) !== canonicalJson(b[field]),
  );
  const known = new Set(destinationsOf(a).map(entryText));
  const added = destinationsOf(b).filter((entry) => !known.has(entryText(entry)));
  const ofEntries = new Set(
    added.flatMap(({ destination: _, weight: _weight, ...entry }) => Object.keys(entry)),
  );
  return [...ofRoute, ...[...ofEntries].map((field) => `${field} of a destination`)];
}

function entryText({ destination: _, weight: _weight, ...entry }: RouteDestination): string {
  return Object.keys(entry).length === 0 ? PLAIN_ENTRY : canonicalJson(entry);
}

/** The same shares with one spelling for each service, and no ports. */
export function respelledShares(shares: readonly AnswerShare[]): readonly AnswerShare[] {
  return merged(
    shares.map(({ destination: { port: _, ...destination }, host, ...share }) => ({
      ...share,
      host: serviceIdentity(host, ''),
      destination,
    })),
  );
}
