import { describeMatch } from '../istio/describe.ts';
import { namespaceInHost } from '../istio/consulted-rule.ts';
import { hostOfRule, rulesCovering } from '../istio/rule-index.ts';
import { isCatchAll } from '../istio/matches.ts';
import { destinationsOf, nameOf, routesOf, subsetOf, type PlacedRoute } from '../istio/routes.ts';
import type { Labels, Route, RouteDestination, VirtualService } from '../istio/types.ts';
import { effectiveShares } from '../istio/weights.ts';
import { isObject } from '../base/json.ts';
import { pickText } from './base-routes.ts';
import { isGoRoute, previewSubset } from './names.ts';
import { readyPodsOf } from './pods.ts';
import { hostAndSubset, keysIn, subsetKey } from './subsets.ts';
import type { Snapshot } from './types.ts';
import type { DestinationView, RouteView } from './view-types.ts';

/** What the hosts of a namespace's routes mean. */
interface Home {
  readonly keyOf: ReturnType<typeof keysIn>;
  /** Are the pods behind a host known? Only those of the snapshot's namespace are; others may have the same labels. */
  readonly isHere: (host: string) => boolean;
}

/** A VirtualService in words and numbers, route by route. */
export type Viewer = (virtualService: VirtualService) => RouteView[];

/**
 * What one and the same route looks like before and after a change is worked out once: most routes are in both.
 *
 * @param subsets `subsetLabels` of the DestinationRules in sight, before and after
 */
export function viewer(snapshot: Snapshot, subsets: SubsetLabels): Viewer {
  const matches = new Map<Route['match'], string>();
  const namespaces = new Map<string, Map<Route['route'], DestinationView[]>>();
  const readyPods = new Map<string, number | null>();
  const readyPodsIn = (key: string, host: string, labels: Labels): number | null =>
    remembered(readyPods, key, () => readyPodsOf(snapshot, labels, host)?.length ?? null);
  const destinationView = (
    entry: RouteDestination,
    share: number,
    { keyOf, isHere }: Home,
  ): DestinationView => {
    const { host, port } = entry.destination;
    const subset = subsetOf(entry.destination);
    const keyed = subset === undefined ? undefined : keyOf(host, subset);
    const labels = keyed && subsets.get(keyed.key);
    return {
      host,
      subset: subset ?? null,
      port: port?.number ?? null,
      share,
      labels: labels ?? null,
      readyPods: keyed && labels && isHere(keyed.host) ? readyPodsIn(keyed.key, keyed.host, labels) : null,
    };
  };
  const destinationViews = (route: Route, home: Home): DestinationView[] => {
    const list = destinationsOf(route);
    const shares = effectiveShares(list);
    return list.map((entry, i) => destinationView(entry, shares[i] ?? 0, home));
  };
  return (virtualService) => {
    const { name, namespace } = virtualService.metadata;
    const lists = remembered(namespaces, namespace, () => new Map<Route['route'], DestinationView[]>());
    const home: Home = {
      keyOf: keysIn(namespace),
      isHere: (host) => (namespaceInHost(host) ?? namespace) === snapshot.namespace,
    };
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
        name: nameOf(route) ?? null,
        pick: isPreview ? null : pickText({ kind, pickIndex }),
        match: remembered(matches, route.match, () => describeMatch(route)),
        isDefault: isCatchAll(kind, route, virtualService.spec.hosts ?? []),
        madeBy: makerOf(placed, namespace, isPreview),
        destinations: remembered(lists, route.route, () => destinationViews(route, home)),
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

/** The labels of subsets, by `subsetKey`. */
export type SubsetLabels = Pick<ReadonlyMap<string, Labels>, 'get'>;

/** The labels of every subset in sight; a host without a rule of its own has those of the nearest wildcard's. */
export function subsetLabels(rules: Snapshot['destinationRules']): SubsetLabels {
  const labels = new Map(
    rules.flatMap((rule) =>
      (rule.spec.subsets ?? []).map(
        (subset) => [subsetKey(hostOfRule(rule), subset.name), subset.labels ?? {}] as const,
      ),
    ),
  );
  return {
    get: (key) => {
      const known = labels.get(key);
      if (known !== undefined) return known;
      const { host, subset } = hostAndSubset(key);
      const [nearest] = rulesCovering(rules, host);
      return nearest && labels.get(subsetKey(hostOfRule(nearest), subset));
    },
  };
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
