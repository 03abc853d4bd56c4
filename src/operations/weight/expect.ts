/**
 * Only requests that today get what a plain request of the service gets may change: the build's share is exactly
 * the asked one, and the others share the rest in the proportions that are remembered or that they have.
 */
import type { Snapshot } from '../../plan/types.ts';
import { expectShift, type ExpectedChange } from '../../reach/expected/change.ts';
import type { WeightIntent } from './intent.ts';
import { isDestinationOf } from '../../istio/hosts.ts';
import { destinationsOf } from '../../istio/routes.ts';
import type { Destination } from '../../istio/types.ts';
import { namespaceOf, type Taken } from '../../reach/listed.ts';
import { takenBy } from '../../reach/samples.ts';
import { aboutFirst } from '../../reach/expected/about.ts';
import { isPreviewRoute } from '../../reach/expected/ours.ts';
import { wrongOfOthers } from '../../reach/expected/previews.ts';
import { rememberedAt, rememberedFor } from '../../reach/expected/remembered.ts';
import { type Remembered } from '../../reach/expected/remembered-route.ts';
import {
  allowedOf,
  routeAt,
  sendsTo,
  sendsToWholeService,
  shiftedBy,
  unchanged,
  type Known,
} from '../../reach/expected/shift.ts';
import { knownSplits, ROUNDING, splitOf } from '../../reach/expected/splits.ts';
import type { Expected, GuardRule } from '../../reach/expected/types.ts';

export function expectWeight(_snapshot: Snapshot, intent: WeightIntent): ExpectedChange {
  return expectShift(intent, (known) => weightRule(known, intent));
}

function weightRule(known: Known, intent: WeightIntent): GuardRule {
  const shifted = shiftedBy(known, intent);
  const { service, subset, stable, isTarget, isOfService, isOfServiceAt } = shifted;
  const { weight } = intent;
  const sendsToWhole = sendsToWholeService(known, shifted);

  const split = (listed: Taken, isMember: boolean, baseline: Remembered | undefined): readonly Expected[] => {
    if (listed === undefined || !isMember || service === undefined) return [unchanged(listed)];
    if (weight === 0 && !sendsTo(listed, isTarget)) {
      // It has no share that could go: nothing is written.
      return [unchanged(listed)];
    }
    const namespace = namespaceOf(listed);
    const destinations = destinationsOf(listed.route).map(({ destination }) => destination);
    const own = destinations.find((one) => one.subset === subset && isDestinationOf(one, namespace, service));
    const model = destinations.find((one) => isDestinationOf(one, namespace, service)) ?? {
      host: service.host,
    };
    const destination: Destination = own ?? { ...model, subset: subset ?? 'the build' };
    const stays = stable === undefined || !sendsToWhole ? [] : [{ host: service.host, subset: stable }];
    return knownSplits(listed, baseline).map(({ list, requestedShares, pins }): Expected => ({
      kind: 'shares',
      like: listed,
      shares: splitOf(list, [...requestedShares, { destination, percent: weight }], namespace, [
        ...stays,
        ...pins,
      ]),
      tolerance: ROUNDING,
      exact: { isIn: isTarget, share: weight },
    }));
  };

  return {
    isMeant: shifted.isMeant,
    mustReach: 'weight-unreachable',
    allowed: (request, before) =>
      allowedOf(shifted, takenBy(before.ask(request)), (listed, isMember) =>
        split(listed, isMember, rememberedFor(known.virtualServices, listed)),
      ),
    about({ list }) {
      return aboutFirst(
        list.filter((listed) => !isPreviewRoute(listed) && isOfService(listed)),
        true,
      );
    },
    ofRoute: (virtualService, kind, index) =>
      split(
        routeAt(virtualService, kind, index),
        isOfServiceAt(virtualService, kind, index),
        rememberedAt(known.virtualServices, virtualService, kind, index),
      ),
    wrongPreviews: (before, after) =>
      wrongOfOthers(
        before,
        after,
        () => 'no',
        () => false,
      ),
  };
}
