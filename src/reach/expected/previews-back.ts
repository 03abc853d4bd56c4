/** What becomes of a preview when builds are taken back. */
import type { ListedRoute } from '../../istio/requests/kept-routes.ts';
import { destinationsOf } from '../../istio/routes.ts';
import type { Destination, VirtualService } from '../../istio/types.ts';
import { isAsExpected } from '../judge.ts';
import { namespaceOf } from '../listed.ts';
import type { Certainty, RemovalContext } from './gone.ts';
import { withoutMirrorsTo } from './leaving.ts';
import { sharesBack } from './lists-back.ts';
import { isGoPreview, isNamedAfter, isPreview, isPreviewRoute, linkTo } from './ours.ts';
import { isLinkOf, unchanged } from './shift.ts';
import { evenSplit, ROUNDING } from './splits.ts';
import type { Expected } from './types.ts';

/** Does the preview go? */
export function previewAnswer(listed: ListedRoute, context: RemovalContext): Certainty {
  const { withGo, answerFor } = context;
  const namespace = namespaceOf(listed);
  if (linkTo(listed.route) !== undefined) return linkAnswer(listed, context);
  const answers = isPreviewRoute(listed)
    ? destinationsOf(listed.route).map(({ destination }) => previewEntry(listed, destination, context))
    : destinationsOf(listed.route).map(({ destination }) => answerFor(destination, namespace));
  if (isPreviewRoute(listed)) {
    // One that somebody gave other destinations loses the build alone.
    const certain = answers.find((one) => one !== 'no') ?? 'no';
    return certain === 'yes' && answers.includes('no') ? 'maybe' : certain;
  }
  if (!withGo || !isGoPreview(listed.route, namespace)) return 'no';
  return answers.includes('no') ? 'no' : answers.includes('maybe') ? 'maybe' : 'yes';
}

/** A link goes with the last preview that it opens. */
function linkAnswer(listed: ListedRoute, context: RemovalContext): Certainty {
  const answered = (isAnswer: (answer: Certainty) => boolean): boolean =>
    isLinkOf(listed.route, listed.from, (route) => isAnswer(previewAnswer({ ...listed, route }, context)));
  if (answered((answer) => answer === 'yes')) return 'yes';
  return answered((answer) => answer !== 'no') ? 'maybe' : 'no';
}

/** Of a preview's destinations those go that it is named for or that istiops made; others are somebody else's. */
function previewEntry(
  { route: { name = '' }, ...listed }: Pick<ListedRoute, 'route' | 'from'>,
  destination: Destination,
  { isProven, answerFor }: RemovalContext,
): Certainty {
  const { subset = '' } = destination;
  const { namespace } = listed.from.metadata;
  return isNamedAfter(name, subset) || isProven(destination, namespace)
    ? answerFor(destination, namespace)
    : 'no';
}

/** A preview that stays keeps what is not of the builds. */
export function previewBack(listed: ListedRoute, context: RemovalContext): readonly Expected[] {
  const namespace = namespaceOf(listed);
  const entries = destinationsOf(listed.route);
  const left = entries.filter(({ destination }) => previewEntry(listed, destination, context) === 'no');
  const kept = withoutMirrorsTo(listed, (destination) => previewEntry(listed, destination, context) !== 'no');
  return left.length === 0 || left.length === entries.length
    ? [unchanged(kept)]
    : [sharesBack(kept, evenSplit(left, namespace), ROUNDING)];
}

/** A preview that stays, and that loses neither a destination nor a mirror. */
export function isUntouched(listed: ListedRoute, context: RemovalContext): boolean {
  return previewBack(listed, context).every((expected) => isAsExpected(expected, listed));
}

/** Do previews stay in the VirtualService, that still send to the build that they are named for? */
export function stayingPreviews(
  virtualService: VirtualService,
  answerFor: RemovalContext['answerFor'],
): Certainty {
  const { namespace } = virtualService.metadata;
  const answers = (virtualService.spec.http ?? [])
    .filter(isPreview)
    .flatMap(({ name, route = [] }) =>
      route
        .filter(({ destination: { subset = '' } }) => isNamedAfter(name ?? '', subset))
        .map(({ destination }) => answerFor(destination, namespace)),
    );
  return answers.includes('no') ? 'yes' : answers.includes('maybe') ? 'maybe' : 'no';
}
