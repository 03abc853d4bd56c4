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
    previews: written.some((change) => differ(change, previewsIn)),
    routes: written.some((change) => differ(change, userRoutesIn)),
    'cuts-over': wayBack !== undefined,
  };
  return CHANGE_EFFECTS.filter((effect) => has[effect]);
}

function differ(
  { before, after }: Change<VirtualService>,
  of: (virtualService: VirtualService) => readonly unknown[],
): boolean {
  return !sameJson(of(before), of(after));
}

function userRoutesIn(virtualService: VirtualService): readonly Route[] {
  return routesOf(virtualService).flatMap(({ route }) => (isNamedAsPreview(route) ? [] : [route]));
}

/** Each with how many routes of users stand above it: one that only moved is changed as well. */
function previewsIn(virtualService: VirtualService): readonly (readonly [number, Route])[] {
  let above = 0;
  return routesOf(virtualService).flatMap(({ route }) => {
    if (isNamedAsPreview(route)) return [[above, route] as const];
    above += 1;
    return [];
  });
}

function isNamedAsPreview(route: Route): boolean {
  return previewSubset(route) !== undefined;
}
