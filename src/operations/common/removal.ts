import { refuse } from '../../base/errors.ts';
import { isCatchAll } from '../../istio/matches.ts';
import { destinationsOf, routesOf, subsetOf } from '../../istio/routes.ts';
import { serviceIdentity } from '../../istio/service-identity.ts';
import type { Destination, Route, VirtualService } from '../../istio/types.ts';
import type { ChangeDraft } from '../../plan/draft.ts';
import { isGoRoute, isGoSubset } from '../../plan/names.ts';
import { mapRoutes, keepIfSpecUnchanged, withRoutes, type Change } from '../../plan/objects.ts';
import { titleOf } from '../../base/title.ts';
import { ownBuilds, refutedNames } from '../../plan/own-subsets.ts';
import { selectsRule, type Selection } from '../../istio/selection.ts';
import { selectVirtualServices } from '../../plan/select.ts';
import { scaled } from '../../plan/split.ts';
import type { Snapshot } from '../../plan/types.ts';
import type { Finding } from '../../base/findings.ts';
import { withoutBuilds, type StuckRoute } from '../../plan/taken-back/without-builds.ts';
import { keptFromWholeService } from '../../plan/whole-service.ts';
import { pickOf } from '../../plan/route-picks.ts';

/**
 * What is taken away of some builds, or of all: previews, shares, subsets that we made. The base routes are at their
 * baseline again; hand-written routes stay. What the Go istiops leaves behind goes as well.
 *
 * @param isOfGone is this subset of a service (`serviceIdentity`) one of those that go?
 * @throws TrafficError not-found, check-failed, forbidden
 */
export function planRemoval(
  snapshot: Snapshot,
  selection: Selection,
  isOfGone: (service: string, subset: string) => boolean,
): ChangeDraft {
  const selected = selectVirtualServices(snapshot, selection);
  const { namespace } = snapshot;
  const isOwn = ownBuilds(snapshot);
  const isGone = (destination: Destination): boolean => {
    const subset = subsetOf(destination);
    return subset !== undefined && isOfGone(serviceIdentity(destination.host, namespace), subset);
  };
  const taken = selected.map((before) => {
    const back = withoutBuilds(before, {
      isGone,
      isOwn: (destination) => isOwn(destination, namespace),
      keepsLast: true,
    });
    refuseIfStuck(back.stuck);
    const after = keepIfSpecUnchanged(back.value, withoutGoLeftovers(back.value, isGone));
    const kept = keptFromWholeService(snapshot, { before, after });
    return { change: { before, after: kept.value }, findings: [...back.findings, ...kept.findings] };
  });
  const changes = taken.map(({ change }): Change<VirtualService> => change);
  const findings: readonly Finding[] = [...refutedNames(snapshot), ...taken.flatMap((one) => one.findings)];
  const services = new Set(
    selected.flatMap((virtualService) =>
      routesOf(virtualService).flatMap(({ route }) =>
        destinationsOf(route).map(({ destination }) => serviceIdentity(destination.host, namespace)),
      ),
    ),
  );
  return {
    subset: null,
    virtualServices: changes,
    needed: [],
    released: (rule, subset) => {
      const service = serviceIdentity(rule.spec.host, rule.metadata.namespace);
      return (selectsRule(selection, rule.metadata) || services.has(service)) && isOfGone(service, subset);
    },
    leftovers: (rule) =>
      (rule.spec.subsets ?? [])
        .map(({ name }) => name)
        .filter((name) => isGoSubset(name, rule.spec.host, rule.metadata.namespace)),
    findings,
  };
}

/** Of several builds that istiops made, and nothing beside them, nobody can tell which is to stay. */
function refuseIfStuck([stuck]: readonly StuckRoute[]): void {
  if (stuck === undefined) return;
  const { virtualService, base } = stuck;
  const names = destinationsOf(base.route).map(({ destination: { subset, host } }) => subset ?? host);
  refuse(
    'no-destination-left',
    `${pickOf(base)} of ${titleOf(virtualService)} sends to nothing but builds that istiops added (${[...new Set(names)].join(', ')}): ` +
      'cleared, it would be left without a destination. `promote` the build that is to stay, or add a destination to the route.',
    virtualService,
  );
}

/**
 * Takes what the Go istiops leaves behind: its header routes, and its builds' shares of the master-route.
 *
 * @throws TrafficError check-failed where a master-route sends to nothing else
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
    if (left.length === list.length || !isCatchAll(kind, route, hosts)) return route;
    if (left.length === 0) {
      refuse(
        'no-destination-left',
        `${kind}[${index}] of ${titleOf(virtualService)} sends to nothing but builds of the Go istiops (${list.map(({ destination }) => destination.subset).join(', ')}): ` +
          'without them it would be left without a destination. `promote` the build that is to stay first.',
        virtualService,
      );
    }
    return { ...route, route: scaled(left) };
  });
}
