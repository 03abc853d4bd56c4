import { conditionsOf } from '../istio/conditions.ts';
import { describeMatch } from '../intent/describe-match.ts';
import { namespaceInHost } from '../istio/consulted-rule.ts';
import { hostOfRule, rulesCovering } from '../istio/rule-index.ts';
import { isCatchAll } from '../istio/matches.ts';
import { destinationsOf, nameOf, routesOf, subsetOf, type PlacedRoute } from '../istio/routes.ts';
import type { Labels, Match, Route, RouteDestination, VirtualService } from '../istio/types.ts';
import { effectiveShares } from '../istio/weights.ts';
import { isObject, type JsonObject } from '../base/json.ts';
import { memoized } from '../base/memoized.ts';
import { areOfPods } from '../istio/labels.ts';
import { isLink } from './link-names.ts';
import { isGoRoute, previewSubset } from './names.ts';
import { mayNeedNoPod, readyPodsOf } from './pods.ts';
import { hostAndSubset, keysIn, subsetKey } from './subsets.ts';
import type { Snapshot } from './types.ts';
import type { DestinationView, RouteView } from './view-types.ts';
import { pickAt } from './route-picks.ts';

/** Of a route without a match: one list, so that it is looked at once. */
const NO_BLOCKS: readonly Match[] = [];

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
  const readyPods = memoized((key: string): number | null => {
    const labels = subsets.get(key);
    const { host } = hostAndSubset(key);
    const pods = labels && readyPodsOf(snapshot, labels, host);
    if (pods?.length === 0 && mayNeedNoPod(snapshot, labels ?? {}, host)) return null;
    return pods === undefined || (pods.length > 0 && !areOfPods(labels ?? {})) ? null : pods.length;
  });
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
      readyPods: keyed && isHere(keyed.host) ? readyPods(keyed.key) : null,
    };
  };
  const destinationViewsIn = memoized((namespace: string) => {
    const home: Home = {
      keyOf: keysIn(namespace),
      isHere: (host) => (namespaceInHost(host) ?? namespace) === snapshot.namespace,
    };
    return memoized((list: readonly RouteDestination[]): readonly DestinationView[] => {
      const shares = effectiveShares(list);
      return list.map((entry, i) => destinationView(entry, shares[i] ?? 0, home));
    });
  });
  const conditions = memoized((match: readonly Match[]) => conditionsOf({ match }));
  return (virtualService) => {
    const { name, namespace } = virtualService.metadata;
    const destinationViews = destinationViewsIn(namespace);
    return routesOf(virtualService).map((placed): RouteView => {
      const { kind, index, route } = placed;
      const isOurs = previewSubset(route) !== undefined || isLink(route);
      return {
        virtualService: name,
        namespace,
        kind,
        index,
        name: nameOf(route) ?? null,
        pick: pickAt(virtualService, kind, index),
        conditions: conditions(route.match ?? NO_BLOCKS),
        match: describeMatch(route),
        isDefault: isCatchAll(kind, route, virtualService.spec.hosts ?? []),
        madeBy: makerOfRoute(placed, namespace, isOurs),
        destinations: destinationViews(destinationsOf(route)),
        action: actionName(route),
        settings: otherFields(route),
      };
    });
  };
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

/** Every field of a route but those that its view has otherwise. */
function otherFields({ name: _name, match: _match, route = [], ...fields }: Route): JsonObject {
  const entries = route.map(entrySettings);
  return entries.every((entry) => Object.keys(entry).length === 0) ? fields : { ...fields, route: entries };
}

/** Every field of a list's entry but those that its view has otherwise. */
function entrySettings({ destination, weight: _, ...settings }: RouteDestination): JsonObject {
  const { host: _host, subset: _subset, port: _port, ...more } = destination;
  return Object.keys(more).length === 0 ? settings : { ...settings, destination: more };
}

function makerOfRoute({ kind, route }: PlacedRoute, namespace: string, isOurs: boolean): RouteView['madeBy'] {
  if (isOurs) return 'istiops';
  return kind === 'http' && isGoRoute(route, namespace) ? 'go-istiops' : 'user';
}

function actionName(route: Route): string | null {
  if (route['redirect'] !== undefined) return 'redirect';
  if (route['directResponse'] !== undefined) return 'direct response';
  const delegate = route['delegate'];
  if (!isObject(delegate)) return null;
  const parts = [delegate['namespace'], delegate['name']].filter((part) => typeof part === 'string');
  return `delegate to ${parts.join('/')}`;
}
