import { isObject } from '../../base/json.ts';
import { resolveHost } from '../hosts.ts';
import { copiesOf, destinationsOf } from '../routes.ts';
import type { Destination, Match, Route } from '../types.ts';
import { effectiveShares } from '../weights.ts';
import type { Meeting } from './meeting.ts';
import { meets } from './meets.ts';
import type { HttpRequest } from './request.ts';
import type { ListedRoute } from './kept-routes.ts';

/** Where a list of routes sends a request. */
export interface RouteAnswer {
  /** The routes above, in order, each with the predicates that let the request pass, one for each of its blocks. */
  readonly passed: readonly Passed[];
  readonly result: Result;
}

export interface Passed {
  readonly listed: ListedRoute;
  readonly predicates: readonly string[];
}

/**
 * `route`: this one takes it. `none`: no route of the list does, and Envoy answers 404. `undecided`: one of
 * `candidates` takes it, in this order, and which one depends on what is not known of the request.
 */
export type Result =
  | { readonly kind: 'route'; readonly taker: Taker }
  | { readonly kind: 'none' }
  | { readonly kind: 'undecided'; readonly candidates: readonly Candidate[] };

export interface Taker {
  readonly listed: ListedRoute;
  /** The block that the request meets; null for a route without any. */
  readonly block: Match | null;
  readonly action: Action;
}

export interface Candidate {
  readonly taker: Taker | null;
  /** What is not known, in words; null for the one that takes it if no other does. */
  readonly predicate: string | null;
}

/** What a route does with a request that it matches. `unseen`: nobody knows, because its delegate is not in sight. */
export type Action = (
  | { readonly kind: 'send'; readonly destinations: readonly DestinationShare[] }
  | { readonly kind: 'redirect'; readonly status: number; readonly to: RedirectTo }
  | { readonly kind: 'direct-response'; readonly status: number; readonly body: string | null }
  | { readonly kind: 'unseen'; readonly delegate: string }
) & {
  /** Before that, this many percent of the requests are answered with an error instead. */
  readonly abort: { readonly percent: number; readonly status: string } | null;
  readonly mirrors: readonly Destination[];
};

export interface DestinationShare {
  readonly destination: Destination;
  /** Resolved. */
  readonly host: string;
  /** Percent, at most two decimals. */
  readonly share: number;
}

export interface RedirectTo {
  readonly scheme?: string;
  readonly authority?: string;
  readonly uri?: string;
  readonly port?: number;
  /** The port is the one that the request came to. */
  readonly keepsPort?: boolean;
}

/** Which route of `list` (of `virtualHost`) gets the request, and why none above it matches. */
export function answer(list: readonly ListedRoute[], request: HttpRequest, withPassed = true): RouteAnswer {
  const passed: Passed[] = [];
  const open: Candidate[] = [];
  for (const listed of list) {
    const tried = tryRoute(listed, request);
    if (tried.state !== 'unmet' && listed.unseen !== undefined) {
      const predicate = `delegate ${listed.unseen} matches it: that VirtualService is not in sight`;
      open.push({ taker: takerOf(listed, tried.block), predicate });
    } else if (tried.state === 'met') {
      const taker = takerOf(listed, tried.block);
      return { passed, result: settle(open, taker) };
    } else if (tried.state === 'unmet') {
      if (withPassed) passed.push(passedBy(listed, tried.meetings));
    } else open.push({ taker: takerOf(listed, tried.block), predicate: tried.predicate });
  }
  return { passed, result: settle(open, null) };
}

/** What `answer` says, without why the routes above don't match: for whoever has thousands of requests. */
export function resultOf(list: readonly ListedRoute[], request: HttpRequest): Result {
  return answer(list, request, false).result;
}

function settle(open: readonly Candidate[], taker: Taker | null): Result {
  if (open.length > 0) return { kind: 'undecided', candidates: [...open, { taker, predicate: null }] };
  return taker === null ? { kind: 'none' } : { kind: 'route', taker };
}

type UnmetMeeting = Extract<Meeting, { readonly state: 'unmet' }>;

type Tried =
  | { readonly state: 'met'; readonly block: Match | null }
  | { readonly state: 'unmet'; readonly meetings: readonly UnmetMeeting[] }
  | { readonly state: 'unknown'; readonly block: Match; readonly predicate: string };

function tryRoute({ route: { match = [] } }: ListedRoute, request: HttpRequest): Tried {
  if (match.length === 0) return { state: 'met', block: null };
  const meetings: UnmetMeeting[] = [];
  let open: Tried | undefined;
  for (const block of match) {
    const meeting = meets(block, request);
    if (meeting.state === 'met') return { state: 'met', block };
    if (meeting.state === 'unmet') meetings.push(meeting);
    else open ??= { state: 'unknown', block, predicate: meeting.predicate };
  }
  return open ?? { state: 'unmet', meetings };
}

/** As in `meets`, in words only when they are read. */
function passedBy(listed: ListedRoute, meetings: readonly UnmetMeeting[]): Passed {
  return {
    listed,
    get predicates() {
      return meetings.map(({ predicate }) => predicate);
    },
  };
}

function takerOf(listed: ListedRoute, block: Match | null): Taker {
  const { route, from, unseen } = listed;
  const action: Action =
    unseen === undefined
      ? actionOf(route, from.metadata.namespace)
      : { kind: 'unseen', delegate: unseen, abort: null, mirrors: [] };
  return { listed, block, action };
}

/**
 * A redirect goes before a direct response, and that before destinations, where a delegate's route has them of two.
 *
 * @param namespace of the VirtualService that the destinations are written in
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/route/route.go TranslateRoute
 */
export function actionOf(route: Route, namespace: string): Action {
  const common = { abort: abortOf(route), mirrors: copiesOf(route) };
  const { redirect, directResponse } = route;
  if (isObject(redirect)) {
    const { scheme, authority, uri, port, derivePort, redirectCode } = redirect;
    const to: RedirectTo = {
      ...(isText(scheme) && { scheme }),
      ...(isText(authority) && { authority }),
      ...(isText(uri) && { uri }),
      ...(typeof port === 'number' && { port }),
      ...(derivePort === 'FROM_REQUEST_PORT' && { keepsPort: true }),
    };
    const status = typeof redirectCode === 'number' && redirectCode !== 0 ? redirectCode : 301;
    return { kind: 'redirect', status, to, ...common };
  }
  if (isObject(directResponse)) {
    const { status, body } = directResponse;
    const text = isObject(body) ? body['string'] : undefined;
    return {
      kind: 'direct-response',
      status: typeof status === 'number' ? status : 200,
      body: typeof text === 'string' ? text : null,
      ...common,
    };
  }
  const entries = destinationsOf(route);
  const shares = effectiveShares(entries);
  const destinations = entries.map(({ destination }, i) => ({
    destination,
    host: resolveHost(destination.host, namespace),
    share: shares[i] ?? 0,
  }));
  return { kind: 'send', destinations, ...common };
}

/** Without a percentage Envoy aborts nothing. */
function abortOf({ fault }: Route): Action['abort'] {
  const abort = isObject(fault) ? fault['abort'] : undefined;
  if (!isObject(abort)) return null;
  const { httpStatus, grpcStatus, percentage } = abort;
  const value = isObject(percentage) ? percentage['value'] : undefined;
  if (typeof value !== 'number' || value <= 0) return null;
  if (typeof httpStatus === 'number') return { percent: value, status: String(httpStatus) };
  return typeof grpcStatus === 'string' ? { percent: value, status: `gRPC ${grpcStatus}` } : null;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
