import { resolveHost } from '../istio/hosts.ts';
import { describeMatch } from '../istio/describe.ts';
import { destinationsOf, routesOf, type PlacedRoute } from '../istio/routes.ts';
import type { Labels, Route, RouteDestination, VirtualService } from '../istio/types.ts';
import { effectiveShares } from '../istio/weights.ts';
import { isObject } from '../json.ts';
import { isGoRoute, previewSubset } from './names.ts';
import { readyPodsOf } from './pods.ts';
import { keysIn, subsetKey } from './subsets.ts';
import type { DestinationView, RouteView, Snapshot } from './types.ts';

type Keys = ReturnType<typeof keysIn>;

/** A VirtualService in words and numbers, route by route. */
export type Viewer = (virtualService: VirtualService) => RouteView[];

/**
 * What one and the same route looks like before and after a change is worked out once: most routes are in both.
 *
 * @param subsets `subsetLabels` of the DestinationRules in sight, before and after
 */
export function viewer(snapshot: Snapshot, subsets: ReadonlyMap<string, Labels>): Viewer {
  const matches = new Map<Route['match'], string>();
  const namespaces = new Map<string, Map<Route['route'], DestinationView[]>>();
  const readyPods = new Map<string, number | null>();
  const readyPodsIn = (key: string, host: string, labels: Labels): number | null =>
    remembered(readyPods, key, () => readyPodsOf(snapshot, labels, host)?.length ?? null);
  const destinationView = (entry: RouteDestination, share: number, keyOf: Keys): DestinationView => {
    const { host, subset, port } = entry.destination;
    const keyed = subset === undefined ? undefined : keyOf(host, subset);
    const labels = keyed && subsets.get(keyed.key);
    return {
      host,
      subset: subset ?? null,
      port: port?.number ?? null,
      share,
      labels: labels ?? null,
      readyPods: keyed && labels ? readyPodsIn(keyed.key, keyed.host, labels) : null,
    };
  };
  const destinationViews = (route: Route, keyOf: Keys): DestinationView[] => {
    const list = destinationsOf(route);
    const shares = effectiveShares(list);
    return list.map((entry, i) => destinationView(entry, shares[i] ?? 0, keyOf));
  };
  return (virtualService) => {
    const { name, namespace } = virtualService.metadata;
    const lists = remembered(namespaces, namespace, () => new Map<Route['route'], DestinationView[]>());
    const keyOf = keysIn(namespace);
    const picks = new Map<string, number>();
    return routesOf(virtualService).map((placed): RouteView => {
      const { kind, index, route } = placed;
      const isPreview = previewSubset(route) !== undefined;
      const pickIndex = picks.get(kind) ?? 0;
      if (!isPreview) picks.set(kind, pickIndex + 1);
      return {
        virtualService: name,
        namespace,
        kind,
        index,
        name: route.name ?? null,
        pick: isPreview ? null : `${kind}[${pickIndex}]`,
        match: remembered(matches, route.match, () => describeMatch(route)),
        madeBy: makerOf(placed, namespace, isPreview),
        destinations: remembered(lists, route.route, () => destinationViews(route, keyOf)),
        action: actionOf(route),
      };
    });
  };
}

function remembered<K, V>(known: Map<K, V>, key: K, make: () => V): V {
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = make();
  known.set(key, made);
  return made;
}

/** The labels of every subset in sight, by `subsetKey`. */
export function subsetLabels(rules: Snapshot['destinationRules']): Map<string, Labels> {
  return new Map(
    rules.flatMap((rule) => {
      const host = resolveHost(rule.spec.host, rule.metadata.namespace);
      return (rule.spec.subsets ?? []).map(
        (subset) => [subsetKey(host, subset.name), subset.labels ?? {}] as const,
      );
    }),
  );
}

function makerOf({ kind, route }: PlacedRoute, namespace: string, isPreview: boolean): RouteView['madeBy'] {
  if (isPreview) return 'istiops';
  return kind === 'http' && isGoRoute(route, namespace) ? 'go-istiops' : 'user';
}

function actionOf(route: Route): string | null {
  if (route['redirect'] !== undefined) return 'redirect';
  if (route['directResponse'] !== undefined) return 'direct response';
  const delegate = route['delegate'];
  if (!isObject(delegate)) return null;
  const parts = [delegate['namespace'], delegate['name']].filter((part) => typeof part === 'string');
  return `delegate to ${parts.join('/')}`;
}
