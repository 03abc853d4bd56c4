import { isObject, ownValue, sameJson } from '../base/json.ts';
import type { Match, Route, RouteKind, StringMatch } from './types.ts';

/** Fields about the connection or the client, not the single request: they bound the scope of a route. */
const SCOPE = ['port', 'gateways', 'sourceLabels', 'sourceNamespace'] as const;

/** Fields of a block that match nothing: they name it, in routes and in Envoy's statistics. */
export const NAMING_FIELDS: ReadonlySet<string> = new Set(['name', 'statPrefix']);

/** These and a field that only says how another one is compared. */
const IGNORED_FIELDS = new Set([...NAMING_FIELDS, 'ignoreUriCase']);

/**
 * A path begins with `/` and has at least that one character, so these match every path. Of paths alone Istio accepts an
 * empty prefix.
 *
 * @see https://github.com/istio/istio/blob/master/pkg/config/validation/virtualservice.go validateHTTPRouteMatchRequest
 */
export function matchesEveryPath(uri: StringMatch): boolean {
  return (
    (uri.prefix === '/' || uri.prefix === '' || uri.regex === '.*' || uri.regex === '.+') &&
    Object.keys(uri).length === 1
  );
}

/**
 * Does a route match every request (or connection) of its scope? It does without a match, or when any one of
 * its blocks requires nothing that is decided per request, because blocks are ORed. An unknown field counts as a
 * requirement: a route wrongly taken for the default would lose its requests.
 *
 * @param hosts the VirtualService's; SNI hosts that cover them all take every connection it is for
 * @see https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPMatchRequest
 */
export function isCatchAll(kind: RouteKind, route: Route, hosts: readonly string[]): boolean {
  const blocks = route.match ?? [];
  return blocks.length === 0 || blocks.some((block) => isCatchAllBlock(kind, block, hosts));
}

function isCatchAllBlock(kind: RouteKind, block: Match, hosts: readonly string[]): boolean {
  return Object.keys(block).every((field) => {
    if (IGNORED_FIELDS.has(field) || SCOPE.some((scope) => scope === field)) return true;
    if (requiresNothing(block[field])) return true;
    if (field === 'uri') return block.uri !== undefined && matchesEveryPath(block.uri);
    if (kind === 'tls' && field === 'sniHosts') return coversHosts(block.sniHosts ?? [], hosts);
    return false;
  });
}

function coversHosts(sniHosts: readonly string[], hosts: readonly string[]): boolean {
  return sniHosts.includes('*') || (hosts.length > 0 && hosts.every((host) => sniHosts.includes(host)));
}

/** An empty map or list, as `headers: {}`: it requires nothing. */
export function requiresNothing(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;
}

/**
 * Does every request that `narrow` matches also meet `wide`? True only where that can be read off the fields;
 * a doubt is a no, so that a warning about an unreachable route is never a false alarm.
 */
export function covers(wide: Match, narrow: Match): boolean {
  return Object.keys(wide).every((field) => {
    const asked = wide[field];
    if (IGNORED_FIELDS.has(field) || requiresNothing(asked)) return true;
    switch (field) {
      case 'uri':
        return uriCovers(wide, narrow);
      case 'headers':
      case 'queryParams':
        return Object.entries(wide[field] ?? {}).every(([key, match]) => {
          const other = ownValue(narrow[field], key);
          return other !== undefined && stringCovers(match, other);
        });
      case 'withoutHeaders':
        return Object.entries(wide.withoutHeaders ?? {}).every(([key, match]) =>
          sameJson(ownValue(narrow.withoutHeaders, key), match),
        );
      case 'scheme':
      case 'method':
      case 'authority': {
        const other = narrow[field];
        return other !== undefined && stringCovers(wide[field] ?? {}, other);
      }
      case 'gateways': {
        const all = new Set(wide.gateways);
        return (
          (narrow.gateways?.length ?? 0) > 0 && (narrow.gateways ?? []).every((gateway) => all.has(gateway))
        );
      }
      // Istio looks at labels and namespace of the source only where a block names no gateways.
      case 'sourceLabels':
        if (namesGateways(wide)) return true;
        if (namesGateways(narrow)) return false;
        return Object.entries(wide.sourceLabels ?? {}).every(
          ([key, value]) => ownValue(narrow.sourceLabels, key) === value,
        );
      case 'sourceNamespace':
        if (namesGateways(wide)) return true;
        return !namesGateways(narrow) && narrow.sourceNamespace === asked;
      default:
        return sameJson(ownValue(narrow, field), asked);
    }
  });
}

/** @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/route/route.go sourceMatchHTTP */
function namesGateways({ gateways = [] }: Match): boolean {
  return gateways.length > 0;
}

function uriCovers(wide: Match, narrow: Match): boolean {
  if (wide.uri === undefined || matchesEveryPath(wide.uri)) return true;
  if (narrow.uri === undefined) return false;
  // Case only widens: a match that ignores it accepts whatever the same match with case accepts, not the reverse.
  if (narrow.ignoreUriCase === true && wide.ignoreUriCase !== true) return false;
  return stringCovers(wide.uri, narrow.uri);
}

/** Does every value that meets `narrow` meet `wide`? A regex covers only itself. */
function stringCovers(wide: StringMatch, narrow: StringMatch): boolean {
  if (sameJson(wide, narrow) || requiresNothing(wide)) return true;
  if (wide.prefix === undefined) return false;
  return (narrow.exact ?? narrow.prefix)?.startsWith(wide.prefix) ?? false;
}
