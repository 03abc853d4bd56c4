/** Whether the requests that an operation was asked about get what was asked, in everything that proxies have. */
import { memoizedFor } from '../base/memoized.ts';
import type { HeaderMatch } from '../intent/types.ts';
import type { Sight } from '../istio/requests/endpoints.ts';
import type { HttpRequest } from '../istio/requests/request.ts';
import type { ListedRoute } from '../istio/requests/kept-routes.ts';
import type { ReadExtent } from '../istio/requests/seen.ts';
import { unservedRoute } from '../istio/requests/served.ts';
import { unheardInMesh, type Unheeded } from '../istio/requests/sidecars.ts';
import type { VirtualService } from '../istio/types.ts';
import { sameAnswer, sendToSame, sharesOf } from './answers.ts';
import type { AskedExample } from './asked-examples.ts';
import type { AboutClass, GuardRule } from './expected/types.ts';
import { isAsExpected } from './judge.ts';
import { keyOfObject } from './listed.ts';
import type { View } from './lists.ts';
import { listenersOf } from './listeners.ts';
import { abortedByFault, answeredByRoot, brokenCluster, type BrokenClusters } from './not-sent.ts';
import { shown } from './request-example.ts';
import { takenBy, type ComparedLists } from './samples.ts';
import type { MissedRequests } from './types.ts';
import { whomOf } from './who.ts';
import { whyMissed } from './why-missed.ts';

export type Effect =
  | { readonly kind: 'reached' }
  /** `why`: what it depends on. */
  | { readonly kind: 'undecided'; readonly why: string }
  | { readonly kind: 'missed'; readonly missed: MissedRequests };

/** What is asked about the world. */
export interface World {
  readonly rule: GuardRule;
  readonly sight: Sight & ReadExtent;
  /** Of `headers`: who was asked about. */
  readonly alternatives: readonly HeaderMatch[];
  readonly broken: BrokenClusters;
}

/**
 * @param own the VirtualService by itself, in which the example was found
 * @param view what proxies have, for the same way in
 */
export function effectOf(
  example: AskedExample,
  virtualService: VirtualService,
  own: ComparedLists,
  view: View,
  world: World,
): Effect {
  const effect = effectIn(example, virtualService, own, view, world);
  if (view.otherwise === undefined) return effect;
  const other = effectIn(example, virtualService, own, view.otherwise, world);
  if (other.kind === effect.kind) return effect;
  return { kind: 'undecided', why: ageDoubt(view) };
}

/** The same for each request by a way in. */
const ageDoubt = memoizedFor((view: View): string => {
  const views = view.otherwise === undefined ? [view] : [view, view.otherwise];
  const objects = new Set(
    views.flatMap(({ lists }) => lists.before.list.map(({ virtualService }) => virtualService)),
  );
  const roots = [...new Set([...objects].map((one) => `VirtualService ${keyOfObject(one)}`))];
  const named = roots.length > MOST_NAMED + 1 ? roots.slice(0, MOST_NAMED) : roots;
  const more = roots.length - named.length;
  return `${named.join(' and ')}${more > 0 ? ` and ${more} more` : ''} are for the same host, and which of them is older can't be told from what is in sight`;
});

/** VirtualServices that a sentence names; of more it says how many. */
const MOST_NAMED = 5;

function effectIn(
  { about, request: found }: AskedExample,
  virtualService: VirtualService,
  own: ComparedLists,
  view: View,
  world: World,
): Effect {
  const { lists } = view;
  const request = movedTo(found, view);
  const result = lists.after.ask(request);
  const taken = takenBy(result);
  const missed = ({ why, advice }: Unheeded): Effect => ({
    kind: 'missed',
    missed: {
      who: whoMisses(request, about.route, lists, world.alternatives),
      example: shown(request, lists.place),
      why,
      advice,
    },
  });
  if (taken !== undefined && keyOfObject(taken.from) === keyOfObject(virtualService)) {
    if (isAsAsked(about, request, taken, lists, world.rule) || sendsToTarget(taken, world.rule)) {
      if (result.kind === 'undecided') {
        const why = result.candidates.flatMap(({ predicate }) => predicate ?? []).join('; ');
        return { kind: 'undecided', why: `it depends on ${why}` };
      }
      return effectOfTaken(taken, request, lists, world, missed);
    }
    const answered = answeredByRoot(taken);
    if (answered !== undefined) return missed(answered);
  }
  const planned = takenBy(own.after.ask(found));
  return missed(whyMissed({ request, route: about.route, taken, planned, virtualService, view }));
}

/**
 * Does the request get what the operation was asked for? An undo was asked for the build of a preview, be it by another
 * preview of that build; every other operation for what some requests get.
 */
function isAsAsked(
  { first, among, route }: AboutClass,
  request: HttpRequest,
  taken: ListedRoute,
  lists: ComparedLists,
  rule: GuardRule,
): boolean {
  if (first === undefined || among === 'after')
    return taken.fromIndex === route.fromIndex || sameAnswer(taken, route) || sendToSame(taken, route);
  const { answers, isAsked } = rule.allowed(request, lists.before);
  const [best] = answers;
  return isAsked && best !== undefined && isAsExpected(best, taken);
}

/** Does the route send to the build alone? */
function sendsToTarget(taken: ListedRoute, { isTarget }: GuardRule): boolean {
  const shares = sharesOf(taken);
  return (
    isTarget !== undefined &&
    shares.length > 0 &&
    shares.every(({ host, destination: { subset } }) => isTarget(host, subset ?? null))
  );
}

/** The right route gets the request: does it send it on, and do proxies look at it? */
function effectOfTaken(
  taken: ListedRoute,
  request: HttpRequest,
  lists: ComparedLists,
  { sight, broken }: World,
  missed: (reason: Unheeded) => Effect,
): Effect {
  const { route, virtualService } = taken;
  const listeners = (): readonly number[] =>
    listenersOf('http', request.gateway, route, virtualService, sight);
  const notSent =
    brokenCluster(taken, takenBy(lists.before.ask(request)), request, listeners, sight, broken) ??
    abortedByFault(taken);
  if (notSent !== undefined) return missed(notSent);
  const unheard =
    request.gateway === 'mesh'
      ? unheardInMesh('http', route, virtualService, sight)
      : unservedRoute('http', request.gateway, route, virtualService, sight);
  if (unheard === undefined) return { kind: 'reached' };
  if ('extent' in unheard && unheard.extent === 'some')
    return { kind: 'undecided', why: `in the mesh ${unheard.why}` };
  return missed(unheard);
}

/** The same request by the way in of a view: only who asks for which host, and from where, may differ. */
function movedTo(request: HttpRequest, { lists: { place } }: View): HttpRequest {
  const { entry } = place;
  const authority = place.serves(request.authority) ? request.authority : entry.authority;
  const isHere =
    request.authority === authority &&
    request.gateway === entry.gateway &&
    request.port === entry.port &&
    request.sourceNamespace === entry.sourceNamespace &&
    request.sourceLabels === entry.sourceLabels;
  if (isHere) return request;
  return { ...request, ...entry, authority };
}

/** Whose requests they are, as the subject of a sentence. */
function whoMisses(
  request: HttpRequest,
  route: ListedRoute,
  lists: ComparedLists,
  alternatives: readonly HeaderMatch[],
): string {
  const { who, isRoute } = whomOf(request, lists, alternatives, route);
  const isClause = isRoute === true && !who.startsWith('every') && !who.startsWith('requests');
  return isClause ? `requests where ${who}` : who;
}
