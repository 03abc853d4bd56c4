/** The previews of a VirtualService as a record says that they were before a change. */
import { destinationsOf, mirrorsOf } from '../../istio/routes.ts';
import type { Route } from '../../istio/types.ts';
import type { PreviewsUndo } from '../../undo/types.ts';
import { isGoPreview, isPreview, linkTo } from './ours.ts';
import { identitiesOf, printOfRoute, type Item, type RestoreStep } from './restored-prints.ts';

/** How far a record is believed. */
export interface Trust {
  /** May its routes send there? The host is as the record spells it. */
  readonly isHost: (host: string) => boolean;
  /** `own`: a step's own state. `annotation`: whoever can write the VirtualService can have written it. */
  readonly source: 'own' | 'annotation';
}

/** No operation changes them, so no true record has them. */
export const NEVER = new Set(['redirect', 'directResponse', 'delegate', 'rewrite']);

export function destinationHosts(route: Route): readonly string[] {
  return [...destinationsOf(route).map(({ destination }) => destination), ...mirrorsOf(route)].map(
    ({ host }) => host,
  );
}

/** The http routes that nobody wrote by hand, by the identity of the written one that they stand above; `''`: at the end. */
type Groups = ReadonlyMap<string, readonly Item[]>;

const END = '';

/** All that the change added goes before anything comes back: a route may have moved from one group to another. */
export function withPreviews(
  step: RestoreStep,
  previews: readonly PreviewsUndo[],
  isWritten: (item: Item) => boolean,
  isCredible: (route: Route) => boolean,
): RestoreStep {
  if (previews.length === 0) return step;
  const http = step.items.filter(({ kind }) => kind === 'http');
  const identities = identitiesOf(http.filter(isWritten));
  const order = [...identities.values(), END];
  const nextTo = new Map(order.map((identity, i) => [identity, order[i + 1] ?? END]));
  const groups = new Map<string, readonly Item[]>(order.map((identity) => [identity, []]));
  let pending: Item[] = [];
  for (const item of http) {
    const identity = identities.get(item);
    if (identity === undefined) pending.push(item);
    else {
      groups.set(identity, pending);
      pending = [];
    }
  }
  groups.set(END, pending);
  let { isWhole } = step;
  for (const { added, above = END } of previews)
    for (const { print } of added) {
      const place = placeOfPrint(groups, print, above);
      if (place === undefined) isWhole = false;
      else groups.set(place.group, (groups.get(place.group) ?? []).toSpliced(place.position, 1));
    }
  for (const { above, below, removed } of previews) {
    const back = removed.filter((entry) => typeof entry !== 'string');
    const credible = back.filter(isCredible);
    const key = above ?? (below === undefined ? END : nextTo.get(below));
    const group = key === undefined ? undefined : groups.get(key);
    isWhole &&= credible.length === back.length && (back.length === 0 || group !== undefined);
    if (key !== undefined && group !== undefined && credible.length > 0)
      groups.set(key, [...group, ...credible.map((route): Item => ({ kind: 'http', route, was: null }))]);
  }
  const written = new Map([...identities].map(([item, identity]) => [identity, item]));
  const items = order.flatMap((identity) => [
    ...(groups.get(identity) ?? []),
    ...(written.has(identity) ? [written.get(identity)] : []),
  ]);
  const others = step.items.filter(({ kind }) => kind !== 'http');
  return { ...step, items: [...items.filter((item) => item !== undefined), ...others], isWhole };
}

/** Of several that are alike, the one where the change put it. */
function placeOfPrint(
  groups: Groups,
  print: string,
  above: string,
): { readonly group: string; readonly position: number } | undefined {
  const isIt = ({ route }: Item): boolean => printOfRoute(route) === print;
  const own = (groups.get(above) ?? []).findLastIndex(isIt);
  if (own >= 0) return { group: above, position: own };
  for (const [group, items] of groups) {
    const position = items.findIndex(isIt);
    if (position >= 0) return { group, position };
  }
  return undefined;
}

/** Only previews come and go, and what the Go istiops made: for requests with certain headers alone. */
export function isPreviewBack(route: Route, namespace: string, { source, isHost }: Trust): boolean {
  if (source === 'own') return true;
  const { match = [] } = route;
  if (linkTo(route) !== undefined) return true;
  return (
    (isPreview(route) || isGoPreview(route, namespace)) &&
    match.length > 0 &&
    match.every(({ headers }) => Object.keys(headers ?? {}).length > 0) &&
    Object.keys(route).every((name) => name === 'rewrite' || !NEVER.has(name)) &&
    destinationHosts(route).every(isHost)
  );
}
