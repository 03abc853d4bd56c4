/** All requests of the service go to the build alone, treated otherwise the same; its previews are gone. */
import type { ShiftIntent } from '../../intent/types.ts';
import type { ListedRoute } from '../../istio/requests/route-list.ts';
import { type Taken } from '../listed.ts';
import { takenBy } from '../samples.ts';
import { aboutFirst, aboutPreviews } from './about.ts';
import { isPreviewRoute } from './ours.ts';
import type { Membership } from './service.ts';
import { connectionAt, isPreviewTo, shiftedBy, subsetNameOf, unchanged, type Known } from './shift.ts';
import type { Expected, GuardRule } from './types.ts';

export function promoteRule(known: Known, intent: ShiftIntent): GuardRule {
  const shifted = shiftedBy(known, intent);
  const { service, isTarget, membershipOf, membershipAt } = shifted;
  const name = subsetNameOf(known, service, intent.podLabels) ?? 'the build';
  const isGone = (listed: ListedRoute): boolean => isPreviewTo(listed, isTarget);
  const moved = (listed: Taken, membership: Membership): readonly Expected[] => {
    if (listed === undefined || membership === 'no') return [unchanged(listed)];
    const target: Expected = { kind: 'alone', like: listed, name, isIn: isTarget };
    return membership === 'may' ? [target, unchanged(listed)] : [target];
  };
  return {
    isMeant: shifted.isMeant,
    mustReach: 'weight-unreachable',
    allowed(request, before) {
      const listed = takenBy(before.ask(request, isGone));
      if (listed === undefined || isPreviewRoute(listed))
        return { answers: [unchanged(listed)], isAsked: false };
      const membership = membershipOf(listed);
      return { answers: moved(listed, membership), isAsked: membership !== 'no' };
    },
    about(before) {
      const members = before.list.filter(
        (listed) => !isPreviewRoute(listed) && membershipOf(listed) !== 'no',
      );
      const certain = members.filter((listed) => membershipOf(listed) === 'must');
      return [...aboutFirst(certain.length > 0 ? certain : members, true), ...aboutPreviews(before, isGone)];
    },
    ofConnection: (virtualService, kind, index) =>
      moved(connectionAt(virtualService, kind, index), membershipAt(virtualService, kind, index)),
  };
}
