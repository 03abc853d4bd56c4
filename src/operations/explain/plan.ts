import type { RequestLine, RequestScope } from '../../intent/types.ts';
import type { ExplainIntent } from './intent.ts';
import { resolveHost } from '../../istio/hosts.ts';
import { answer, type Result, type Taker } from '../../istio/requests/answer.ts';
import { meshNames, virtualHost } from '../../istio/requests/route-list.ts';
import { seenOf, type Seen } from '../../istio/requests/seen.ts';
import type { VirtualService } from '../../istio/types.ts';
import { judge } from '../../plan/expect.ts';
import { possibleRequests, requestOf, type AskedRequest } from './entry.ts';
import { distinct, explainFindings, unknownProxy, unreadFiles, unreadNamespaces } from './findings.ts';
import { ununderstoodCandidates } from './not-understood.ts';
import { passedRoutes } from './passed.ts';
import { passedRoute, refOf } from './places.ts';
import { areAtOdds, oneOf, type SourcedResult } from './sources.ts';
import { clusterLookup, serviceItself, treatmentOf, type ClusterLookup } from './treatment.ts';
import type {
  ExplainedCandidate,
  ExplainedResult,
  Explanation,
  PassedRoute,
} from '../../plan/explanation.ts';
import { selectVirtualServices } from '../../plan/select.ts';
import type { Snapshot } from '../../plan/types.ts';
import type { Finding } from '../../base/findings.ts';

/**
 * Where each request goes, and whether the expectations are met. Every VirtualService in sight counts for that; the
 * selected ones are those that are asked about: they say by which gateway the requests come, and a request that
 * another one takes gets a notice.
 *
 * @throws TrafficError not-found where the selector chooses none, ambiguous where they are on several gateways
 */
export function explain(
  snapshot: Snapshot,
  intent: ExplainIntent,
): { readonly explanations: readonly Explanation[]; readonly findings: readonly Finding[] } {
  const context: ExplainContext = {
    snapshot,
    selected: new Set(selectVirtualServices(snapshot, intent)),
    seen: seenOf(snapshot),
    lookup: clusterLookup(snapshot),
  };
  const asked = intent.requests.map((line) => explainOne(context, line, intent.headers, intent));
  const expected = (intent.expectations?.cases ?? []).map((one): Explained => {
    // What the file doesn't say of a request is as the inputs say for all.
    const scope: RequestScope = { ...intent, ...one };
    const headers = { ...intent.headers, ...one.headers };
    const explained = explainOne(context, one.request, headers, scope);
    const { explanation, namesOf } = explained;
    const file = intent.expectations?.path ?? '';
    const isHost = (given: string, wanted: string): boolean =>
      namesOf(given).some((name) => name === wanted || name === resolveHost(wanted, snapshot.namespace));
    const verdict = { ...judge(one, explanation, isHost), file };
    return { ...explained, explanation: { ...explanation, verdict } };
  });
  const all = [...asked, ...expected];
  const explanations = all.map(({ explanation }) => explanation);
  return {
    explanations,
    findings: distinct([
      ...explainFindings(intent, explanations),
      ...all.flatMap(({ findings }) => findings),
      ...unreadNamespaces(snapshot),
      ...unreadFiles(snapshot),
    ]),
  };
}

/** The names of expectations that are not met. */
export function missesOf(explanations: readonly Explanation[]): readonly Explanation[] {
  return explanations.filter(({ verdict }) => verdict?.met === false);
}

interface ExplainContext {
  readonly snapshot: Snapshot;
  readonly selected: ReadonlySet<VirtualService>;
  readonly seen: Seen;
  readonly lookup: ClusterLookup;
}

interface Explained {
  readonly explanation: Explanation;
  readonly findings: readonly Finding[];
  /** The whole names that the host of one of its destinations stands for. */
  readonly namesOf: (host: string) => readonly string[];
}

/** An answer as one proxy gives it. */
interface AnsweredRequest extends SourcedResult {
  readonly host: string | null;
  readonly passed: readonly PassedRoute[];
  /** Namespace of the VirtualService that the route is written in; undefined where no route is chosen. */
  readonly writer: string | undefined;
}

function explainOne(
  context: ExplainContext,
  line: RequestLine,
  headers: Readonly<Record<string, string>>,
  scope: RequestScope,
): Explained {
  const { snapshot, selected } = context;
  const asked = requestOf(snapshot, selected, line, headers, scope);
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
    findings: areAtOdds(answers) ? [unknownProxy(asked.gateway)] : [],
    namesOf: (host) => (writer === undefined ? meshNames(host, caller) : [resolveHost(host, writer)]),
  };
}

function answered(context: ExplainContext, request: AskedRequest): AnsweredRequest {
  const { snapshot, selected, seen, lookup } = context;
  const found = virtualHost(snapshot.virtualServices, request, seen);
  const { routes, written } = found ?? { routes: [], written: [] };
  const { passed, result } = answer(routes, request);
  const plain: ExplainedResult =
    found === undefined && request.gateway === 'mesh'
      ? { kind: 'service', does: serviceItself(lookup, request) }
      : resultOf(context, result, request);
  return {
    sourceNamespace: request.sourceNamespace,
    host: found?.host ?? null,
    passed: passedRoutes({ routes, written }, passed, result, request).map((one) =>
      passedRoute(selected, one),
    ),
    result: ununderstoodCandidates(snapshot.notUnderstood ?? [], request, plain),
    writer: result.kind === 'route' ? result.taker.listed.from.metadata.namespace : undefined,
  };
}

function resultOf(context: ExplainContext, result: Result, request: AskedRequest): ExplainedResult {
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
