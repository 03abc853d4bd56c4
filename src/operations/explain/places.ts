/** Routes by their places, as people find them. */
import { describeMatch } from '../../intent/describe-match.ts';
import type { Passed } from '../../istio/requests/answer.ts';
import type { ListedRoute } from '../../istio/requests/kept-routes.ts';
import type { VirtualService } from '../../istio/types.ts';
import type { PassedRoute, RouteRef } from '../../plan/explanation.ts';
import { fullName } from '../../base/title.ts';
import { pickAt } from '../../plan/route-picks.ts';

type Selected = ReadonlySet<VirtualService>;

export function refOf(selected: Selected, listed: ListedRoute): RouteRef {
  return { ...placedRef(selected, listed), match: describeMatch(listed.route) };
}

/** In words only when they are read: of thousands of routes above, a person sees the last. */
export function passedRoute(selected: Selected, one: Passed): PassedRoute {
  const place = placedRef(selected, one.listed);
  return {
    virtualService: place.virtualService,
    namespace: place.namespace,
    index: place.index,
    name: place.name,
    pick: place.pick,
    get match() {
      return describeMatch(one.listed.route);
    },
    delegate: place.delegate,
    selected: place.selected,
    get why() {
      return one.predicates;
    },
  };
}

function placedRef(
  selected: Selected,
  { virtualService, index, from, fromIndex, route }: ListedRoute,
): Omit<RouteRef, 'match'> {
  const { name, namespace } = virtualService.metadata;
  return {
    virtualService: name,
    namespace,
    index,
    name: route.name ?? null,
    pick: pickAt(virtualService, 'http', index),
    delegate: from === virtualService ? null : `${fullName(from.metadata)} http[${fromIndex}]`,
    selected: selected.has(virtualService) || selected.has(from),
  };
}
