import { TrafficError, refuse } from '../../base/errors.ts';
import type { ClearIntent } from './intent.ts';
import { isCatchAll } from '../../istio/matches.ts';
import { destinationsOf, routesOf, subsetOf } from '../../istio/routes.ts';
import { serviceIdentity } from '../../istio/service-identity.ts';
import type { Destination, Route, VirtualService } from '../../istio/types.ts';
import { pickOf } from '../../plan/base-routes.ts';
import { canaryWords, notedCanaries, type NotedCanary } from '../../plan/canary-views.ts';
import type { ChangeDraft } from '../../plan/draft.ts';
import { isGoRoute, isGoSubset } from '../../plan/names.ts';
import { mapRoutes, keepIfSpecUnchanged, withRoutes, type Change } from '../../plan/objects.ts';
import { titleOf } from '../../base/title.ts';
import { ownBuilds, refutedNames, rulesOfService } from '../../plan/own-subsets.ts';
import { readyPodsOf } from '../../plan/pods.ts';
import { selectsRule } from '../../istio/selection.ts';
import { selectVirtualServices } from '../../plan/select.ts';
import { scaled } from '../../plan/split.ts';
import { subsetKey } from '../../plan/subsets.ts';
import type { Snapshot } from '../../plan/types.ts';
import { finding, type Finding } from '../../base/findings.ts';
import { withoutBuilds, type StuckRoute } from '../../plan/taken-back/without-builds.ts';
import { keptFromWholeService } from '../../plan/whole-service.ts';

/**
 * Everything of every build goes, or of those without a ready pod: previews, shares, subsets that we made. The base
 * routes are at their baseline again; hand-written routes stay. What the Go istiops leaves behind goes as well.
 *
 * @throws TrafficError not-found, check-failed, forbidden
 */
export function planClear(snapshot: Snapshot, intent: ClearIntent): ChangeDraft {
  const selected = selectVirtualServices(snapshot, intent);
  const { namespace } = snapshot;
  const canaries = intent.mode === 'stale' ? overdueCanaries(snapshot, selected) : [];
  const isStale = intent.mode === 'stale' ? stalenessWith(canaries, staleness(snapshot)) : () => true;
  const isOwn = ownBuilds(snapshot);
  const isGone = (destination: Destination): boolean => {
    const subset = subsetOf(destination);
    return subset !== undefined && isStale(serviceIdentity(destination.host, namespace), subset);
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
  const findings: readonly Finding[] = [
    ...refutedNames(snapshot),
    ...canaries.map(overdueFinding),
    ...taken.flatMap((one) => one.findings),
  ];
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
      return (selectsRule(intent, rule.metadata) || services.has(service)) && isStale(service, subset);
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

/** Canaries that nobody watches any more: their builds must not keep a share that nobody has judged. */
function overdueCanaries(
  snapshot: Snapshot,
  selected: readonly VirtualService[],
): readonly NotedCanary[] {
  return notedCanaries(snapshot, selected).filter(({ isOverdue }) => isOverdue);
}

function stalenessWith(
  canaries: readonly NotedCanary[],
  isStale: (host: string, subset: string) => boolean,
): (host: string, subset: string) => boolean {
  const left = new Set(canaries.map(({ state }) => state.subset));
  return (host, subset) => left.has(subset) || isStale(host, subset);
}

function overdueFinding({ virtualService, state }: NotedCanary): Finding {
  const message = `The canary of ${canaryWords(state)} was to end that stage by ${state.until}, and nobody watches it any more: it is taken back.`;
  return finding('canary-overdue', 'notice', message, virtualService);
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
  const known = new Map<string, boolean>();
  const isStale = (host: string, name: string): boolean => {
    const subset = rulesOfService(snapshot, host, snapshot.namespace)
      .flatMap((rule) => rule.spec.subsets ?? [])
      .find((candidate) => candidate.name === name);
    if (subset === undefined) return true;
    const labels = subset.labels ?? {};
    return readyPodsOf(snapshot, labels, fullHost(snapshot, host))?.length === 0;
  };
  // Thousands of routes send to a few subsets.
  return (host, name) => {
    const key = subsetKey(host, name);
    const answer = known.get(key) ?? isStale(host, name);
    known.set(key, answer);
    return answer;
  };
}

/** As the services in sight spell it: `api.shop` is `api.shop.svc.cluster.local`, whatever the cluster's domain. */
function fullHost(snapshot: Snapshot, host: string): string {
  const service = serviceIdentity(host, snapshot.namespace);
  const known =
    snapshot.services.state === 'known' ? snapshot.services.items.flatMap(({ hosts }) => hosts) : [];
  return known.find((one) => serviceIdentity(one, snapshot.namespace) === service) ?? host;
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
