import { resolveHost } from '../istio/hosts.ts';
import { describeMatch } from '../istio/describe.ts';
import { destinationsOf, routesOf, type PlacedRoute } from '../istio/routes.ts';
import type { Labels, Route, RouteDestination, VirtualService } from '../istio/types.ts';
import { effectiveShares } from '../istio/weights.ts';
import { isObject } from '../json.ts';
import { isGoRoute, previewSubset } from './names.ts';
import { readyPodsOf } from './pods.ts';
import { subsetKey } from './subsets.ts';
import type { DestinationView, RouteView, Snapshot } from './types.ts';

/**
 * VirtualServices in words and numbers, route by route.
 *
 * @param subsets `subsetLabels` of the DestinationRules in sight, before and after
 */
export function routeViews(
  snapshot: Snapshot,
  virtualServices: readonly VirtualService[],
  subsets: ReadonlyMap<string, Labels>,
): RouteView[] {
  const readyPods = new Map<string, number | null>();
  const readyPodsIn = (key: string, host: string, labels: Labels): number | null => {
    const known = readyPods.get(key);
    if (known !== undefined) return known;
    const count = readyPodsOf(snapshot, labels, host)?.length ?? null;
    readyPods.set(key, count);
    return count;
  };
  const destinationView = (entry: RouteDestination, share: number, namespace: string): DestinationView => {
    const { host, subset, port } = entry.destination;
    const resolved = resolveHost(host, namespace);
    const key = subset === undefined ? undefined : subsetKey(resolved, subset);
    const labels = key === undefined ? undefined : subsets.get(key);
    return {
      host,
      subset: subset ?? null,
      port: port?.number ?? null,
      share,
      labels: labels ?? null,
      readyPods: key === undefined || labels === undefined ? null : readyPodsIn(key, resolved, labels),
    };
  };
  return virtualServices.flatMap((virtualService) => {
    const { name, namespace } = virtualService.metadata;
    const picks = new Map<string, number>();
    return routesOf(virtualService).map((placed): RouteView => {
      const { kind, index, route } = placed;
      const list = destinationsOf(route);
      const shares = effectiveShares(list);
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
        match: describeMatch(route),
        madeBy: makerOf(placed, namespace, isPreview),
        destinations: list.map((entry, i) => destinationView(entry, shares[i] ?? 0, namespace)),
        action: actionOf(route),
      };
    });
  });
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
