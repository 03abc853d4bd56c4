/**
 * Does a request meet a match block? As istiod translates the block and Envoy then reads it.
 *
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/route/route.go TranslateRouteMatch
 */
import { ownValue } from '../../base/json.ts';
import { describeString } from '../describe.ts';
import type { Match, StringMatch } from '../types.ts';
import { inScope } from './in-scope.ts';
import { MET, unknown, unmet, type Meeting } from './meeting.ts';
import { targetOf, type HttpRequest } from './request.ts';
import { matchesEveryPath } from '../matches.ts';
import { regexDoubt } from '../regex.ts';
import { asksForPresence, meetsString } from './strings.ts';

/**
 * A block's predicates are ANDed: the first that is not met decides, before any that is not known.
 *
 * @param block its gateways as `mesh` or `namespace/name`, as `virtualHost` has them
 */
export function meets(block: Match, request: HttpRequest): Meeting {
  let open: Meeting | undefined;
  for (const predicate of PREDICATES) {
    const meeting = predicate(block, request);
    if (meeting === undefined || meeting.state === 'met') continue;
    if (meeting.state === 'unmet') return meeting;
    open ??= meeting;
  }
  return open ?? MET;
}

/**
 * What of a block is left to be known: its predicates without those that the request meets. The scope stays whole,
 * because a proxy that is not known may not have the block at all.
 */
export function openPart(block: Match, request: HttpRequest): Match {
  const { uri, ignoreUriCase, authority, scheme, headers, withoutHeaders, ...rest } = block;
  const isOpen = (meeting: Meeting | undefined): boolean => meeting !== undefined && meeting.state !== 'met';
  const openOnes = (
    maps: Readonly<Record<string, StringMatch>> | undefined,
    meetsOne: (name: string, match: StringMatch, request: HttpRequest) => Meeting | undefined,
  ): Readonly<Record<string, StringMatch>> =>
    Object.fromEntries(
      Object.entries(maps ?? {}).filter(([name, match]) => isOpen(meetsOne(name, match, request))),
    );
  return {
    ...rest,
    ...(isOpen(meetsUri(block, request)) && uri && { uri, ...(ignoreUriCase && { ignoreUriCase }) }),
    ...(authority && isOpen(meetsText('authority', authority, request.authority)) && { authority }),
    ...(scheme && isOpen(meetsText('scheme', scheme, request.scheme)) && { scheme }),
    headers: openOnes(headers, meetsHeader),
    withoutHeaders: openOnes(withoutHeaders, meetsWithout),
  };
}

type MatchTest = (block: Match, request: HttpRequest) => Meeting | undefined;

/** In the order in which a person would look; regexes are cheap to refuse and need no place of their own. */
const PREDICATES: readonly MatchTest[] = [
  inScope,
  meetsUri,
  meetsMethod,
  ({ authority }, request) => authority && meetsText('authority', authority, request.authority),
  ({ scheme }, request) => scheme && meetsText('scheme', scheme, request.scheme),
  ({ headers }, request) => headers && meetsAll(headers, (name, match) => meetsHeader(name, match, request)),
  ({ withoutHeaders }, request) =>
    withoutHeaders && meetsAll(withoutHeaders, (name, match) => meetsWithout(name, match, request)),
  ({ queryParams }, request) =>
    queryParams && meetsAll(queryParams, (name, match) => meetsQuery(name, match, request)),
];

function meetsUri({ uri, ignoreUriCase }: Match, request: HttpRequest): Meeting | undefined {
  if (uri === undefined) return undefined;
  if (request.isAny === true) {
    const isMet = matchesEveryPath(uri) || Object.keys(uri).length === 0;
    return isMet ? undefined : unknown(`uri ${describeString(uri)}`, 'the path is not known');
  }
  const { path } = targetOf(request);
  const isMet = meetsString(uri, path, ignoreUriCase === true);
  if (isMet === true) return undefined;
  const asked = (): string => `uri ${describeString(uri)}${ignoreUriCase === true ? ', ignoring case' : ''}`;
  return isMet === undefined
    ? noRegex(asked(), uri)
    : unmet(() => `${asked()}: the path is ${quoteJson(path)}`);
}

function meetsMethod({ method }: Match, request: HttpRequest): Meeting | undefined {
  if (method === undefined || asksForPresence(method)) return undefined;
  return request.isAny === true
    ? unknown(`method ${describeString(method)}`, 'the method is not known')
    : meetsText('method', method, request.method);
}

function meetsText(field: string, match: StringMatch, text: string): Meeting | undefined {
  if (asksForPresence(match)) return undefined;
  const isMet = meetsString(match, text);
  if (isMet === true) return undefined;
  const asked = (): string => `${field} ${describeString(match)}`;
  return isMet === undefined ? noRegex(asked(), match) : unmet(() => `${asked()}: it is ${quoteJson(text)}`);
}

function meetsHeader(name: string, match: StringMatch, request: HttpRequest): Meeting | undefined {
  const present = asksForPresence(match);
  const value = headerOf(name, request);
  if (value.state === 'known') {
    const isMet = value.text !== undefined && (present || meetsString(match, value.text));
    if (isMet === true) return undefined;
    const asked = (): string => headerText(name, match, present);
    return isMet === undefined ? noRegex(asked(), match) : unmet(() => `${asked()}: ${hasText(value.text)}`);
  }
  if (present && value.isThere) return undefined;
  return unknown(headerText(name, match, present), value.why);
}

/**
 * An absent header counts as empty (since Istio 1.22), so `withoutHeaders` with the regex `.*` keeps out every
 * request; only "is there" looks at absence itself.
 *
 * @see https://istio.io/latest/news/releases/1.22.x/announcing-1.22/upgrade-notes/
 */
function meetsWithout(name: string, match: StringMatch, request: HttpRequest): Meeting | undefined {
  const present = asksForPresence(match);
  const value = headerOf(name, request);
  const asked = (): string => `not (${headerText(name, match, present)})`;
  if (value.state === 'unknown') {
    const { why, isThere } = value;
    return present && isThere ? unmet(() => `${asked()}: ${why}`) : unknown(asked(), why);
  }
  const isThere = present ? value.text !== undefined : meetsString(match, value.text ?? '');
  if (isThere === false) return undefined;
  if (isThere === undefined) return noRegex(asked(), match);
  const counts = value.text === undefined ? ', which counts as empty' : '';
  return unmet(() => `${asked()}: ${hasText(value.text)}${counts}`);
}

/** The value is compared as it was sent, undecoded. */
function meetsQuery(name: string, match: StringMatch, request: HttpRequest): Meeting | undefined {
  const present = asksForPresence(match);
  if (request.isAny === true) {
    const asked = `query parameter ${name} ${present ? 'is present' : describeString(match)}`;
    return unknown(asked, 'the query is not known');
  }
  const value = targetOf(request).query.get(name);
  const isMet = value !== undefined && (present || meetsString(match, value));
  if (isMet === true) return undefined;
  const asked = (): string => `query parameter ${name} ${present ? 'is present' : describeString(match)}`;
  return isMet === undefined ? noRegex(asked(), match) : unmet(() => `${asked()}: ${hasText(value)}`);
}

type HeaderValue =
  | { readonly state: 'known'; readonly text: string | undefined }
  | { readonly state: 'unknown'; readonly isThere: boolean; readonly why: string };

/**
 * Headers that Envoy sets or replaces before it looks for a route, whatever the client sent: what they will be is
 * not known, but whether they are there.
 *
 * @see https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers
 */
export const SET_BY_THE_PROXY: ReadonlySet<string> = new Set(['x-request-id', 'x-forwarded-for']);

function headerOf(name: string, request: HttpRequest): HeaderValue {
  if (isClaim(name)) {
    return { state: 'unknown', isThere: false, why: 'claims of a JWT are not known' };
  }
  const lower = name.toLowerCase();
  switch (lower) {
    // Envoy keeps HTTP/1's `host` as `:authority` and finds it by either name.
    case 'host':
    case ':authority':
      return { state: 'known', text: request.authority };
    case ':method':
      if (request.isAny === true) return { state: 'unknown', isThere: true, why: 'the method is not known' };
      return { state: 'known', text: request.method };
    case ':scheme':
    case 'x-forwarded-proto':
      return { state: 'known', text: request.scheme };
    case ':path':
      if (request.isAny === true) return { state: 'unknown', isThere: true, why: 'the path is not known' };
      return { state: 'known', text: request.path };
  }
  const open = ownValue(request.openHeaders, lower);
  if (open !== undefined) return { state: 'unknown', isThere: false, why: open };
  if (SET_BY_THE_PROXY.has(lower) && request.gateway !== 'mesh') {
    return { state: 'unknown', isThere: true, why: 'the proxy sets it' };
  }
  return {
    state: 'known',
    text: Object.hasOwn(request.headers, lower) ? request.headers[lower] : undefined,
  };
}

/**
 * `@request.auth.claims.group` or `@request.auth.claims[group]`: a claim of the request's JWT, no header.
 *
 * @see https://github.com/istio/istio/blob/master/pkg/jwt/routing.go ToRoutingClaim
 */
export function isClaim(name: string): boolean {
  return /^@request\.auth\.claims(\..+|\[.+\])$/i.test(name);
}

function meetsAll(
  matches: Readonly<Record<string, StringMatch>>,
  meetsOne: (name: string, match: StringMatch) => Meeting | undefined,
): Meeting | undefined {
  let open: Meeting | undefined;
  for (const name in matches) {
    const meeting = meetsOne(name, matches[name] ?? {});
    if (meeting?.state === 'unmet') return meeting;
    open ??= meeting;
  }
  return open;
}

function headerText(name: string, match: StringMatch, present: boolean): string {
  return `header ${name} ${present ? 'is present' : describeString(match)}`;
}

function hasText(text: string | undefined): string {
  return text === undefined ? 'the request has none' : `the request has ${quoteJson(text)}`;
}

function quoteJson(text: string): string {
  return JSON.stringify(text);
}

function noRegex(asked: string, { regex = '' }: StringMatch): Meeting {
  return unknown(asked, `this ${regexDoubt(regex) ?? 'regex is not understood'}`);
}
