/**
 * Rollback and clear: nobody gets the builds through what istiops made, the others' proportions come back, and what a
 * person wrote stays as it was.
 */
import type { ClearIntent, RollbackIntent } from '../../intent/types.ts';
import { resolveHost } from '../../istio/hosts.ts';
import { matchesSelector } from '../../istio/labels.ts';
import type { HttpRequest } from '../../istio/requests/request.ts';
import type { ListedRoute } from '../../istio/requests/route-list.ts';
import { destinationsOf, mirrorsOf } from '../../istio/routes.ts';
import type { Destination, DestinationRule, VirtualService } from '../../istio/types.ts';
import { serviceIdentity } from '../../istio/service-identity.ts';
import { isObject, type Json } from '../../json.ts';
import { effectiveShares } from '../../istio/weights.ts';
import type { Snapshot } from '../../plan/types.ts';
import { sharesOfRoute, type Share } from '../answers.ts';
import type { Asked } from '../asking.ts';
import { blocksOf, namespaceOf, type Taken } from '../listed.ts';
import { takenBy } from '../samples.ts';
import { goneBy, type Answer } from './gone.ts';
import { aboutPreviews } from './headers.ts';
import { isGoBuild, isGoPreview, isMadeByUs, isPreviewRoute } from './ours.ts';
import { memoryAt, memoryOf, type Remembered } from './remembered.ts';
import { connectionAt, unchanged, type Known } from './shift.ts';
import { evenSplit, pinsOf, ROUNDING, sameBuild, splitOf } from './splits.ts';
import type { AboutClass, Expected, GuardRule } from './types.ts';

/** Weights have two decimals at most: nothing is rounded where a list comes back as it was. */
const EXACT = 0.011;

export function takenBackRule(
  snapshot: Snapshot,
  known: Known,
  intent: RollbackIntent | ClearIntent,
): GuardRule {
  const rules = snapshot.destinationRules;
  const isGone = goneBy(snapshot, intent, rules);
  const { selector } = intent;
  const isMeant = ({ metadata }: VirtualService): boolean =>
    metadata.namespace === snapshot.namespace &&
    (selector === undefined || matchesSelector(selector, metadata.labels));
  const context: Context = {
    // istiops writes in no other namespace, so what others say there proves nothing.
    rules: rules.filter((rule) => rule.metadata.namespace === snapshot.namespace),
    withGo: intent.operation === 'clear',
    answerFor: ({ host, subset }, namespace) => isGone(resolveHost(host, namespace), subset ?? null),
  };
  const goesAs =
    (...answers: readonly Answer[]) =>
    (listed: ListedRoute): boolean =>
      isMeant(listed.from) && answers.includes(previewAnswer(listed, context));

  const back = (listed: Taken, memory: Remembered | undefined): readonly Expected[] => {
    if (listed === undefined || !isMeant(listed.from)) return [unchanged(listed)];
    return isPreviewRoute(listed) ? previewBack(listed, context) : listsBack(listed, memory, context);
  };

  return {
    isMeant,
    mustReach: null,
    allowed(request: HttpRequest, before: Asked) {
      const certain = takenBy(before.ask(request, goesAs('yes')));
      const possible = takenBy(before.ask(request, goesAs('yes', 'maybe')));
      const stays = certain === possible ? [certain] : [certain, possible];
      return {
        answers: stays.flatMap((listed) => back(listed, listed && memoryOf(known.virtualServices, listed))),
        isAsked: false,
      };
    },
    about(before) {
      const remembered = before.list.filter(
        (listed) =>
          !isPreviewRoute(listed) &&
          isMeant(listed.from) &&
          memoryOf(known.virtualServices, listed) !== undefined,
      );
      return [
        ...remembered.flatMap((route) =>
          blocksOf(route.route).map((block): AboutClass => ({
            blocks: [block],
            first: route,
            among: 'all',
            route,
            isAsked: false,
          })),
        ),
        ...aboutPreviews(before, goesAs('yes')),
      ];
    },
    ofConnection: (virtualService, kind, index) =>
      back(
        connectionAt(virtualService, kind, index),
        memoryAt(known.virtualServices, virtualService, kind, index),
      ),
  };
}

interface Context {
  readonly rules: readonly DestinationRule[];
  /** What the Go istiops left goes as well. */
  readonly withGo: boolean;
  readonly answerFor: (destination: Destination, namespace: string) => Answer;
}

function previewAnswer(listed: ListedRoute, context: Context): Answer {
  const { withGo, answerFor } = context;
  const namespace = namespaceOf(listed);
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

/** Of a preview's destinations those go that it is named for or that istiops made; others are somebody else's. */
function previewEntry(
  { route: { name = '' }, ...listed }: Pick<ListedRoute, 'route' | 'from'>,
  destination: Destination,
  { rules, answerFor }: Context,
): Answer {
  const { host, subset = '' } = destination;
  const { namespace } = listed.from.metadata;
  const isNamed = name === `istiops-${subset}` || name.startsWith(`istiops-${subset}-`);
  return isNamed || isMadeByUs(rules, resolveHost(host, namespace), subset)
    ? answerFor(destination, namespace)
    : 'no';
}

/** A preview that stays keeps what is not of the builds. */
function previewBack(listed: ListedRoute, context: Context): readonly Expected[] {
  const namespace = namespaceOf(listed);
  const entries = destinationsOf(listed.route);
  const left = entries.filter(({ destination }) => previewEntry(listed, destination, context) === 'no');
  const kept = withoutMirrors(listed, (destination) => previewEntry(listed, destination, context) !== 'no');
  return left.length === 0 || left.length === entries.length
    ? [unchanged(kept)]
    : [shared(kept, evenSplit(left, namespace), ROUNDING)];
}

/** The route without the mirrors that go. */
function withoutMirrors(listed: ListedRoute, goes: (destination: Destination) => boolean): ListedRoute {
  const { route } = listed;
  const { mirror, mirrors, mirrorPercentage, mirrorPercent, ...rest } = route;
  const goesAway = (one: Json | undefined): boolean =>
    one !== undefined && mirrorsOf({ mirror: one }).some(goes);
  if (!mirrorsOf(route).some(goes)) return listed;
  const others = Array.isArray(mirrors)
    ? mirrors.filter((one) => !(isObject(one) && goesAway(one['destination'])))
    : [];
  const kept =
    mirror === undefined || goesAway(mirror)
      ? {}
      : {
          mirror,
          ...(mirrorPercentage !== undefined && { mirrorPercentage }),
          ...(mirrorPercent !== undefined && { mirrorPercent }),
        };
  return { ...listed, route: { ...rest, ...kept, ...(others.length > 0 && { mirrors: others }) } };
}

/** What a route's list may be afterwards. */
function listsBack(
  written: ListedRoute,
  memory: Remembered | undefined,
  context: Context,
): readonly Expected[] {
  const namespace = namespaceOf(written);
  const goes = (destination: Destination): boolean => context.answerFor(destination, namespace) !== 'no';
  const asked = (memory?.asks ?? []).filter(
    ({ destination }) =>
      memory?.list.every((entry) => !sameBuild(entry.destination, destination, namespace)) === true,
  );
  const isOurs = (destination: Destination): boolean =>
    asked.some((one) => sameBuild(one.destination, destination, namespace)) ||
    isMadeByUs(context.rules, resolveHost(destination.host, namespace), destination.subset ?? null) ||
    (context.withGo && isGoBuild(destination.host, destination.subset, namespace));
  const listed = withoutMirrors(written, (destination) => goes(destination) && isOurs(destination));
  const entries = destinationsOf(listed.route);
  const left = entries.filter(({ destination }) => !(goes(destination) && isOurs(destination)));
  const isWhole = left.length === entries.length;
  // Where nothing else is left to send to, one of those that are there stays.
  const lastOnes =
    left.length > 0
      ? []
      : [
          unchanged(listed),
          ...entries.map((entry) => shared(listed, evenSplit([entry], namespace), ROUNDING)),
        ];
  const pins = memory === undefined ? [] : pinsOf(memory, namespace);
  const scaled = shared(listed, evenSplit(left, namespace), ROUNDING);
  const scaledAndPinned = shared(listed, evenSplit(left, namespace, pins), ROUNDING);
  const scaledAndWhole = shared(listed, evenSplit(wholeAgain(left, memory, namespace), namespace), ROUNDING);
  if (memory === undefined) return isWhole ? [unchanged(listed)] : [scaled, unchanged(listed), ...lastOnes];
  const asks = memory.asks.filter(({ destination }) => !goes(destination));
  // A memory that was lost and begun again holds the build itself.
  const made = ({ host, subset }: Destination): boolean =>
    isMadeByUs(context.rules, resolveHost(host, namespace), subset ?? null);
  const base = memory.list.filter(({ destination }) => !(goes(destination) && made(destination)));
  if (base.length > 0 && base.length < memory.list.length) {
    const again = [[], pins].map((some) =>
      shared(
        listed,
        asks.length === 0 ? evenSplit(base, namespace, some) : splitOf(base, asks, namespace, some),
        ROUNDING,
      ),
    );
    return [scaled, scaledAndPinned, scaledAndWhole, ...again, ...lastOnes];
  }
  const lists =
    asks.length === 0 && !memory.isPartial
      ? [memory.list, pinnedList(memory)].map((route) =>
          shared(listed, sharesOfRoute({ route }, namespace), memory.isCurrent ? EXACT : ROUNDING),
        )
      : [[], pins].map((some) =>
          shared(
            listed,
            asks.length === 0
              ? evenSplit(memory.list, namespace, some)
              : splitOf(memory.list, asks, namespace, some),
            ROUNDING,
          ),
        );
  // Builds that stay may keep the shares that they have, and the rest goes to the others.
  const weights = effectiveShares(entries);
  const kept = entries.flatMap(({ destination }, i) =>
    isOurs(destination) && !goes(destination) ? [{ destination, percent: weights[i] ?? 0 }] : [],
  );
  const keeping = [left, wholeAgain(left, memory, namespace)].flatMap((list) =>
    [[], pins].map((some) => shared(listed, splitOf(list, kept, namespace, some), ROUNDING)),
  );
  const today = [scaled, scaledAndPinned, scaledAndWhole, ...keeping];
  // A memory that somebody garbled may say of the list what it likes: what is there today may count as well.
  if (isWhole) {
    const first = asks.length < memory.asks.length ? lists : [];
    return [...first, unchanged(listed), ...lists, ...(memory.isCurrent ? [] : today), ...lastOnes];
  }
  return [...(memory.isCurrent ? [...lists, ...today] : [...today, ...lists]), ...lastOnes];
}

function shared(like: ListedRoute, shares: readonly Share[], tolerance: number): Expected {
  return { kind: 'shares', like, shares, tolerance, ...(tolerance !== EXACT && { isLoose: true as const }) };
}

/** What was pinned to the stable subset sends to the whole service again. */
function wholeAgain(
  list: Remembered['list'],
  memory: Remembered | undefined,
  namespace: string,
): Remembered['list'] {
  return list.map((entry) => {
    const { subset, ...destination } = entry.destination;
    return subset !== undefined &&
      subset === memory?.stable?.subset &&
      serviceIdentity(destination.host, namespace) === serviceIdentity(memory.stable.host, namespace)
      ? { ...entry, destination }
      : entry;
  });
}

function pinnedList({ list, stable }: Remembered): Remembered['list'] {
  return list.map((entry) =>
    stable !== undefined && entry.destination.subset === undefined && entry.destination.host === stable.host
      ? { ...entry, destination: { ...entry.destination, subset: stable.subset } }
      : entry,
  );
}
