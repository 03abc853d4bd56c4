/**
 * Routes that a VirtualService leaves to others (`delegate`), merged as istiod does it.
 *
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/model/virtualservice.go MergeHTTPRoutes
 * @see https://istio.io/latest/docs/reference/config/networking/virtual-service/#Delegate
 */
import { gatewayName } from '../gateways.ts';
import type { Match, Route, StringMatch, VirtualService } from '../types.ts';
import { isObject, ownValue } from '../../base/json.ts';
import { isVisible } from './visible.ts';
import { fullName } from '../../base/title.ts';

/** A route that istiod makes of `spec.http[index]`, and where it is written. */
export interface EffectiveRoute {
  /** Position in the root's `http`. */
  readonly index: number;
  readonly route: Route;
  /** The VirtualService that the destinations are written in: names without a dot are of its namespace. */
  readonly from: VirtualService;
  /** Position in its `http`. */
  readonly fromIndex: number;
  /** `namespace/name` of a delegate that is not in sight: the route has the root's match, and what it does is unknown. */
  readonly unseen?: string;
}

/**
 * The HTTP routes of a VirtualService with its delegates' in their places and gateways by their full names. A
 * delegate that is missing, not exported to it or at odds with the route that names it gives none; one that is not in
 * sight gives a route that stands for all that it may have.
 *
 * @param find the VirtualService of a namespace and name; undefined: there is none; `unseen`: nobody knows
 */
export function effectiveRoutes(
  root: VirtualService,
  find: (namespace: string, name: string) => VirtualService | 'unseen' | undefined,
): EffectiveRoute[] {
  const { namespace } = root.metadata;
  return (root.spec.http ?? []).flatMap((written, index): EffectiveRoute[] => {
    const route = withFullGateways(written, namespace);
    const delegate = delegateOf(written, namespace);
    if (delegate === undefined) return [{ index, route, from: root, fromIndex: index }];
    const from = find(delegate.namespace, delegate.name);
    if (from === 'unseen') {
      const unseen = fullName(delegate);
      return [{ index, route, from: root, fromIndex: index, unseen }];
    }
    if (from === undefined || (from.spec.hosts ?? []).length > 0 || !isVisible(from, namespace)) return [];
    return (from.spec.http ?? []).flatMap((one, fromIndex) => {
      const merged = merge(route, withFullGateways(one, from.metadata.namespace));
      return merged === undefined ? [] : [{ index, route: merged, from, fromIndex }];
    });
  });
}

/** The VirtualService that a route leaves its requests to; undefined where it leaves them to none. */
export function delegateOf(
  route: Route,
  namespace: string,
): { readonly namespace: string; readonly name: string } | undefined {
  const delegate = route['delegate'];
  if (!isObject(delegate)) return undefined;
  const { name, namespace: where } = delegate;
  return {
    namespace: typeof where === 'string' && where !== '' ? where : namespace,
    name: typeof name === 'string' ? name : '',
  };
}

/** Fields of the root's route that the delegate's has where it says nothing itself. */
const INHERITED = [
  'rewrite',
  'directResponse',
  'timeout',
  'retries',
  'fault',
  'mirror',
  'mirrorPercent',
  'mirrorPercentage',
  'corsPolicy',
  'mirrors',
  'headers',
] as const;

function merge(root: Route, delegate: Route): Route | undefined {
  const match = mergeMatches(root.match ?? [], delegate.match ?? []);
  if (match === undefined) return undefined;
  const inherited = INHERITED.filter((field) => root[field] !== undefined).map(
    (field) => [field, root[field]] as const,
  );
  const names = [root.name, delegate.name].filter((name) => name !== undefined && name !== '');
  return {
    ...Object.fromEntries(inherited),
    ...delegate,
    ...(names.length > 0 && { name: names.join('-') }),
    match,
  };
}

/** Every pair of blocks that get along; undefined where a block of the delegate gets along with none. */
function mergeMatches(root: readonly Match[], delegate: readonly Match[]): readonly Match[] | undefined {
  if (root.length === 0) return delegate;
  if (delegate.length === 0) return root;
  const merged: Match[] = [];
  for (const leaf of delegate) {
    const fitting = root.filter((block) => !isAtOdds(block, leaf));
    if (fitting.length === 0) return undefined;
    merged.push(...fitting.map((block) => mergeBlock(block, leaf)));
  }
  return merged;
}

/** What a block of the delegate says, and the root's where it says nothing: a port 0 and an empty text say nothing. */
function mergeBlock(root: Match, leaf: Match): Match {
  const maps = (['headers', 'withoutHeaders', 'queryParams', 'sourceLabels'] as const)
    .filter((field) => root[field] !== undefined || leaf[field] !== undefined)
    .map((field) => [field, { ...root[field], ...leaf[field] }] as const);
  const said = Object.entries(leaf).filter(([, value]) => !saysNothing(value));
  const gateways = (leaf.gateways ?? []).length > 0 ? leaf.gateways : root.gateways;
  return {
    ...root,
    ...Object.fromEntries(said),
    ...Object.fromEntries(maps),
    ...(gateways && { gateways }),
  };
}

/** In proto3 the default value of a field is no value; `{}` of a match is one. */
function saysNothing(value: unknown): boolean {
  return value === undefined || value === null || value === 0 || value === '';
}

/** Could the leaf match a request that the root doesn't? As `hasConflict`, with its oddities. */
function isAtOdds(root: Match, leaf: Match): boolean {
  const texts = ['uri', 'scheme', 'method', 'authority'] as const;
  const maps = ['headers', 'withoutHeaders', 'queryParams'] as const;
  if (texts.some((field) => areAtOdds(root[field], leaf[field]))) return true;
  for (const field of maps) {
    for (const [key, match] of Object.entries(leaf[field] ?? {})) {
      if (areAtOdds(ownValue(root[field], key), match)) return true;
    }
  }
  if ((root.ignoreUriCase ?? false) !== (leaf.ignoreUriCase ?? false)) return true;
  if (root.port && leaf.port && root.port !== leaf.port) return true;
  if (root.sourceNamespace && leaf.sourceNamespace !== root.sourceNamespace) return true;
  for (const [key, value] of Object.entries(leaf.sourceLabels ?? {})) {
    const asked = ownValue(root.sourceLabels, key);
    if (asked !== undefined && asked !== value) return true;
  }
  const [outer, inner] = [root.gateways ?? [], leaf.gateways ?? []];
  if (outer.length === 0) return false;
  return outer.length < inner.length || inner.some((gateway) => !outer.includes(gateway));
}

/** A regex can't be compared, nor can "is there": even the same twice counts as at odds. */
function areAtOdds(root: StringMatch | undefined, leaf: StringMatch | undefined): boolean {
  if (root === undefined || leaf === undefined) return false;
  if (root.exact) return Boolean(leaf.prefix) || leaf.exact !== root.exact;
  const narrower = leaf.prefix || leaf.exact;
  return !(root.prefix && narrower?.startsWith(root.prefix));
}

/** The route with the gateways of its match blocks as `mesh` or `namespace/name`. */
export function withFullGateways(route: Route, namespace: string): Route {
  if (route.match?.some(({ gateways = [] }) => gateways.length > 0) !== true) return route;
  const match = route.match.map((block) =>
    block.gateways === undefined
      ? block
      : { ...block, gateways: block.gateways.map((gateway) => gatewayName(gateway, namespace)) },
  );
  return { ...route, match };
}
