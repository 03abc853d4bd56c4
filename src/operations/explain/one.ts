/** Where one request goes, whichever of the possible proxies routes it. */
import type { RequestLine, RequestScope } from '../../intent/types.ts';
import { resolveHost } from '../../istio/hosts.ts';
import { covers } from '../../istio/matches.ts';
import { answer, type Result, type Taker } from '../../istio/requests/answer.ts';
import { serviceBehindName } from '../../istio/requests/endpoints.ts';
import { openPart } from '../../istio/requests/meets.ts';
import { hostOf } from '../../istio/requests/request.ts';
import type { RequestHeaders } from '../../istio/requests/passed-on.ts';
import { notHttp, type Unheeded } from '../../istio/requests/sidecars.ts';
import { unservedRequest } from '../../istio/requests/served.ts';
import { hostsOfServers } from '../../istio/requests/server-hosts.ts';
import { ANOTHER_NAMESPACE } from '../../istio/requests/proxy-namespaces.ts';
import { meshNames, virtualHost, type VirtualHost } from '../../istio/requests/route-list.ts';
import type { Seen } from '../../istio/requests/seen.ts';
import type { Match, VirtualService } from '../../istio/types.ts';
import { possibleRequests, requestOf, type AskedRequest, type PartlyKnown } from './entry.ts';
import { httpRoutesUnheard, unknownProxy } from './findings.ts';
import { besideCandidates } from './beside.ts';
import { ununderstoodCandidates } from './not-understood.ts';
import { passedRoutes } from './passed.ts';
import { passedRoute, refOf } from './places.ts';
import {
  answersDiffer,
  candidatesOf,
  joinedBoth,
  namespaceCondition,
  oneOf,
  type SourcedResult,
} from './sources.ts';
import { ageCondition, possiblyOldest } from './ages.ts';
import { distinctBy } from '../../base/distinct.ts';
import { canonicalJson } from '../../base/json.ts';
import { withConnectionRoutes } from './connection-routes.ts';
import { serviceItself, treatmentOf, type ClusterLookup } from './treatment.ts';
import type {
  ExplainedCandidate,
  ExplainedResult,
  Explanation,
  FollowedWay,
  PassedRoute,
  Treatment,
} from '../../plan/explanation.ts';
import type { Snapshot } from '../../plan/types.ts';
import type { Finding } from '../../base/findings.ts';

export interface ExplainContext {
  readonly snapshot: Snapshot;
  readonly selected: ReadonlySet<VirtualService>;
  readonly seen: Seen;
  readonly lookup: ClusterLookup;
}

export interface Explained {
  readonly explanation: Explanation;
  readonly findings: readonly Finding[];
  /** The whole names that the host of one of its destinations stands for. */
  readonly namesOf: (host: string) => readonly string[];
  /** The host that is asked, as it is sent. */
  readonly authority: string;
  /** The headers that it comes with. */
  readonly headers: RequestHeaders;
  /** Each thing that may become of it, for whoever follows it on. */
  readonly ways: readonly ExplainedWay[];
  /** Where it was followed on: what the last service gets, each way by itself. */
  readonly ends?: readonly FollowedEnd[];
}

/** What the last service gets of a request that was followed on. */
export interface FollowedEnd extends Pick<FollowedWay, 'share' | 'condition' | 'result'> {
  /** As of `Explained`. */
  readonly namesOf: (host: string) => readonly string[];
}

/** What may become of a request, with the route as it is written. */
export interface ExplainedWay {
  /** Null: no route. */
  readonly taker: Taker | null;
  /** Null: no route matches it, or nobody knows. */
  readonly does: Treatment | null;
  /** What has to be so for it; null: nothing, or none of what the ways before require. */
  readonly condition: string | null;
}

/** An answer as one proxy gives it. */
interface AnsweredRequest extends SourcedResult {
  readonly host: string | null;
  readonly passed: readonly PassedRoute[];
  /** Namespace of the VirtualService that the route is written in; undefined where no route is chosen. */
  readonly writer: string | undefined;
  readonly ways: readonly ExplainedWay[];
  /** Why no route of the VirtualService that is for the host counts. */
  readonly unheard: Unheeded | undefined;
}

const NOTHING_ELSE: PartlyKnown = {};

/**
 * @param line address and method, as they were given
 * @param scope how the request enters the mesh, as far as that was given
 * @param partly of a request that follows another one: what of it is known
 */
export function explainOne(
  context: ExplainContext,
  line: RequestLine,
  headers: Readonly<Record<string, string>>,
  scope: RequestScope,
  partly: PartlyKnown = NOTHING_ELSE,
): Explained {
  const { snapshot, selected } = context;
  const asked = { ...requestOf(snapshot, selected, line, headers, scope), ...partly };
  const requests = possibleRequests(snapshot, asked);
  const answers = requests.map((request) => answered(context, request));
  // Of several proxies, one that has the host says most.
  const told = answers.find(({ host }) => host !== null) ?? answers[0];
  const sourceNamespace = requests.length === 1 ? (requests[0]?.sourceNamespace ?? null) : null;
  const explanation: Explanation = {
    request: {
      text: line.text,
      headers,
      gateway: asked.gateway,
      port: asked.port,
      sourceLabels: asked.sourceLabels,
      sourceNamespace,
    },
    host: told?.host ?? null,
    passed: told?.passed ?? [],
    result: oneOf(answers, asked.gateway),
    verdict: null,
  };
  // A route's are of the namespace of who wrote it; those of the service itself are what its caller means.
  const writer = told?.writer;
  const caller = sourceNamespace ?? snapshot.namespace;
  return {
    explanation,
    findings: [
      ...(answersDiffer(answers) ? [unknownProxy(asked.gateway)] : []),
      ...answers.flatMap(({ unheard }) => (unheard === undefined ? [] : [httpRoutesUnheard(unheard)])),
    ],
    namesOf: (host) => (writer === undefined ? meshNames(host, caller) : [resolveHost(host, writer)]),
    authority: asked.authority,
    headers: { headers, openHeaders: partly.openHeaders ?? {} },
    ways: answersDiffer(answers)
      ? answers.flatMap(({ sourceNamespace: namespace, ways }) =>
          ways.map((way) => ({
            ...way,
            condition: [namespaceCondition(asked.gateway, namespace), way.condition ?? []]
              .flat()
              .join(' and '),
          })),
        )
      : (answers[0]?.ways ?? []),
  };
}

/** The answer of a proxy, whichever VirtualService for the host is the oldest; where it makes a difference, each. */
function answered(context: ExplainContext, request: AskedRequest): AnsweredRequest {
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
    request.gateway === 'mesh' ? undefined : unservedRequest(request, writersOf(listed), snapshot);
  const found = unheard === undefined && unserved?.isRedirected !== false ? listed : undefined;
  const { routes, written } = found ?? { routes: [], written: [] };
  const { passed, result: whole } = answer(routes, request);
  const decided = request.isAny === true ? withoutCovered(whole, request) : whole;
  const result = unserved?.isRedirected === true ? redirected(decided) : decided;
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
        listed?.host,
        withConnectionRoutes(snapshot, request, plain),
      ),
    ),
    writer: result.kind === 'route' ? result.taker.listed.from.metadata.namespace : undefined,
    ways:
      plain.kind === 'service'
        ? [{ taker: null, does: plain.does, condition: null }]
        : waysOf(context, result, request),
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

const TO_HTTPS: Taker['action'] = {
  kind: 'redirect',
  status: 301,
  to: { scheme: 'https' },
  abort: null,
  mirrors: [],
};

/** The same where no VirtualService has a route. */
function gatewayRedirect(lookup: ClusterLookup, request: AskedRequest): { readonly does?: Treatment } {
  const does = treatmentOf(lookup, TO_HTTPS, request);
  return does === null ? {} : { does };
}

/** A Gateway with httpsRedirect answers before any route does. */
function redirected(result: Result): Result {
  const instead = (taker: Taker): Taker => ({ ...taker, action: TO_HTTPS });
  switch (result.kind) {
    case 'none':
      return result;
    case 'route':
      return { kind: 'route', taker: instead(result.taker) };
    case 'undecided':
      return {
        kind: 'undecided',
        candidates: result.candidates.map((one) => ({ ...one, taker: one.taker && instead(one.taker) })),
      };
  }
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

function waysOf({ lookup }: ExplainContext, result: Result, request: AskedRequest): readonly ExplainedWay[] {
  const way = (taker: Taker | null, condition: string | null): ExplainedWay => ({
    taker,
    does: taker === null ? null : treatmentOf(lookup, taker.action, request),
    condition,
  });
  switch (result.kind) {
    case 'none':
      return [];
    case 'route':
      return [way(result.taker, null)];
    case 'undecided':
      return result.candidates.map(({ taker, predicate }) => way(taker, predicate));
  }
}

function explainedResult(context: ExplainContext, result: Result, request: AskedRequest): ExplainedResult {
  switch (result.kind) {
    case 'none':
      return result;
    case 'route': {
      const { route, does } = candidateOf(context, result.taker, null, request);
      return route === null || does === null ? { kind: 'none' } : { kind: 'route', route, does };
    }
    case 'undecided':
      return {
        kind: 'undecided',
        candidates: result.candidates.map(({ taker, predicate }) =>
          candidateOf(context, taker, predicate, request),
        ),
      };
  }
}

function candidateOf(
  { lookup, selected }: ExplainContext,
  taker: Taker | null,
  unknown: string | null,
  request: AskedRequest,
): ExplainedCandidate {
  if (taker === null) return { kind: 'none', route: null, does: null, unknown };
  const does = treatmentOf(lookup, taker.action, request);
  return { kind: does === null ? 'unseen' : 'route', route: refOf(selected, taker.listed), does, unknown };
}
