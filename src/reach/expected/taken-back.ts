/**
 * Rollback and clear: nobody gets the builds through what istiops made, the others' proportions come back, and what a
 * person wrote stays as it was.
 */
import { resolveHost } from '../../istio/hosts.ts';
import { selects } from '../../istio/selection.ts';
import type { HttpRequest } from '../../istio/requests/request.ts';
import type { ListedRoute } from '../../istio/requests/kept-routes.ts';
import { destinationsOf } from '../../istio/routes.ts';
import type { Route, RouteKind, VirtualService } from '../../istio/types.ts';
import type { Snapshot } from '../../plan/types.ts';
import type { Asked } from '../asking.ts';
import { keyOfObject, namespaceOf, type Taken } from '../listed.ts';
import { takenBy } from '../samples.ts';
import { aboutFirst, aboutPreviews } from './about.ts';
import { goneBy, type Certainty, type BuildChoice, type RemovalContext } from './gone.ts';
import { listsBack } from './lists-back.ts';
import { isEditedSubset, isMadeByUs, isPreviewRoute } from './ours.ts';
import { isUntouched, previewAnswer, previewBack, stayingPreviews } from './previews-back.ts';
import { wrongOfOthers } from './previews.ts';
import { goneWithPreviews } from './previews-of-requests.ts';
import type { Records, RecordedState } from './records.ts';
import { rememberedAt, rememberedFor, placeKey, rememberedOf } from './remembered.ts';
import { type Remembered } from './remembered-route.ts';
import { withFieldsOf } from './restored.ts';
import { routeAt, unchanged, type Known } from './shift.ts';
import type { Expected, GuardRule } from './types.ts';

/** The VirtualServices that a rollback or a clear may write. */
export function meantBy(
  { namespace, virtualServices }: Snapshot,
  choice: BuildChoice,
): readonly VirtualService[] {
  return virtualServices.filter(
    ({ metadata }) => metadata.namespace === namespace && selects(choice, metadata),
  );
}

/** @param promotes what a rollback goes back to first, where the build was promoted */
export function takenBackRule(
  snapshot: Snapshot,
  known: Known,
  intent: BuildChoice,
  promotes: Records,
): GuardRule {
  const rules = snapshot.destinationRules;
  // istiops writes in no other namespace, so what others say there proves nothing.
  const own = rules.filter(({ metadata }) => metadata.namespace === snapshot.namespace);
  const chosen = meantBy(snapshot, intent);
  const isGone =
    'alternatives' in intent
      ? goneWithPreviews(chosen, intent.alternatives)
      : goneBy(snapshot, intent, rules);
  const meant = new Set(chosen.map(keyOfObject));
  const isMeant = (virtualService: VirtualService): boolean => meant.has(keyOfObject(virtualService));
  const answerFor: RemovalContext['answerFor'] = ({ host, subset }, namespace) =>
    isGone(resolveHost(host, namespace), subset ?? null);
  const staying = new WeakMap<VirtualService, Certainty>();
  const context: RemovalContext = {
    withGo: intent.operation !== 'rollback',
    keepsLast: intent.operation !== 'rollback' || 'alternatives' in intent,
    answerFor,
    previewsStay(virtualService) {
      const answer = staying.get(virtualService) ?? stayingPreviews(virtualService, answerFor);
      staying.set(virtualService, answer);
      return answer;
    },
    knowsPods: snapshot.pods.state === 'known',
    isProven: ({ host, subset = '' }, namespace) => {
      const full = resolveHost(host, namespace);
      return (
        isMadeByUs(own, full, subset) ||
        ('podLabels' in intent && isEditedSubset(own, full, subset, intent.podLabels))
      );
    },
  };
  const goesAs =
    (...answers: readonly Certainty[]) =>
    (listed: ListedRoute): boolean =>
      isMeant(listed.from) && answers.includes(previewAnswer(listed, context));

  const ofRoute = (listed: Taken, kind: RouteKind, baseline: Remembered | undefined): readonly Expected[] => {
    if (listed === undefined || !isMeant(listed.from)) return [unchanged(listed)];
    if (isPreviewRoute(listed)) return previewBack(listed, context);
    const [state] = promotes.states.get(keyOfObject(listed.from)) ?? [];
    const promoted = state && listedBeforePromote(listed, kind, state);
    if (promoted === undefined) return listsBack(listed, baseline, context);
    // Which previews the record brings back to stay is not looked at.
    const back = listsBack(promoted.listed, promoted.baseline, { ...context, previewsStay: () => 'maybe' });
    return state?.mayStay === false ? back : [...back, ...listsBack(listed, baseline, context)];
  };
  const knownOf = new Map<Taken, readonly Expected[]>();
  /** One list of routes is asked about thousands of requests. */
  const back = (listed: Taken): readonly Expected[] => {
    const found =
      knownOf.get(listed) ?? ofRoute(listed, 'http', listed && rememberedFor(known.virtualServices, listed));
    knownOf.set(listed, found);
    return found;
  };

  return {
    isMeant,
    mustReach: null,
    allowed(request: HttpRequest, before: Asked) {
      const certain = takenBy(before.ask(request, goesAs('yes')));
      const possible = takenBy(before.ask(request, goesAs('yes', 'maybe')));
      const stays = certain === possible ? [certain] : [certain, possible];
      return { answers: stays.flatMap(back), isAsked: false };
    },
    about(before) {
      const remembered = before.list.filter(
        (listed) =>
          !isPreviewRoute(listed) &&
          isMeant(listed.from) &&
          (rememberedFor(known.virtualServices, listed) !== undefined || sendsToOurs(listed, context)),
      );
      return [...aboutFirst(remembered, false), ...aboutPreviews(before, goesAs('yes'))];
    },
    ofRoute: (virtualService, kind, index) =>
      ofRoute(
        routeAt(virtualService, kind, index),
        kind,
        rememberedAt(known.virtualServices, virtualService, kind, index),
      ),
    wrongPreviews(before, after) {
      // Where a promote is reverted first, its previews come back to go.
      if (!isMeant(before) || promotes.states.has(keyOfObject(before))) return [];
      const goes = (route: Route): Certainty => {
        const listed = { virtualService: before, from: before, index: 0, fromIndex: 0, route };
        const answer = previewAnswer(listed, context);
        return answer === 'no' && !isUntouched(listed, context) ? 'maybe' : answer;
      };
      const edited = new Set(
        (before.spec.http ?? []).filter((route) => goes(route) === 'maybe').map(({ match }) => match),
      );
      return wrongOfOthers(before, after, goes, ({ match }) => edited.has(match));
    },
  };
}

/** The route as it was before the build was promoted; undefined where it was the same. */
function listedBeforePromote(
  listed: ListedRoute,
  kind: RouteKind,
  { restored }: RecordedState,
): { readonly listed: ListedRoute; readonly baseline: Remembered | undefined } | undefined {
  const place = restored.places.get(placeKey(kind, listed.fromIndex));
  const now = listed.from.spec[kind]?.[listed.fromIndex];
  const then = typeof place === 'number' ? restored.virtualService.spec[kind]?.[place] : undefined;
  if (typeof place !== 'number' || now === undefined || then === undefined || now === then) return undefined;
  return {
    listed: withFieldsOf(listed, now, then),
    baseline: rememberedOf(restored.virtualService).get(placeKey(kind, place)),
  };
}

/** Does a destination that goes have a subset that istiops made? */
function sendsToOurs(listed: ListedRoute, { answerFor, isProven }: RemovalContext): boolean {
  const namespace = namespaceOf(listed);
  return destinationsOf(listed.route).some(
    ({ destination }) => isProven(destination, namespace) && answerFor(destination, namespace) === 'yes',
  );
}
