/** Why requests that an operation was asked about don't get what was asked: another route gets them, or none has them. */
import { memoizedFor } from '../base/memoized.ts';
import { describeMatch } from '../intent/describe-match.ts';
import type { HttpRequest } from '../istio/requests/request.ts';
import type { ListedRoute } from '../istio/requests/kept-routes.ts';
import type { Unheeded } from '../istio/requests/sidecars.ts';
import type { VirtualService } from '../istio/types.ts';
import { titleOf } from '../base/title.ts';
import { keyOfObject, type Taken } from './listed.ts';
import type { View } from './lists.ts';
import { takenBy } from './samples.ts';
import { insteadWords, placeWords } from './who.ts';

/** A request that was asked about, and what becomes of it. */
export interface MissedRequest {
  readonly request: HttpRequest;
  /** The route that it is about. */
  readonly route: ListedRoute;
  /** The route that gets it, in everything that proxies have. */
  readonly taken: Taken;
  /** The route that gets it if the VirtualService is the only one. */
  readonly planned: Taken;
  readonly virtualService: VirtualService;
  /** What proxies have. */
  readonly view: View;
}

/** The first reason that holds: each is looked at only where those before it are not it. */
export function whyMissed(missed: MissedRequest): Unheeded {
  return (
    unlisted(missed) ??
    olderForHost(missed) ??
    leftOutOfDelegate(missed) ??
    takenByOther(missed) ??
    takenByOtherToday(missed) ??
    noWayIn(missed) ??
    takenAbove(missed)
  );
}

/** No proxy has a route of it by this way in. */
function unlisted({ request, virtualService, view }: MissedRequest): Unheeded | undefined {
  if (view.lists.after.list.length > 0) return undefined;
  const title = titleOf(virtualService);
  return {
    why: `no proxy ${wayWords(request)} has ${title} for ${hostIn(view, request)}: it has no route for port ${request.port ?? 80} there, or it is not exported to namespace ${request.sourceNamespace ?? ''}`,
    advice: 'Look at `exportTo`, and at the gateways and ports of its match blocks.',
  };
}

/** Of several VirtualServices for a host, only the oldest counts in the mesh; a gateway has the routes of all. */
function olderForHost(missed: MissedRequest): Unheeded | undefined {
  const { request, virtualService, view } = missed;
  const { list } = view.lists.after;
  const isListed = ownPlaces(list, keyOfObject(virtualService)).size > 0;
  if (isListed || (virtualService.spec.hosts ?? []).length === 0) return undefined;
  if (request.gateway !== 'mesh') {
    return {
      why: `${titleOf(virtualService)} has no route for requests ${wayWords(request)}: ${getsWords(missed)}`,
      advice: 'Look at the gateways, ports and sources of its match blocks.',
    };
  }
  const first = list[0]?.virtualService;
  const other = first === undefined ? 'another one' : titleOf(first);
  return {
    why: `${other} is for the same host ${hostIn(view, request)} and older, and in the mesh the oldest is the only one that counts: ${getsWords(missed)}`,
    advice: `Make the change in ${other}, or put the routes of both into one VirtualService.`,
  };
}

/** Istio joins the match of a delegate's route with that of the root's route, where they can be joined. */
function leftOutOfDelegate(missed: MissedRequest): Unheeded | undefined {
  const { planned, virtualService, view } = missed;
  if (planned === undefined || isListed(planned, missed)) return undefined;
  const route = planned.route.name ?? `http[${planned.fromIndex}]`;
  const roots = [...new Set(view.ways.map(({ root }) => titleOf(root)))].join(', ');
  return {
    why: `Istio leaves route ${route} of the delegate ${titleOf(virtualService)} out, because its match is at odds with that of the route of ${roots} that delegates to it: ${getsWords(missed)}`,
    advice: `Match the header in one of the two alone: in ${roots} a prefix or an exact value that the other's begins with can be joined, presence and a regex can't.`,
  };
}

/** A route of another VirtualService comes first. */
function takenByOther({ request, taken, virtualService, view }: MissedRequest): Unheeded | undefined {
  if (taken === undefined || keyOfObject(taken.from) === keyOfObject(virtualService)) return undefined;
  return {
    why: `${placeWords(taken)}, which is for the same host ${hostIn(view, request)}, comes first and gets them${insteadWords(taken)}`,
    advice: 'Change the route there, or put the routes of both into one VirtualService.',
  };
}

/** After the change the VirtualService gets them, but they belong to another one today. */
function takenByOtherToday({ request, taken, virtualService, view }: MissedRequest): Unheeded | undefined {
  const today = takenBy(view.lists.before.ask(request));
  if (taken === undefined || today === undefined) return undefined;
  if (keyOfObject(today.from) === keyOfObject(virtualService)) return undefined;
  return {
    why: `today ${placeWords(today)}, which is for the same host ${hostIn(view, request)}, gets them, so they are no requests of the service`,
    advice: 'Put the routes of both into one VirtualService.',
  };
}

/** The route is for a gateway, host or port that no request comes by. */
function noWayIn(missed: MissedRequest): Unheeded | undefined {
  const { route, taken } = missed;
  if (isListed(route, missed) || taken === undefined || taken.fromIndex <= route.fromIndex) return undefined;
  return {
    why: `no request comes the way that ${placeWords(route)} is for (${describeMatch(route.route)}): ${getsWords(missed)}`,
    advice: 'Add the gateway or the host to the VirtualService, or correct the match of the route.',
  };
}

/** An earlier route of the same VirtualService gets them, or none does. */
function takenAbove(missed: MissedRequest): Unheeded {
  const { taken } = missed;
  return {
    why:
      taken === undefined
        ? getsWords(missed)
        : `${placeWords(taken)}, above, gets them${insteadWords(taken)}`,
    advice: 'Move that route down, narrow its match, or pick other base routes with `routes`.',
  };
}

function wayWords({ gateway }: HttpRequest): string {
  return gateway === 'mesh' ? 'in the mesh' : `at gateway ${gateway}`;
}

function hostIn({ ways }: View, { authority }: HttpRequest): string {
  return ways[0]?.host ?? authority;
}

/** What becomes of the requests, as a clause. */
function getsWords({ taken }: MissedRequest): string {
  return taken === undefined
    ? 'no route accepts them, and they are answered with 404'
    : `${placeWords(taken)} gets them${insteadWords(taken)}`;
}

/** Do proxies have the route, which is one of the VirtualService? */
function isListed({ fromIndex }: ListedRoute, { virtualService, view }: MissedRequest): boolean {
  return ownPlaces(view.lists.after.list, keyOfObject(virtualService)).has(fromIndex);
}

/** The positions, in the VirtualService of this key, of its routes in a list. */
function ownPlaces(list: readonly ListedRoute[], key: string): ReadonlySet<number> {
  return placesByKey(list).get(key) ?? NO_PLACES;
}

const NO_PLACES: ReadonlySet<number> = new Set();

const placesByKey = memoizedFor((list: readonly ListedRoute[]): ReadonlyMap<string, ReadonlySet<number>> => {
  const byKey = new Map<string, Set<number>>();
  for (const { from, fromIndex } of list) {
    const name = keyOfObject(from);
    const places = byKey.get(name) ?? new Set<number>();
    byKey.set(name, places.add(fromIndex));
  }
  return byKey;
});
