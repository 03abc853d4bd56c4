/** What one proxy answers to a request. */
import { covers } from '../../istio/matches.ts';
import { answer, type Result } from '../../istio/requests/answer.ts';
import { serviceBehindName } from '../../istio/requests/endpoints.ts';
import { openPart } from '../../istio/requests/meets.ts';
import { hostOf } from '../../istio/requests/request.ts';
import { notHttp, type Unheeded } from '../../istio/requests/sidecars.ts';
import { unservedRequest } from '../../istio/requests/served.ts';
import { hostsOfServers } from '../../istio/requests/server-hosts.ts';
import { ANOTHER_NAMESPACE } from '../../istio/requests/proxy-namespaces.ts';
import { meshNames } from '../../istio/requests/mesh-names.ts';
import { virtualHost, type VirtualHost } from '../../istio/requests/route-list.ts';
import type { Match, VirtualService } from '../../istio/types.ts';
import type { AskedRequest } from './entry.ts';
import { besideCandidates } from './beside.ts';
import { ununderstoodCandidates } from './not-understood.ts';
import { passedRoutes } from './passed.ts';
import { passedRoute } from './places.ts';
import { candidatesOf, joinedBoth, type SourcedResult } from './sources.ts';
import { ageCondition, possiblyOldest } from './ages.ts';
import { distinctBy } from '../../base/distinct.ts';
import { canonicalJson } from '../../base/json.ts';
import { withConnectionRoutes } from './connection-routes.ts';
import { serviceItself } from './treatment.ts';
import type { ExplainedResult, PassedRoute } from '../../plan/explanation.ts';
import type { Snapshot } from '../../plan/types.ts';
import type { ExplainContext, ExplainedWay } from './explained.ts';
import { gatewayRedirect, redirectedResult } from './gateway-redirect.ts';
import { explainedResult, explainedWays } from './results.ts';

/** An answer as one proxy gives it. */
export interface AnsweredRequest extends SourcedResult {
  readonly host: string | null;
  readonly passed: readonly PassedRoute[];
  /** Namespace of the VirtualService that the route is written in; undefined where no route is chosen. */
  readonly writer: string | undefined;
  readonly ways: readonly ExplainedWay[];
  /** Why no route of the VirtualService that is for the host counts. */
  readonly unheard: Unheeded | undefined;
}

/** The answer of a proxy, whichever VirtualService for the host is the oldest; where it makes a difference, each. */
export function answerOfProxy(context: ExplainContext, request: AskedRequest): AnsweredRequest {
  const plain = answeredInOrder(context, request);
  const tried = possiblyOldest(context.snapshot, request).map((oldest) => ({
    condition: ageCondition(oldest),
    answer: answeredInOrder(context, request, oldest),
  }));
  const distinct = distinctBy(tried.toReversed(), ({ answer: { result } }) =>
    canonicalJson(result),
  ).toReversed();
  if (distinct.length < 2) return plain;
  const conditions = distinct.map(({ condition }, i) => (i === distinct.length - 1 ? null : condition));
  return {
    ...plain,
    passed: [],
    writer: undefined,
    result: {
      kind: 'undecided',
      candidates: distinct.flatMap(({ answer: { result } }, i) =>
        candidatesOf(result).map((one) => ({
          ...one,
          unknown: joinedBoth(conditions[i] ?? null, one.unknown),
        })),
      ),
    },
    ways: distinct.flatMap(({ answer: { ways } }, i) =>
      ways.map((way) => ({ ...way, condition: joinedBoth(conditions[i] ?? null, way.condition) })),
    ),
  };
}

function answeredInOrder(
  context: ExplainContext,
  request: AskedRequest,
  oldest?: VirtualService,
): AnsweredRequest {
  const { snapshot, selected, seen, lookup } = context;
  const served = hostsOfServers(request.gateway, request.port, snapshot);
  const entry = { ...request, ...(served !== undefined && { served }) };
  const listed =
    virtualHost(snapshot.virtualServices, entry, seen, oldest) ??
    virtualHostBehindName(context, request, oldest);
  const unheard = listed === undefined ? undefined : unheardAt(snapshot, request);
  const unserved =
    request.gateway === 'mesh'
      ? undefined
      : unservedRequest(request, writersOf(listed), snapshot, listed?.host);
  const found = unheard === undefined && unserved?.isRedirected !== false ? listed : undefined;
  const { routes, written } = found ?? { routes: [], written: [] };
  // Where a Gateway redirects, the list is that of the https request.
  const hostOfRoutes = request.gateway === 'mesh' || unserved === undefined ? listed?.host : undefined;
  const { passed, result: whole } = answer(routes, request);
  const decided = request.isAny === true ? withoutCovered(whole, request) : whole;
  const result = unserved?.isRedirected === true ? redirectedResult(decided) : decided;
  const plain: ExplainedResult =
    found === undefined && request.gateway === 'mesh'
      ? { kind: 'service', does: serviceItself(lookup, request) }
      : result.kind === 'none' && unserved?.isRedirected === true
        ? { kind: 'none', ...gatewayRedirect(lookup, request) }
        : explainedResult(context, result, request);
  return {
    sourceNamespace: request.sourceNamespace,
    host: listed?.host ?? null,
    passed: passedRoutes({ routes, written }, passed, result, request).map((one) =>
      passedRoute(selected, one),
    ),
    result: ununderstoodCandidates(
      snapshot.notUnderstood ?? [],
      request,
      besideCandidates(
        snapshot,
        request,
        listedRoots(listed),
        hostOfRoutes,
        withConnectionRoutes(snapshot, request, plain),
      ),
    ),
    writer: result.kind === 'route' ? result.taker.listed.from.metadata.namespace : undefined,
    ways:
      plain.kind === 'service'
        ? [{ taker: null, does: plain.does, condition: null }]
        : explainedWays(context, result, request),
    unheard: unheard ?? (listed === undefined && unserved?.isRedirected !== true ? undefined : unserved),
  };
}

/** The routes of the service that an ExternalName Service is another name of. */
function virtualHostBehindName(
  { snapshot, seen }: ExplainContext,
  request: AskedRequest,
  oldest: VirtualService | undefined,
): VirtualHost | undefined {
  if (request.gateway !== 'mesh') return undefined;
  const [authority] = meshNames(hostOf(request.authority), request.sourceNamespace).flatMap(
    (name) => serviceBehindName(name, snapshot) ?? [],
  );
  if (authority === undefined) return undefined;
  return virtualHost(snapshot.virtualServices, { ...request, authority }, seen, oldest);
}

function listedRoots(listed: VirtualHost | undefined): readonly VirtualService[] {
  return [...new Set((listed?.routes ?? []).map(({ virtualService }) => virtualService))];
}

/** Where nobody has routes, a server answers that is for those of any namespace. */
function writersOf(listed: VirtualHost | undefined): readonly string[] {
  if (listed === undefined) return [ANOTHER_NAMESPACE];
  return [...new Set(listed.routes.map(({ virtualService }) => virtualService.metadata.namespace))];
}

/** In the mesh, a port that is not HTTP to Istio goes to the service itself, whatever http routes there are. */
function unheardAt(snapshot: Snapshot, request: AskedRequest): Unheeded | undefined {
  if (request.gateway !== 'mesh') return undefined;
  return meshNames(hostOf(request.authority), request.sourceNamespace)
    .map((host) => notHttp(host, request.port, snapshot))
    .find((one) => one !== undefined);
}

/** Without the candidates that get nothing: whatever such a request is, one before them takes it. */
function withoutCovered(result: Result, request: AskedRequest): Result {
  if (result.kind !== 'undecided') return result;
  const before: Match[] = [];
  const candidates = result.candidates.filter(({ taker }) => {
    const block = taker?.block ?? null;
    if (block !== null && before.some((wide) => covers(wide, block))) return false;
    if (block !== null) before.push(openPart(block, request));
    return true;
  });
  return { kind: 'undecided', candidates };
}
