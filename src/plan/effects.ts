/**
 * What a change does, whichever operation makes it. Reports and records go by this and not by the operation's name, so
 * that they are right for a new operation as well.
 */
import { sameJson } from '../base/json.ts';
import { routesOf } from '../istio/routes.ts';
import type { Route, VirtualService } from '../istio/types.ts';
import type { ChangeDraft } from './draft.ts';
import { previewSubset } from './names.ts';
import type { Change } from './objects.ts';
import { CHANGE_EFFECTS, type ChangeEffect } from './types.ts';

/** In the order of `CHANGE_EFFECTS`. */
export function effectsOf({ virtualServices, shift, wayBack }: ChangeDraft): readonly ChangeEffect[] {
  const written = virtualServices.filter(({ before, after }) => before !== after);
  const has: Readonly<Record<ChangeEffect, boolean>> = {
    'shifts-to-build': shift !== undefined,
    previews: written.some((change) => differsIn(change, isPreview)),
    routes: written.some((change) => differsIn(change, (route) => !isPreview(route))),
    'cuts-over': wayBack !== undefined,
  };
  return CHANGE_EFFECTS.filter((effect) => has[effect]);
}

function isPreview(route: Route): boolean {
  return previewSubset(route) !== undefined;
}

function differsIn({ before, after }: Change<VirtualService>, which: (route: Route) => boolean): boolean {
  const [was, is] = [routesIn(before, which), routesIn(after, which)];
  return was.length !== is.length || was.some((route, i) => !sameJson(route, is[i]));
}

function routesIn(virtualService: VirtualService, which: (route: Route) => boolean): readonly Route[] {
  return routesOf(virtualService)
    .map(({ route }) => route)
    .filter(which);
}
