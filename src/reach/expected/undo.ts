/**
 * Undo gives what its record says was there, and nothing to anybody else: requests of a route that the record doesn't
 * speak of get what they get, those of one that it does get what it says was there. They keep what they have where
 * somebody else has changed it since.
 */
import { selects } from '../../istio/selection.ts';
import type { ListedRoute } from '../../istio/requests/kept-routes.ts';
import { destinationsOf } from '../../istio/routes.ts';
import type { Route, RouteKind, VirtualService } from '../../istio/types.ts';
import { canonicalJson } from '../../base/json.ts';
import type { Snapshot } from '../../plan/types.ts';
import type { ChangeChoice, StepChoice } from '../../undo/types.ts';
import type { Asked } from '../asking.ts';
import { keyOfObject, namespaceOf, type Taken } from '../listed.ts';
import { takenBy } from '../samples.ts';
import { aboutFirst, aboutFirstAfter } from './about.ts';
import type { Certainty } from './gone.ts';
import { isPreviewRoute } from './ours.ts';
import { returnedFor, returnsOf, type StateReturns } from './returned.ts';
import { wrongOfOthers, wrongOfReturning } from './previews.ts';
import { recordsOfStep, recordsOfUndo, type Records, type RecordedState } from './records.ts';
import { rememberedAt, rememberedFor, placeKey } from './remembered.ts';
import { type Remembered } from './remembered-route.ts';
import { differentFields, withFieldsOf } from './restored.ts';
import { routeAt, unchanged, type Known } from './shift.ts';
import { evenSplit, isWhole, pinsOf } from './splits.ts';
import type { Expected, GuardRule } from './types.ts';

/** Weights have two decimals at most, and nothing is rounded where a list comes back as it was. */
const EXACT = 0.011;

/** The records that the `undo`, or the post step, may follow: see `records.ts`. */
export function undoRecords(snapshot: Snapshot, intent: ChangeChoice | StepChoice): Records {
  const meant = snapshot.virtualServices.filter((one) => isMeantBy(snapshot.namespace, intent, one));
  return 'step' in intent ? recordsOfStep(intent, meant) : recordsOfUndo(snapshot, intent, meant);
}

/** @param records as `undoRecords` found them */
export function undoRule(
  { namespace, virtualServices }: Known,
  intent: ChangeChoice | StepChoice,
  { states: known }: Records,
): GuardRule {
  const statesOf = (virtualService: VirtualService): readonly RecordedState[] =>
    known.get(keyOfObject(virtualService)) ?? [];

  const toldIn = new WeakMap<Asked, readonly StateReturns[]>();
  /** The states of the VirtualServices that a list has routes of. */
  const statesIn = (before: Asked): readonly StateReturns[] => {
    const known = toldIn.get(before);
    if (known !== undefined) return known;
    const models = new Map<string, ListedRoute>();
    for (const listed of before.list) {
      const key = keyOfObject(listed.from);
      if (!models.has(key)) models.set(key, listed);
    }
    const told = [...models].flatMap(([key, model]) =>
      statesOf(model.from).map((state): StateReturns => ({ key, state, returns: returnsOf(state, model) })),
    );
    toldIn.set(before, told);
    return told;
  };

  return {
    isMeant: (one) => isMeantBy(namespace, intent, one),
    mustReach: 'preview-unreachable',
    isAboutAll: true,
    allowed(request, before) {
      const told = statesIn(before);
      if (told.length === 0) return { answers: [unchanged(takenBy(before.ask(request)))], isAsked: false };
      const isSure =
        told.every(({ state }) => !state.mayStay) && new Set(told.map(({ key }) => key)).size === told.length;
      const without = (some: readonly StateReturns[]): Taken =>
        takenBy(before.ask(request, (listed) => some.some((one) => isGoneBy(one, listed))));
      const lefts = isSure
        ? [without(told)]
        : [without(told), ...told.map((one) => without([one])), takenBy(before.ask(request))];
      const answers = [...new Set(lefts)].flatMap((left) => {
        const key = left && keyOfObject(left.from);
        const returned = told.flatMap((one) => returnedFor(request, one, one.key === key ? left : undefined));
        // A preview that stays may stand above one that comes back.
        const own = told.filter((one) => one.key === key);
        const stays =
          left === undefined || own.length === 0
            ? [unchanged(left)]
            : own.flatMap(({ state }) =>
                fieldsBack(left, 'http', rememberedFor(virtualServices, left), state),
              );
        return [
          ...returned.map(({ expected }) => expected),
          ...(returned.some((one) => one.isSure) && !(left && isPreviewRoute(left)) ? [] : stays),
        ];
      });
      return { answers, isAsked: false };
    },
    about(before, after) {
      const had = new Set(before.list.filter(isPreviewRoute).map(routeJson));
      // Previews that come back may stand below a route that somebody else has written, before the change or since.
      const returned = aboutFirstAfter(
        after.list.filter((listed) => isPreviewRoute(listed) && !had.has(routeJson(listed))),
        true,
      );
      const written = new Set(after.list.map(({ route }) => route));
      const isWritten = !before.list.every(({ route }) => written.has(route));
      // A route that the record speaks of and that was forgotten is seen only if somebody looks.
      const spoken = isWritten
        ? before.list.filter((listed) => isSpokenOf(listed, statesOf(listed.from)))
        : [];
      return [...returned, ...aboutFirst(spoken, false)];
    },
    ofRoute(virtualService, kind, index) {
      const listed = routeAt(virtualService, kind, index);
      const states = statesOf(virtualService);
      const baseline = rememberedAt(virtualServices, virtualService, kind, index);
      return states.length === 0
        ? [unchanged(listed)]
        : states.flatMap((state) => fieldsBack(listed, kind, baseline, state));
    },
    wrongPreviews(before, after) {
      const states = statesOf(before);
      if (states.some(({ mayStay }) => mayStay)) return [];
      const goes = (route: Route, index: number): Certainty =>
        !states.some(({ restored }) => restored.places.get(placeKey('http', index)) === null)
          ? 'no'
          : returned.has(canonicalJson(route))
            ? 'maybe'
            : 'yes';
      const returning = states.flatMap(({ restored: { virtualService, returned: places } }) =>
        places.map((place) => virtualService.spec.http?.[place] ?? {}),
      );
      const returned = new Set(returning.map((route) => canonicalJson(route)));
      return [
        ...wrongOfOthers(before, after, goes, (route) => returned.has(canonicalJson(route))),
        ...wrongOfReturning(after, returning),
      ];
    },
  };
}

/** What a route may be afterwards, by a state that a record tells of. */
function fieldsBack(
  listed: Taken,
  kind: RouteKind,
  baseline: Remembered | undefined,
  { restored, mayStay }: RecordedState,
): readonly Expected[] {
  if (listed === undefined) return [unchanged(listed)];
  const place = restored.places.get(placeKey(kind, listed.fromIndex));
  const now = listed.from.spec[kind]?.[listed.fromIndex];
  const then = typeof place === 'number' ? restored.virtualService.spec[kind]?.[place] : undefined;
  if (now === undefined || then === undefined || now === then) return [unchanged(listed)];
  const fields = differentFields(now, then);
  const whole = withFieldsOf(listed, now, then, fields);
  const pinned = pinnedOf(whole, baseline);
  if (!mayStay)
    return pinned.length === 0 ? [unchanged(whole)] : [unchanged(whole), ...pinned, unchanged(listed)];
  const parts = [fields.filter((name) => name === 'route'), fields.filter((name) => name !== 'route')];
  return [
    unchanged(whole),
    ...pinned,
    ...parts
      .filter((part) => part.length > 0)
      .map((part) => unchanged(withFieldsOf(listed, now, then, part))),
    unchanged(listed),
  ];
}

/** The route kept to its stable subset: pods of the builds that are left would get requests by the whole service. */
function pinnedOf(listed: ListedRoute, baseline: Remembered | undefined): readonly Expected[] {
  const namespace = namespaceOf(listed);
  const pins = baseline === undefined ? [] : pinsOf(baseline, namespace);
  const destinations = destinationsOf(listed.route);
  if (pins.length === 0 || !destinations.some(({ destination }) => isWhole(destination))) return [];
  const shares = evenSplit(destinations, namespace, pins);
  return [{ kind: 'shares', like: listed, shares, tolerance: EXACT }];
}

function isMeantBy(
  namespace: string,
  intent: ChangeChoice | StepChoice,
  { metadata }: VirtualService,
): boolean {
  if (!('step' in intent)) return metadata.namespace === namespace && selects(intent, metadata);
  return intent.step.undo.virtualServices.some(
    (back) => back.name === metadata.name && back.namespace === metadata.namespace,
  );
}

function isGoneBy({ key, state }: StateReturns, { from, fromIndex }: ListedRoute): boolean {
  return state.restored.places.get(placeKey('http', fromIndex)) === null && keyOfObject(from) === key;
}

function isSpokenOf({ from, fromIndex }: ListedRoute, states: readonly RecordedState[]): boolean {
  return states.some(({ restored: { places, virtualService } }) => {
    const place = places.get(placeKey('http', fromIndex));
    return typeof place === 'number' && virtualService.spec.http?.[place] !== from.spec.http?.[fromIndex];
  });
}

function routeJson({ route }: ListedRoute): string {
  return JSON.stringify(route);
}
