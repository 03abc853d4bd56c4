import { TrafficError } from '../errors.ts';
import type { ClearIntent } from '../intent/types.ts';
import { resolveHost } from '../istio/hosts.ts';
import { takesEverything } from '../istio/matches.ts';
import { destinationsOf, routesOf } from '../istio/routes.ts';
import type { Destination, Route, VirtualService } from '../istio/types.ts';
import type { Draft } from './draft.ts';
import { refuse } from './findings.ts';
import { isGoRoute, isGoSubset } from './names.ts';
import { mapRoutes, titleOf, unlessSame, withRoutes, type Change } from './objects.ts';
import { readyPodsOf } from './pods.ts';
import { isSelected, rulesFor, selectVirtualServices } from './select.ts';
import { scaled } from './split.ts';
import type { Finding, Snapshot } from './types.ts';
import { undoBuilds } from './undo-builds.ts';

/**
 * Everything of every build goes, or of those without a ready pod: previews, shares, subsets that we made. The base
 * routes are at their baseline again; hand-written routes stay. What the Go istiops leaves behind goes as well.
 *
 * @throws TrafficError not-found, check-failed, forbidden
 */
export function planClear(snapshot: Snapshot, intent: ClearIntent): Draft {
  const selected = selectVirtualServices(snapshot, intent.selector);
  const { namespace } = snapshot;
  const isStale = intent.mode === 'stale' ? staleness(snapshot) : () => true;
  const isGone = ({ host, subset }: Destination): boolean =>
    subset !== undefined && isStale(resolveHost(host, namespace), subset);
  const findings: Finding[] = [];
  const changes = selected.map((before): Change<VirtualService> => ({
    before,
    after: unlessSame(before, withoutGoLeftovers(undoBuilds(before, isGone, findings), isGone)),
  }));
  const hosts = new Set(
    selected.flatMap((virtualService) =>
      routesOf(virtualService).flatMap(({ route }) =>
        destinationsOf(route).map(({ destination }) => resolveHost(destination.host, namespace)),
      ),
    ),
  );
  return {
    subset: null,
    virtualServices: changes,
    needed: [],
    released: (rule, subset) => {
      const host = resolveHost(rule.spec.host, namespace);
      return (isSelected(intent.selector)(rule) || hosts.has(host)) && isStale(host, subset);
    },
    findings,
  };
}

/**
 * Which subsets have no ready pod; one that its DestinationRules don't know has none either.
 *
 * @throws TrafficError forbidden where the pods can't be read: a guess here would cut off live builds
 */
export function staleness(snapshot: Snapshot): (host: string, subset: string) => boolean {
  if (snapshot.pods.state !== 'known') {
    const why = snapshot.pods.state === 'forbidden' ? ` (${snapshot.pods.reason})` : '';
    throw new TrafficError(
      'forbidden',
      `\`mode: stale\` has to know which subsets have ready pods, and the pods can't be read${why}. Grant \`list\` on pods, or use \`rollback\` build by build.`,
    );
  }
  return (host, name) => {
    const subset = rulesFor(snapshot, host)
      .flatMap((rule) => rule.spec.subsets ?? [])
      .find((candidate) => candidate.name === name);
    return subset === undefined || readyPodsOf(snapshot, subset.labels ?? {}, host)?.length === 0;
  };
}

/**
 * Takes what the Go istiops leaves behind: its header routes, and its builds' shares of the master-route.
 *
 * @throws TrafficError check-failed where a master-route leads to nothing else
 */
function withoutGoLeftovers(
  virtualService: VirtualService,
  isGone: (destination: Destination) => boolean,
): VirtualService {
  const { namespace } = virtualService.metadata;
  const isGoBuild = ({ host, subset }: Destination): boolean =>
    subset !== undefined && isGoSubset(subset, host, namespace);
  const kept = (virtualService.spec.http ?? []).filter(
    (route) =>
      !(isGoRoute(route, namespace) && destinationsOf(route).every(({ destination }) => isGone(destination))),
  );
  const hosts = virtualService.spec.hosts ?? [];
  return mapRoutes(withRoutes(virtualService, 'http', kept), (kind, route, index): Route => {
    const list = destinationsOf(route);
    const left = list.filter(({ destination }) => !(isGoBuild(destination) && isGone(destination)));
    if (left.length === list.length || !takesEverything(kind, route, hosts)) return route;
    if (left.length === 0) {
      refuse(
        'no-destination-left',
        `${kind}[${index}] of ${titleOf(virtualService)} leads to nothing but builds of the Go istiops (${list.map(({ destination }) => destination.subset).join(', ')}): ` +
          'without them it would be left without a destination. `promote` the build that is to stay first.',
        virtualService,
      );
    }
    return { ...route, route: scaled(left) };
  });
}
