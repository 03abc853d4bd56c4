/** The previews that a record brings back, and which requests they get. */
import { withFullGateways } from '../../istio/requests/delegates.ts';
import { meets } from '../../istio/requests/meets.ts';
import type { HttpRequest } from '../../istio/requests/request.ts';
import type { ListedRoute } from '../../istio/requests/kept-routes.ts';
import { resolveHost } from '../../istio/hosts.ts';
import { destinationsOf, mirrorsOf } from '../../istio/routes.ts';
import type { Route } from '../../istio/types.ts';
import { canonicalJson } from '../../base/json.ts';
import { askable, type Asked } from '../asking.ts';
import { blocksOf } from '../listed.ts';
import { isPreview } from './ours.ts';
import type { RecordedState } from './records.ts';
import { placeKey } from './remembered.ts';
import { unchanged } from './shift.ts';
import type { Expected } from './types.ts';

/** What the record of one VirtualService says, and the routes that come back by it. */
export interface StateReturns {
  readonly key: string;
  readonly state: RecordedState;
  readonly returns: Returns;
}

export interface Returns {
  readonly asked: Asked;
  /** By position in `asked.list`. */
  readonly routes: readonly {
    readonly expected: Expected;
    readonly group: number;
    readonly isSure: boolean;
  }[];
}

/** @param model any route of the VirtualService as proxies have it */
export function returnsOf({ restored, mayStay }: RecordedState, model: ListedRoute): Returns {
  const { virtualService, returned } = restored;
  const { http = [] } = virtualService.spec;
  const isDelegated = model.virtualService !== model.from;
  const groups = groupsOf(http);
  const names = counted(http.map(({ name }) => name ?? ''));
  const matches = counted(http.map(({ match }) => canonicalJson(match ?? [])));
  const listed = returned.flatMap((index): readonly ListedRoute[] => {
    const written = http[index];
    if (written === undefined) return [];
    const route = withFullGateways(written, virtualService.metadata.namespace);
    return [{ virtualService, from: virtualService, index, fromIndex: index, route }];
  });
  return {
    asked: askable(listed),
    routes: listed.map(({ route, index }) => ({
      expected: expectedOf(route, model, isDelegated),
      group: groups[index] ?? http.length,
      // Another one of the same name or for the same requests may keep it away.
      isSure:
        !mayStay &&
        !isDelegated &&
        names.get(route.name ?? '') === 1 &&
        matches.get(canonicalJson(route.match ?? [])) === 1,
    })),
  };
}

function counted(texts: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}

/**
 * The routes that come back and match a request, above the written route that gets it otherwise.
 *
 * @param left what gets the request without those that go; undefined: nothing of this VirtualService
 */
export function returnedFor(
  request: HttpRequest,
  { state: { restored }, returns }: StateReturns,
  left: ListedRoute | undefined,
): Returns['routes'] {
  if (returns.routes.length === 0) return [];
  const { http = [] } = restored.virtualService.spec;
  const place = left === undefined ? null : restored.places.get(placeKey('http', left.fromIndex));
  const end = typeof place === 'number' ? groupOf(http, place) : http.length;
  return returns.asked.near(request).flatMap((position) => {
    const route = returns.asked.list[position]?.route;
    const found = returns.routes[position];
    if (route === undefined || found === undefined || found.group > end) return [];
    return blocksOf(route).some((block) => meets(block, request).state === 'met') ? [found] : [];
  });
}

/** A delegate's routes get fields of the root's route as well, so only where they send is held against the record. */
function expectedOf(route: Route, model: ListedRoute, isDelegated: boolean): Expected {
  const { namespace } = model.from.metadata;
  if (!isDelegated) return unchanged({ ...model, route });
  return {
    kind: 'known-hosts',
    hosts: new Set(
      [...destinationsOf(route).map(({ destination }) => destination), ...mirrorsOf(route)].map(({ host }) =>
        resolveHost(host, namespace),
      ),
    ),
  };
}

/** The position of the written route that a route stands above: its own where it is written by hand. */
function groupOf(http: readonly Route[], index: number): number {
  const end = http.findIndex((route, i) => i >= index && !isPreview(route));
  return end < 0 ? http.length : end;
}

/** `groupOf` of each. */
function groupsOf(http: readonly Route[]): readonly number[] {
  let end = http.length;
  return http
    .map((route, i) => ({ route, i }))
    .toReversed()
    .map(({ route, i }) => {
      if (!isPreview(route)) end = i;
      return end;
    })
    .toReversed();
}
