/**
 * Follows a request on through services, each of which calls the next: which build each of them gets, if the
 * applications copy the headers that are named to the requests that they send, and add none that a route matches.
 */
import { TrafficError } from '../../base/errors.ts';
import type { CalledService } from '../../intent/types.ts';
import type { Followed, FollowedHop, FollowedWay } from '../../plan/explanation.ts';
import { callersBehind, firstCaller, isCalled, mergedCallers, sumOf, type Caller } from './callers.ts';
import type { ExplainIntent } from './intent.ts';
import type { ExplainContext, Explained, FollowedEnd } from './explained.ts';
import { explainOne } from './one.ts';
import { requestTo } from './service-request.ts';

/** Of requests to one service: each is answered by itself. */
const MOST_WAYS = 100;

/** The requests that are explained: where none is given, one to the first service that is followed. */
export function firstRequests({
  requests,
  follow,
}: ExplainIntent): readonly Pick<CalledService, 'request' | 'isAnyRequest'>[] {
  const [first] = follow;
  return requests.length === 0 && first !== undefined
    ? [namedCall(first)]
    : requests.map((request) => ({ request, isAnyRequest: false }));
}

/**
 * What is explained, with where its request goes on to.
 *
 * @throws TrafficError not-found where the request goes to none of the first service's builds, ambiguous where a service
 * has several ports, or is asked in too many ways
 */
export function follow(
  context: ExplainContext,
  { follow: followed, propagate }: Pick<ExplainIntent, 'follow' | 'propagate'>,
  explained: Explained,
): Explained {
  const [first, ...services] = followed;
  if (first === undefined) return explained;
  const isFirst = (host: string): boolean => isCalled(first, explained, host, context.snapshot.namespace);
  refuseElsewhere(first, explained, isFirst);
  let callers = callersBehind(context, explained, firstCaller(explained), propagate, isFirst);
  const hops: FollowedHop[] = [];
  let ends: readonly FollowedEnd[] = [];
  for (const service of services) {
    const hop = hopTo(context, service, mergedCallers(callers), propagate);
    hops.push({ service: service.text, ways: mergedWays(hop.ways) });
    callers = hop.callers;
    ends = hop.ends;
  }
  const way: Followed = { service: first.text, propagated: propagate, hops };
  return { ...explained, explanation: { ...explained.explanation, followed: way }, ends };
}

function namedCall(service: CalledService): Pick<CalledService, 'request' | 'isAnyRequest'> {
  const { text, request, isAnyRequest } = service;
  return isAnyRequest
    ? { request: { ...request, text: `any request to ${text}` }, isAnyRequest }
    : { request, isAnyRequest };
}

/** A way that begins elsewhere than where the request goes would be another request's. */
function refuseElsewhere(
  first: CalledService,
  { explanation, ways }: Explained,
  isFirst: (host: string) => boolean,
): void {
  const hosts = ways.flatMap(({ does }) =>
    (does?.destinations ?? []).filter(({ share }) => share > 0).map(({ host }) => host),
  );
  if (hosts.length === 0 || hosts.some(isFirst)) return;
  throw new TrafficError(
    'not-found',
    `\`follow\` begins with ${first.text}, and ${explanation.request.text} goes to ${[...new Set(hosts)].join(' and ')}. ` +
      'Begin with the service that the request reaches.',
  );
}

function hopTo(
  context: ExplainContext,
  service: CalledService,
  callers: readonly Caller[],
  propagate: readonly string[],
): {
  readonly ways: readonly FollowedWay[];
  readonly callers: readonly Caller[];
  readonly ends: readonly FollowedEnd[];
} {
  if (callers.length > MOST_WAYS) {
    throw new TrafficError(
      'ambiguous',
      `${service.text} gets requests in ${callers.length} different ways, by who sends them and with which headers: ${MOST_WAYS} at most are followed. ` +
        'Name fewer services, or a request that fewer routes match.',
    );
  }
  const found = callers.map((caller) => {
    const { request, isAnyRequest } = namedCall(service);
    const { line, scope } = requestTo(context.snapshot, request, caller, isAnyRequest);
    const explained = explainOne(context, line, caller.headers, scope, {
      openLabels: caller.openLabels,
      openHeaders: caller.openHeaders,
      isAny: isAnyRequest,
    });
    const { request: asked, host, result } = explained.explanation;
    const { from, share, condition, openHeaders } = caller;
    const way: FollowedWay = { from, share, condition, request: asked, openHeaders, host, result };
    const end: FollowedEnd = { share, condition, result, namesOf: explained.namesOf };
    return { way, end, callers: callersBehind(context, explained, caller, propagate, () => true) };
  });
  return {
    ways: found.map(({ way }) => way),
    callers: found.flatMap((one) => one.callers),
    ends: found.map(({ end }) => end),
  };
}

/** Ways that differ only in who sends are one to whoever reads them. */
function mergedWays(ways: readonly FollowedWay[]): readonly FollowedWay[] {
  const groups = Map.groupBy(ways, ({ request, openHeaders, host, result, condition }) =>
    JSON.stringify([request.headers, request.sourceNamespace, openHeaders, host, result, condition]),
  );
  return [...groups.values()].flatMap((group) => {
    const [first, ...others] = group;
    if (first === undefined) return [];
    const labels = Object.entries(first.request.sourceLabels).filter(([key, value]) =>
      others.every(({ request }) => request.sourceLabels[key] === value),
    );
    return [
      {
        ...first,
        from: [...new Set(group.flatMap(({ from }) => from))],
        share: sumOf(group.map(({ share }) => share)),
        request: { ...first.request, sourceLabels: Object.fromEntries(labels) },
      },
    ];
  });
}
