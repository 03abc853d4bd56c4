import { TrafficError } from '../errors.ts';
import type { ExplainIntent, RequestLine, RequestScope } from '../intent/types.ts';
import { describeMatch } from '../istio/describe.ts';
import { gatewayName } from '../istio/gateways.ts';
import { resolveHost } from '../istio/hosts.ts';
import { answer, type Action, type Passed, type Result, type Taker } from '../istio/requests/answer.ts';
import { hostOf, type HttpRequest } from '../istio/requests/request.ts';
import { meshNames, outOfScope, virtualHost, type ListedRoute } from '../istio/requests/route-list.ts';
import type { Labels, VirtualService } from '../istio/types.ts';
import { judge } from './expect.ts';
import type {
  Treatment,
  ExplainedRequest,
  ExplainedResult,
  Explanation,
  PassedRoute,
  RouteRef,
} from './explanation.ts';
import { finding } from './findings.ts';
import { locationOf } from './location.ts';
import { previewSubset } from './names.ts';
import { readyPodsOf } from './pods.ts';
import { selectVirtualServices, someOf } from './select.ts';
import { subsetKey } from './subsets.ts';
import type { DestinationView, Finding, Snapshot } from './types.ts';
import { subsetLabels, type SubsetLabels } from './views.ts';

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
  const selected = new Set(selectVirtualServices(snapshot, intent.selector));
  const context: Context = {
    snapshot,
    selected,
    subsets: subsetLabels(snapshot.destinationRules),
    pods: new Map(),
  };
  const asked = intent.requests.map((line) => explainOne(context, line, intent.headers, intent).explanation);
  const expected = (intent.expectations?.cases ?? []).map((one): Explanation => {
    // What the file doesn't say of a request is as the inputs say for all.
    const scope: RequestScope = { ...intent, ...one };
    const headers = { ...intent.headers, ...one.headers };
    const { explanation, namesOf } = explainOne(context, one.request, headers, scope);
    const file = intent.expectations?.path ?? '';
    const isHost = (given: string, wanted: string): boolean =>
      namesOf(given).some((name) => name === wanted || name === resolveHost(wanted, snapshot.namespace));
    return { ...explanation, verdict: { ...judge(one, explanation, isHost), file } };
  });
  const explanations = [...asked, ...expected];
  return { explanations, findings: takenByOthers(explanations) };
}

/** The names of expectations that are not met. */
export function missesOf(explanations: readonly Explanation[]): readonly Explanation[] {
  return explanations.filter(({ verdict }) => verdict?.met === false);
}

interface Context {
  readonly snapshot: Snapshot;
  readonly selected: ReadonlySet<VirtualService>;
  readonly subsets: SubsetLabels;
  /** Ready pods by subset, counted once. */
  readonly pods: Map<string, number | null>;
}

interface Explained {
  readonly explanation: Explanation;
  /** The whole names that the host of one of its destinations stands for. */
  readonly namesOf: (host: string) => readonly string[];
}

function explainOne(
  context: Context,
  line: RequestLine,
  headers: Readonly<Record<string, string>>,
  scope: RequestScope,
): Explained {
  const request = requestOf(context, line, headers, scope);
  const found = virtualHost(context.snapshot.virtualServices, request);
  const routes = found?.routes ?? [];
  const { passed, result } = answer(routes, request);
  const unheard = answer(outOfScope(context.snapshot.virtualServices, routes, request), request).passed;
  const explanation: Explanation = {
    request: {
      text: line.text,
      headers,
      gateway: request.gateway,
      port: request.port,
      sourceLabels: request.sourceLabels,
      sourceNamespace: request.sourceNamespace ?? null,
    } satisfies ExplainedRequest,
    host: found?.host ?? null,
    passed: inOrder(passed, unheard, result).map((one) => passedRoute(context, one)),
    result:
      found === undefined && request.gateway === 'mesh'
        ? serviceItself(request)
        : resultOf(context, result, request),
    verdict: null,
  };
  // A route's are of the namespace of who wrote it; those of the service itself are what its caller means.
  const writer = result.kind === 'route' ? result.taker.listed.from.metadata.namespace : undefined;
  const caller = request.sourceNamespace ?? context.snapshot.namespace;
  return {
    explanation,
    namesOf: (host) => (writer === undefined ? meshNames(host, caller) : [resolveHost(host, writer)]),
  };
}

/** What passes, with those routes of the same VirtualServices above it that are for other ports and proxies. */
function inOrder(passed: readonly Passed[], unheard: readonly Passed[], result: Result): readonly Passed[] {
  if (unheard.length === 0) return passed;
  const waiting = Map.groupBy(unheard, ({ listed }) => listed.virtualService);
  const all: Passed[] = [];
  const addAbove = ({ virtualService, index, fromIndex }: ListedRoute): void => {
    const own = waiting.get(virtualService) ?? [];
    const below = own.findIndex(
      ({ listed }) => listed.index > index || (listed.index === index && listed.fromIndex > fromIndex),
    );
    all.push(...own.splice(0, below === -1 ? own.length : below));
  };
  for (const one of passed) {
    addAbove(one.listed);
    all.push(one);
  }
  if (result.kind === 'none') return [...all, ...[...waiting.values()].flat()];
  const takers = result.kind === 'route' ? [result] : result.candidates;
  for (const { taker } of takers) if (taker !== null) addAbove(taker.listed);
  return all;
}

function requestOf(
  { snapshot, selected }: Context,
  { method, scheme, authority, path }: RequestLine,
  headers: Readonly<Record<string, string>>,
  scope: RequestScope,
): HttpRequest & { readonly port: number } {
  const gateway =
    scope.gateway === undefined
      ? gatewayOf([...selected], hostOf(authority))
      : gatewayName(scope.gateway, snapshot.namespace);
  const [, own] = /:(\d+)$/.exec(authority) ?? [];
  const port = scope.port ?? (own === undefined ? (scheme === 'https' ? 443 : 80) : Number(own));
  // A gateway's proxy is as a rule in the namespace of its Gateway.
  const sourceNamespace = scope.sourceNamespace ?? (gateway === 'mesh' ? undefined : gateway.split('/')[0]);
  return {
    method,
    scheme,
    authority,
    path,
    headers,
    gateway,
    port,
    sourceLabels: scope.sourceLabels ?? {},
    ...(sourceNamespace !== undefined && { sourceNamespace }),
  };
}

/**
 * The gateway that the selected VirtualServices are on, those for this host before others; a real one before the
 * mesh, for who calls by a URL is more often outside than in.
 */
function gatewayOf(selected: readonly VirtualService[], host: string): string {
  const gatewaysOf = (all: readonly VirtualService[]): ReadonlySet<string> =>
    new Set(
      all.flatMap(({ metadata, spec: { gateways = [] } }) =>
        gateways.length === 0 ? ['mesh'] : gateways.map((one) => gatewayName(one, metadata.namespace)),
      ),
    );
  const withHosts = selected.filter(({ spec }) => (spec.hosts ?? []).length > 0);
  const forHost = withHosts.filter(({ metadata, spec }) =>
    (spec.hosts ?? []).some((one) => {
      const given = (one === '*' ? one : resolveHost(one, metadata.namespace)).toLowerCase();
      return given.startsWith('*')
        ? host.endsWith(given.slice(1))
        : given === host || given.startsWith(`${host}.`);
    }),
  );
  const gateways = gatewaysOf(forHost.length > 0 ? forHost : withHosts);
  const [first, ...more] = [...gateways].filter((gateway) => gateway !== 'mesh');
  if (more.length > 0) {
    throw new TrafficError(
      'ambiguous',
      `Requests for ${host} may come by several gateways: ${someOf([...gateways])}. Name one with \`gateway\`.`,
    );
  }
  return first ?? 'mesh';
}

function resultOf(context: Context, result: Result, request: HttpRequest): ExplainedResult {
  switch (result.kind) {
    case 'none':
      return result;
    case 'route':
      return { kind: 'route', ...takenBy(context, result.taker, request) };
    case 'undecided':
      return {
        kind: 'undecided',
        candidates: result.candidates.map(({ taker, predicate }) => ({
          ...(taker === null ? { route: null, does: null } : takenBy(context, taker, request)),
          unknown: predicate,
        })),
      };
  }
}

function takenBy(
  context: Context,
  { listed, action }: Taker,
  request: HttpRequest,
): { readonly route: RouteRef; readonly does: Treatment } {
  return { route: refOf(context, listed), does: treatmentOf(context, action, request) };
}

function serviceItself({ authority, sourceNamespace }: HttpRequest): ExplainedResult {
  const host = hostOf(authority);
  const whole = sourceNamespace === undefined ? host : resolveHost(host, sourceNamespace);
  const view = { host: whole, subset: null, port: null, share: 100, labels: null, readyPods: null };
  const does: Treatment = { destinations: [view], status: null, redirect: null, abort: null, mirrors: [] };
  return { kind: 'service', does };
}

function refOf(context: Context, listed: ListedRoute): RouteRef {
  return { ...placeOf(context, listed), match: describeMatch(listed.route) };
}

/** In words only when they are read: of thousands of routes above, a person sees the last. */
function passedRoute(context: Context, one: Passed): PassedRoute {
  const { virtualService, namespace, index, name, pick, delegate, selected } = placeOf(context, one.listed);
  return {
    virtualService,
    namespace,
    index,
    name,
    pick,
    get match() {
      return describeMatch(one.listed.route);
    },
    delegate,
    selected,
    get why() {
      return one.predicates;
    },
  };
}

function placeOf(
  { selected }: Context,
  { virtualService, index, from, fromIndex, route }: ListedRoute,
): Omit<RouteRef, 'match'> {
  const { name, namespace } = virtualService.metadata;
  return {
    virtualService: name,
    namespace,
    index,
    name: route.name ?? null,
    pick: pickOf(virtualService, index),
    delegate:
      from === virtualService ? null : `${from.metadata.namespace}/${from.metadata.name} http[${fromIndex}]`,
    selected: selected.has(virtualService) || selected.has(from),
  };
}

const picks = new WeakMap<VirtualService, readonly (string | null)[]>();

/** As `show` numbers them. */
function pickOf(virtualService: VirtualService, index: number): string | null {
  let all = picks.get(virtualService);
  if (all === undefined) {
    let next = 0;
    all = (virtualService.spec.http ?? []).map((route) =>
      previewSubset(route) === undefined ? `http[${next++}]` : null,
    );
    picks.set(virtualService, all);
  }
  return all[index] ?? null;
}

function treatmentOf(context: Context, action: Action, request: HttpRequest): Treatment {
  const common = {
    abort: action.abort,
    mirrors: action.mirrors.map(({ host, subset }) => (subset === undefined ? host : `${host} ${subset}`)),
  };
  switch (action.kind) {
    case 'send':
      return {
        destinations: action.destinations.map((share): DestinationView => {
          const { destination, host } = share;
          const { subset, port } = destination;
          const labels = subset === undefined ? undefined : context.subsets.get(subsetKey(host, subset));
          return {
            host: destination.host,
            subset: subset ?? null,
            port: port?.number ?? null,
            share: share.share,
            labels: labels ?? null,
            readyPods: labels === undefined ? null : readyPods(context, host, labels),
          };
        }),
        status: null,
        redirect: null,
        ...common,
      };
    case 'redirect':
      return { destinations: [], status: action.status, redirect: locationOf(action.to, request), ...common };
    case 'direct-response':
      return { destinations: [], status: action.status, redirect: null, ...common };
  }
}

function readyPods({ snapshot, pods }: Context, host: string, labels: Labels): number | null {
  const key = JSON.stringify([host, labels]);
  const known = pods.get(key);
  if (known !== undefined) return known;
  const count = readyPodsOf(snapshot, labels, host)?.length ?? null;
  pods.set(key, count);
  return count;
}

function takenByOthers(explanations: readonly Explanation[]): readonly Finding[] {
  const others = new Map<string, string>();
  for (const { request, result } of explanations) {
    if (result.kind !== 'route' || result.route.selected) continue;
    const owner = `VirtualService ${result.route.namespace}/${result.route.virtualService}`;
    if (!others.has(owner)) others.set(owner, request.text);
  }
  return [...others].map(([owner, text]) => ({
    ...finding(
      'taken-by-another',
      'notice',
      `${owner}, which label-selector does not choose, takes ${text}: it is for the same host.`,
    ),
    object: owner,
  }));
}
