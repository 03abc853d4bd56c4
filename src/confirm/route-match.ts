/**
 * What a route requires of a request, as one text for each requirement: the same for a match block of a VirtualService and
 * for what istiod makes of it.
 *
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/route/route.go TranslateRouteMatch
 */
import { isObject } from '../base/json.ts';
import type { Match, StringMatch } from '../istio/types.ts';
import { at, listAt, textAt } from './dump-json.ts';

/** Headers with this name are claims of a token, which Envoy finds in its metadata. */
const CLAIMS = /^@request\.auth\.claims[.[]/;

/** @param block absent: a route without a match */
export function matchOfBlock(block: Match | undefined): string {
  const { uri, method, authority, scheme, headers = {}, withoutHeaders = {}, queryParams = {} } = block ?? {};
  const named = [
    ...Object.entries(headers).map(([name, match]) => ({ name, match, isInverted: false })),
    ...Object.entries(withoutHeaders).map(([name, match]) => ({ name, match, isInverted: true })),
  ];
  const pseudo = { ':method': method, ':authority': authority, ':scheme': scheme };
  return canonical({
    path: pathOf(uri),
    isCaseSensitive: block?.ignoreUriCase !== true,
    headers: [
      ...named
        .filter(({ name }) => !CLAIMS.test(name))
        .map(({ name, match, isInverted }) => headerText(name, testOf(match), isInverted)),
      ...Object.entries(pseudo).flatMap(([name, match]) =>
        match === undefined ? [] : [headerText(name, testOf(match), false)],
      ),
    ],
    query: Object.entries(queryParams).map(([name, match]) => headerText(name, testOf(match), false)),
    claims: named.filter(({ name }) => CLAIMS.test(name)).length,
  });
}

/** @param match of a route in a dump */
export function matchInDump(match: unknown): string {
  const headerIn = (header: unknown): string =>
    headerText(textAt(header, 'name'), testIn(header), at(header, 'invert_match') === true);
  return canonical({
    path: pathIn(match),
    isCaseSensitive: at(match, 'case_sensitive') !== false,
    headers: listAt(match, 'headers').map(headerIn),
    query: listAt(match, 'query_parameters').map(headerIn),
    claims: listAt(match, 'dynamic_metadata').length,
  });
}

interface Requirements {
  readonly path: string;
  readonly isCaseSensitive: boolean;
  readonly headers: readonly string[];
  readonly query: readonly string[];
  readonly claims: number;
}

/** Envoy asks all of them, in whichever order. */
function canonical({ path, isCaseSensitive, headers, query, claims }: Requirements): string {
  return JSON.stringify([path, isCaseSensitive, headers.toSorted(), query.toSorted(), claims]);
}

function headerText(name: string, test: string, isInverted: boolean): string {
  return JSON.stringify([name, test, isInverted]);
}

function pathOf(uri: StringMatch | undefined): string {
  if (uri?.exact !== undefined) return `is ${uri.exact}`;
  if (uri?.regex !== undefined) return `matches ${uri.regex}`;
  return `starts with ${uri?.prefix ?? '/'}`;
}

function pathIn(match: unknown): string {
  const [path, regex] = [at(match, 'path'), at(match, 'safe_regex', 'regex')];
  if (typeof path === 'string') return `is ${path}`;
  if (typeof regex === 'string') return `matches ${regex}`;
  const prefix = at(match, 'prefix');
  return typeof prefix === 'string' ? `starts with ${prefix}` : `other ${JSON.stringify(match)}`;
}

/** `*` is no regex, and istiod takes it for "is there". */
function testOf({ exact, prefix, regex }: StringMatch): string {
  if (exact !== undefined) return `is ${exact}`;
  if (prefix !== undefined) return `starts with ${prefix}`;
  return regex === undefined || regex === '*' ? 'is there' : `matches ${regex}`;
}

function testIn(header: unknown): string {
  const match = at(header, 'string_match');
  if (!isObject(match))
    return at(header, 'present_match') === true ? 'is there' : `other ${JSON.stringify(header)}`;
  const [exact, prefix, regex] = [at(match, 'exact'), at(match, 'prefix'), at(match, 'safe_regex', 'regex')];
  if (typeof exact === 'string') return `is ${exact}`;
  if (typeof prefix === 'string') return `starts with ${prefix}`;
  return typeof regex === 'string' ? `matches ${regex}` : `other ${JSON.stringify(match)}`;
}
