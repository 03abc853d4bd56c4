/** Whether the requests that an operation was asked about get what was asked, in everything that proxies have. */
import type { HeaderMatch } from '../intent/types.ts';
import { describeMatch } from '../intent/describe-match.ts';
import { actionOf } from '../istio/requests/answer.ts';
import { clusterOf, type ClusterState } from '../istio/requests/cluster.ts';
import type { Sight } from '../istio/requests/endpoints.ts';
import type { HttpRequest } from '../istio/requests/request.ts';
import { unservedRoute } from '../istio/requests/served.ts';
import { unheardInMesh, type Unheeded } from '../istio/requests/sidecars.ts';
import type { ReadExtent } from '../istio/requests/seen.ts';
import type { ListedRoute } from '../istio/requests/route-list.ts';
import type { VirtualService } from '../istio/types.ts';
import { shareKey, sameAnswer, sharesOf, sharesOfRoute, type AnswerShare } from './answers.ts';
import type { AskedExample } from './asked-examples.ts';
import type { AboutClass, GuardRule } from './expected/types.ts';
import { isAsExpected } from './judge.ts';
import { keyOfObject, type Taken } from './listed.ts';
import type { View } from './lists.ts';
import { shown } from './request-example.ts';
import { takenBy, type ComparedLists } from './samples.ts';
import type { MissedRequests } from './types.ts';
import { insteadWords, placeWords, whomOf } from './who.ts';
import { answersItself } from '../istio/routes.ts';
import { titleOf } from '../base/title.ts';

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
  /** What is behind a destination, looked up once: thousands of routes send to the same few. */
  readonly broken: Map<string, Unheeded | undefined>;
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
  return { kind: 'undecided', why: ageDoubt(view, view.otherwise) };
}

function ageDoubt(view: View, otherwise: View): string {
  const known = ageDoubts.get(view);
  if (known !== undefined) return known;
  const objects = new Set(
    [view, otherwise].flatMap(({ lists }) => lists.before.list.map(({ virtualService }) => virtualService)),
  );
  const roots = [...new Set([...objects].map((one) => `VirtualService ${keyOfObject(one)}`))];
  const named = roots.length > MOST_NAMED + 1 ? roots.slice(0, MOST_NAMED) : roots;
  const more = roots.length - named.length;
  const words = `${named.join(' and ')}${more > 0 ? ` and ${more} more` : ''} are for the same host, and which of them is older can't be told from what is in sight`;
  ageDoubts.set(view, words);
  return words;
}

/** The same for each request by a way in. */
const ageDoubts = new WeakMap<View, string>();

/** VirtualServices that a sentence names; of more it says how many. */
const MOST_NAMED = 5;

function effectIn(
  { about, request: found }: AskedExample,
  virtualService: VirtualService,
  own: ComparedLists,
  view: View,
  { rule, sight, alternatives, broken: known }: World,
): Effect {
  const { lists } = view;
  const request = movedTo(found, view);
  const result = lists.after.ask(request);
  const taken = takenBy(result);
  const key = keyOfObject(virtualService);
  const { answers, isAsked } = rule.allowed(request, lists.before);
  const [best] = answers;
  const isOwn = taken !== undefined && keyOfObject(taken.from) === key;
  // An undo was asked for what a preview gives, be it by another one; every other operation for what some requests get.
  const isGiven =
    about.first === undefined
      ? taken !== undefined && (taken.fromIndex === about.route.fromIndex || sameAnswer(taken, about.route))
      : isAsked && best !== undefined && isAsExpected(best, taken);
  const { isTarget } = rule;
  const shares = taken === undefined ? [] : sharesOf(taken);
  const isThere =
    isTarget !== undefined &&
    shares.length > 0 &&
    shares.every(({ host, destination: { subset } }) => isTarget(host, subset ?? null));
  if (taken !== undefined && isOwn && (isGiven || isThere)) {
    if (result.kind === 'undecided') {
      const why = result.candidates.flatMap(({ predicate }) => predicate ?? []).join('; ');
      return { kind: 'undecided', why: `it depends on ${why}` };
    }
    const broken = brokenCluster(taken, takenBy(lists.before.ask(request)), request, sight, known);
    if (broken !== undefined) return missed(request, lists, alternatives, broken.why, broken.advice);
    const aborted = abortedByFault(taken);
    if (aborted !== undefined) return missed(request, lists, alternatives, aborted.why, aborted.advice);
    const unheard =
      request.gateway === 'mesh'
        ? unheardInMesh('http', taken.route, taken.virtualService, sight)
        : unservedRoute(request.gateway, taken.route, taken.virtualService, sight);
    if (unheard === undefined) return { kind: 'reached' };
    if ('extent' in unheard && unheard.extent === 'some')
      return { kind: 'undecided', why: `in the mesh ${unheard.why}` };
    return missed(request, lists, alternatives, unheard.why, unheard.advice);
  }
  const answered = taken !== undefined && isOwn ? answeredByRoot(taken) : undefined;
  if (answered !== undefined) return missed(request, lists, alternatives, answered.why, answered.advice);
  const planned = takenBy(own.after.ask(found));
  return missed(
    request,
    lists,
    alternatives,
    ...reasonFor(about, request, taken, planned, virtualService, view),
  );
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

function missed(
  request: HttpRequest,
  lists: ComparedLists,
  alternatives: readonly HeaderMatch[],
  why: string,
  advice: string,
): Effect {
  const { who, isRoute } = whomOf(request, lists, alternatives);
  const words =
    isRoute === true && !who.startsWith('every') && !who.startsWith('requests')
      ? `requests where ${who}`
      : who;
  return { kind: 'missed', missed: { who: words, example: shown(request, lists.place), why, advice } };
}

/** The positions, in the VirtualService of this key, of its routes in a list. */
function ownPlaces(list: readonly ListedRoute[], key: string): ReadonlySet<number> {
  const byKey = placesByList.get(list) ?? new Map<string, Set<number>>();
  if (!placesByList.has(list)) {
    for (const { from, fromIndex } of list) {
      const name = keyOfObject(from);
      const places = byKey.get(name) ?? new Set<number>();
      byKey.set(name, places.add(fromIndex));
    }
    placesByList.set(list, byKey);
  }
  return byKey.get(key) ?? NO_PLACES;
}

const NO_PLACES: ReadonlySet<number> = new Set();
const placesByList = new WeakMap<readonly ListedRoute[], Map<string, Set<number>>>();

/** Who gets the requests, or what keeps them away, and what to do. */
function reasonFor(
  about: AboutClass,
  request: HttpRequest,
  taken: Taken,
  planned: Taken,
  virtualService: VirtualService,
  { lists, ways }: View,
): readonly [why: string, advice: string] {
  const key = keyOfObject(virtualService);
  const { list } = lists.after;
  const title = `VirtualService ${key}`;
  const host = ways[0]?.host ?? request.authority;
  const isMesh = request.gateway === 'mesh';
  const way = isMesh ? 'in the mesh' : `at gateway ${request.gateway}`;
  if (list.length === 0) {
    return [
      `no proxy ${way} has ${title} for ${host}: it has no route for port ${request.port ?? 80}, or it is not exported to namespace ${request.sourceNamespace ?? ''}`,
      'Look at `exportTo` and at the ports of its match blocks.',
    ];
  }
  const own = ownPlaces(list, key);
  const isListed = (listed: ListedRoute | undefined): boolean =>
    listed !== undefined && own.has(listed.fromIndex);
  const others = own.size === 0;
  const gets =
    taken === undefined
      ? 'no route accepts them, and they are answered with 404'
      : `${placeWords(taken)} gets them${insteadWords(taken)}`;
  if (others && (virtualService.spec.hosts ?? []).length > 0) {
    const first = list[0]?.virtualService;
    const other = first === undefined ? 'another one' : `VirtualService ${keyOfObject(first)}`;
    return [
      `${other} is for the same host ${host} and older, and ${way} the oldest is the only one that counts: ${gets}`,
      `Make the change in ${other}, or put the routes of both into one VirtualService.`,
    ];
  }
  if (planned !== undefined && !isListed(planned)) {
    const route = planned.route.name ?? `http[${planned.fromIndex}]`;
    const roots = [...new Set(ways.map(({ root }) => `VirtualService ${keyOfObject(root)}`))].join(', ');
    return [
      `Istio leaves route ${route} of the delegate ${title} out, because its match is at odds with that of the route of ${roots} that delegates to it: ${gets}`,
      `Match the header in one of the two alone: in ${roots} a prefix or an exact value that the other's begins with can be joined, presence and a regex can't.`,
    ];
  }
  if (taken !== undefined && keyOfObject(taken.from) !== key) {
    return [
      `${placeWords(taken)}, which is for the same host ${host}, comes first and gets them${insteadWords(taken)}`,
      'Change the route there, or put the routes of both into one VirtualService.',
    ];
  }
  const today = takenBy(lists.before.ask(request));
  if (taken !== undefined && today !== undefined && keyOfObject(today.from) !== key) {
    return [
      `today ${placeWords(today)}, which is for the same host ${host}, gets them, so they are no requests of the service`,
      'Put the routes of both into one VirtualService.',
    ];
  }
  const { route } = about;
  if (!isListed(route) && taken !== undefined && taken.fromIndex > route.fromIndex) {
    return [
      `no request comes the way that ${placeWords(route)} is for (${describeMatch(route.route)}): ${gets}`,
      'Add the gateway or the host to the VirtualService, or correct the match of the route.',
    ];
  }
  return [
    taken === undefined ? gets : `${placeWords(taken)}, above, gets them${insteadWords(taken)}`,
    'Move that route down, narrow its match, or pick other base routes with `routes`.',
  ];
}

/** A delegate's route does what the root's `directResponse` says, which it inherits. */
function answeredByRoot({ fromIndex, from, route, virtualService }: ListedRoute): Unheeded | undefined {
  if (!answersItself(route) || answersItself(from.spec.http?.[fromIndex] ?? {})) return undefined;
  const root = titleOf(virtualService);
  return {
    why: `${root}, which delegates to it, answers them itself (\`directResponse\`)`,
    advice: `Take \`directResponse\` out of the route of ${root} that delegates.`,
  };
}

/** Why a route sends none of its requests on; undefined: it sends some. */
function abortedByFault(taken: ListedRoute): Unheeded | undefined {
  const { abort } = actionOf(taken.route, taken.from.metadata.namespace);
  if (abort === null || abort.percent < 100) return undefined;
  return {
    why: `${placeWords(taken)} answers all of them with ${abort.status} itself (\`fault.abort\`)`,
    advice: 'Remove the fault from the route, or lower its percentage.',
  };
}

/** A route, and the VirtualService that its destinations are written in. */
type Sender = Pick<ListedRoute, 'route' | 'from'>;

/** What Envoy does in place of sending to the build; undefined where it sends there, as far as is known. */
export function brokenCluster(
  taken: Sender,
  before: Sender | undefined,
  { gateway, sourceNamespace }: Pick<HttpRequest, 'gateway' | 'sourceNamespace'>,
  sight: Sight,
  known: World['broken'] = new Map(),
): Unheeded | undefined {
  const isSidecar = gateway === 'mesh';
  const client = {
    isSidecar,
    isExample: true,
    ...(sourceNamespace !== undefined && { namespaces: [sourceNamespace] }),
  };
  // What was as bad before is not of this change.
  const had = new Set((before === undefined ? [] : sharesOfSender(before)).map(shareKey));
  for (const share of sharesOfSender(taken)) {
    if (had.has(shareKey(share))) continue;
    const { host, destination } = share;
    const { subset, port } = destination;
    const key = JSON.stringify([host, subset, port?.number, sourceNamespace, isSidecar]);
    if (!known.has(key)) {
      const resolved = {
        host,
        ...(subset !== undefined && { subset }),
        ...(port?.number !== undefined && { port: port.number }),
      };
      known.set(key, brokenWords(clusterOf(resolved, client, sight), host, subset ?? ''));
    }
    const words = known.get(key);
    if (words !== undefined) return words;
  }
  return undefined;
}

function sharesOfSender({ route, from }: Sender): readonly AnswerShare[] {
  return sharesOfRoute(route, from.metadata.namespace);
}

function brokenWords(state: ClusterState, host: string, subset: string): Unheeded | undefined {
  if (state.kind === 'passed-through' || state.kind === 'no-address') return state;
  if (state.kind !== 'subset-missing') return undefined;
  const [rule] = state.rules;
  const used =
    rule === undefined
      ? 'it uses no DestinationRule for the host'
      : `it uses ${titleOf(rule)}, which has no such subset`;
  const { realHost } = state;
  const stands = realHost === undefined ? '' : ` (which is what ${host} stands for)`;
  return {
    why: `the proxy answers them with 503, because it doesn't know subset ${subset} of ${realHost ?? host}${stands}: ${used}`,
    advice:
      realHost === undefined
        ? 'Add the subset to that DestinationRule.'
        : `Send to ${realHost}, and add the subset to its DestinationRule.`,
  };
}
