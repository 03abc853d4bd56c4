/** All requests of the service go to the build alone, treated otherwise the same; its previews are gone. */
import type { Snapshot } from '../../plan/types.ts';
import { expectShift, type ExpectedChange } from '../../reach/expected/change.ts';
import type { PromoteIntent } from './intent.ts';
import type { ListedRoute } from '../../istio/requests/kept-routes.ts';
import type { Route } from '../../istio/types.ts';
import { type Taken } from '../../reach/listed.ts';
import { PLAIN_ENTRY, entriesTo } from '../../reach/answers.ts';
import { takenBy } from '../../reach/samples.ts';
import { aboutFirst, aboutPreviews } from '../../reach/expected/about.ts';
import type { Certainty } from '../../reach/expected/gone.ts';
import { isPreviewRoute, linkTo } from '../../reach/expected/ours.ts';
import { wrongOfOthers } from '../../reach/expected/previews.ts';
import {
  allowedOf,
  isLinkOf,
  isPreviewTo,
  routeAt,
  routeSendsTo,
  shiftedBy,
  unchanged,
  type Known,
} from '../../reach/expected/shift.ts';
import type { Expected, GuardRule } from '../../reach/expected/types.ts';

export function expectPromote(_snapshot: Snapshot, intent: PromoteIntent): ExpectedChange {
  return expectShift(intent, (known) => promoteRule(known, intent));
}

function promoteRule(known: Known, intent: PromoteIntent): GuardRule {
  const shifted = shiftedBy(known, intent);
  const { subset: name = 'the build', isMeant, isTarget, isOfService, isOfServiceAt } = shifted;
  const isGone = (listed: ListedRoute): boolean => isPreviewTo(listed, isTarget);
  const moved = (listed: Taken, isMember: boolean): readonly Expected[] => {
    if (listed === undefined || !isMember) return [unchanged(listed)];
    // Entries of the build that are there already stay as they are.
    const own = entriesTo(listed, isTarget);
    const entries = own.size === 0 ? new Set([PLAIN_ENTRY]) : own;
    return [{ kind: 'alone', like: listed, name, isIn: isTarget, entries }];
  };
  return {
    isMeant,
    mustReach: 'weight-unreachable',
    allowed: (request, before) => allowedOf(shifted, takenBy(before.ask(request, isGone)), moved),
    about(before) {
      const members = before.list.filter((listed) => !isPreviewRoute(listed) && isOfService(listed));
      return [...aboutFirst(members, true), ...aboutPreviews(before, isGone)];
    },
    ofRoute: (virtualService, kind, index) =>
      moved(routeAt(virtualService, kind, index), isOfServiceAt(virtualService, kind, index)),
    wrongPreviews(before, after) {
      const { namespace } = before.metadata;
      const isOurs = (route: Route): boolean => routeSendsTo(route, namespace, isTarget);
      const goes = (route: Route): Certainty =>
        (linkTo(route) === undefined ? isOurs(route) : isLinkOf(route, before, isOurs)) ? 'yes' : 'no';
      return isMeant(before) ? wrongOfOthers(before, after, goes, () => false) : [];
    },
  };
}
