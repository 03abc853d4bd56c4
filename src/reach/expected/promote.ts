/** All requests of the service go to the build alone, treated otherwise the same; its previews are gone. */
import type { PromoteIntent } from '../../intent/types.ts';
import type { ListedRoute } from '../../istio/requests/route-list.ts';
import type { Route } from '../../istio/types.ts';
import { type Taken } from '../listed.ts';
import { takenBy } from '../samples.ts';
import { aboutFirst, aboutPreviews } from './about.ts';
import type { Answer } from './gone.ts';
import { isPreviewRoute } from './ours.ts';
import { wrongOfOthers } from './previews.ts';
import {
  isPreviewTo,
  routeAt,
  routeSendsTo,
  shiftedBy,
  subsetNameOf,
  unchanged,
  type Known,
} from './shift.ts';
import type { Expected, GuardRule } from './types.ts';

export function promoteRule(known: Known, intent: PromoteIntent): GuardRule {
  const shifted = shiftedBy(known, intent);
  const { service, isMeant, isTarget, isOfService, isOfServiceAt } = shifted;
  const name = subsetNameOf(known, service, intent.podLabels) ?? 'the build';
  const isGone = (listed: ListedRoute): boolean => isPreviewTo(listed, isTarget);
  const moved = (listed: Taken, isMember: boolean): readonly Expected[] => {
    if (listed === undefined || !isMember) return [unchanged(listed)];
    return [{ kind: 'alone', like: listed, name, isIn: isTarget }];
  };
  return {
    isMeant,
    mustReach: 'weight-unreachable',
    allowed(request, before) {
      const listed = takenBy(before.ask(request, isGone));
      if (listed === undefined || isPreviewRoute(listed))
        return { answers: [unchanged(listed)], isAsked: false };
      const isAsked = isOfService(listed);
      return { answers: moved(listed, isAsked), isAsked };
    },
    about(before) {
      const members = before.list.filter((listed) => !isPreviewRoute(listed) && isOfService(listed));
      return [...aboutFirst(members, true), ...aboutPreviews(before, isGone)];
    },
    ofRoute: (virtualService, kind, index) =>
      moved(routeAt(virtualService, kind, index), isOfServiceAt(virtualService, kind, index)),
    wrongPreviews(before, after) {
      const { namespace } = before.metadata;
      const goes = (route: Route): Answer => (routeSendsTo(route, namespace, isTarget) ? 'yes' : 'no');
      return isMeant(before) ? wrongOfOthers(before, after, goes, () => false) : [];
    },
  };
}
