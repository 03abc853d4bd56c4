import { TrafficError } from '../base/errors.ts';
import type { AddingIntent } from '../intent/types.ts';
import { nearest } from '../intent/nearest.ts';
import { chooser } from '../intent/selection.ts';
import { isDestinationOf, resolveHost, type Service } from '../istio/hosts.ts';
import { subsetOfRules } from '../istio/merge-rules.ts';
import { destinationsOf, subsetOf } from '../istio/routes.ts';
import type { Destination, Labels, RouteDestination, Subset, VirtualService } from '../istio/types.ts';
import { baseRoutes, resolveService } from './base-routes.ts';
import { type PendingBaseline, type Pin } from './baseline.ts';
import { withSubset } from '../istio/service-identity.ts';
import type { ChangeDraft, ServedRoutes, Shift } from './draft.ts';
import { finding, type Finding, type WithFindings } from '../base/findings.ts';
import { subsetNames } from './names.ts';
import type { Change } from './objects.ts';
import { refusePreviewLikeNames } from './preview-like-names.ts';
import { titleOf } from '../base/title.ts';
import { ruleElsewhere } from './rule-advice.ts';
import { selectVirtualServices, joinFirst } from './select.ts';
import { pin } from './split.ts';
import { stableAdvice } from './stable-pods.ts';
import { subsetHome, subsetsOfBase } from './subset-home.ts';
import { isTarget, targetSubset, type Target } from './subsets.ts';
import type { Snapshot } from './types.ts';
import { olderPicks, checkPicks } from './route-picks.ts';
import { userRoutes } from './user-routes.ts';

export interface PreparedShift extends Shift {
  /** All that the selector chose, also those that don't send to the service. */
  readonly selected: readonly VirtualService[];
  readonly findings: readonly Finding[];
}

/**
 * Finds what headers, weight and promote work on: the service, its base routes, the target subset.
 *
 * @throws TrafficError not-found, ambiguous, check-failed: each says what there is and what to give
 */
export function prepareShift(snapshot: Snapshot, intent: AddingIntent, gives: Shift['gives']): PreparedShift {
  const selected = selectVirtualServices(snapshot, intent);
  checkPicks(intent.routes, selected);
  const service = resolveService(selected, intent, snapshot.namespace);
  const all = selected.map((virtualService) => ({
    virtualService,
    routes: baseRoutes(virtualService, service, intent.routes),
  }));
  const served = all.filter(({ routes }) => routes.length > 0);
  if (served.length === 0) throw nobodySends(selected, service, intent);
  const { target, stable, created, findings } = targets(snapshot, intent, service, served, gives);
  return {
    service,
    target,
    gives,
    ...(stable !== undefined && { stable }),
    ...(created !== undefined && { created }),
    served,
    selected,
    findings: [
      ...all.flatMap(({ virtualService, routes }) =>
        routes.length > 0 ? [] : [staysAsItIs(virtualService, service, intent)],
      ),
      ...served.flatMap(({ virtualService }) => olderPicks(virtualService, intent.routes)),
      ...findings,
    ],
  };
}

function nobodySends(
  selected: readonly VirtualService[],
  { host, port }: Service,
  selection: AddingIntent,
): TrafficError {
  const hosts = [...new Set(selected.flatMap(hostsWithPorts))];
  const sends = selected.length === 1 ? 'does not send' : 'do not send';
  const service = port === undefined ? host : `${host} at port ${port}`;
  const others = hosts.length === 0 ? 'No route sends anywhere' : `The routes send to: ${joinFirst(hosts)}`;
  return new TrafficError(
    'not-found',
    `${joinFirst(selected.map(titleOf))} ${sends} to ${service}${didYouMean(host, hosts)} ` +
      `${others}. Change \`hostname\`, \`port\` or ${chooser(selection)}.`,
  );
}

/** The host that a mistyped `hostname` probably means: names are compared, as the rest is mostly the same. */
function didYouMean(given: string, hosts: readonly string[]): string {
  const byName = new Map(hosts.map((host) => [nameOfHost(host), host.replace(/:\d+$/, '')]));
  const name = nearest(nameOfHost(given), [...byName.keys()]);
  const meant = name === undefined ? given : byName.get(name);
  return meant === given ? '.' : `; did you mean \`hostname: ${meant}\`?`;
}

function nameOfHost(host: string): string {
  return host.replace(/[.:].*/, '');
}

function staysAsItIs(virtualService: VirtualService, { host }: Service, { routes }: AddingIntent): Finding {
  const title = titleOf(virtualService);
  const message =
    routes.length > 0
      ? `No route of ${title} is picked by \`routes\`: it stays as it is.`
      : `${title} does not send to ${host}: it stays as it is.`;
  return finding('leads-elsewhere', 'notice', message, virtualService);
}

/** What becomes of the selected VirtualServices: one that doesn't send to the service stays as it is. */
export function changeServed(
  { selected, served }: PreparedShift,
  change: (served: ServedRoutes) => WithFindings<VirtualService>,
): WithFindings<readonly Change<VirtualService>[]> {
  const results = selected.map((before) => {
    const own = served.find(({ virtualService }) => virtualService === before);
    if (own === undefined) return { before, result: { value: before, findings: [] } };
    const result = change(own);
    refusePreviewLikeNames(own, result.value);
    return { before, result };
  });
  return {
    value: results.map(({ before, result }) => ({ before, after: result.value })),
    findings: results.flatMap(({ result }) => result.findings),
  };
}

/**
 * The draft of a change of the VirtualServices that a shift is about. Subsets that nothing refers to any more go by
 * themselves.
 *
 * @param needed subsets that have to exist afterwards
 */
export function draftOf(
  shift: PreparedShift,
  { value, findings }: WithFindings<readonly Change<VirtualService>[]>,
  needed: readonly Target[],
): ChangeDraft {
  return {
    subset: shift.target.name,
    virtualServices: value,
    needed,
    released: () => false,
    findings: [...shift.findings, ...findings],
    shift,
  };
}

/** The subsets that previews and shares of the build need: its own, and the one that base routes keep to. */
export function neededFor({ target, stable }: Shift): readonly Target[] {
  return stable === undefined ? [target] : [target, stable];
}

/** The subsets that the change needs: the build's, and the stable one where a base route sends to the whole service. */
function targets(
  snapshot: Snapshot,
  intent: AddingIntent,
  service: Service,
  served: readonly ServedRoutes[],
  gives: Shift['gives'],
): Pick<Shift, 'target' | 'stable' | 'created'> & { readonly findings: readonly Finding[] } {
  const { host } = service;
  const isWhole = served.some((one) => hasWholeServiceRoute(one, host));
  const stableLabels = isWhole ? intent.stableLabels : undefined;
  const wanted = [intent.podLabels, ...(stableLabels === undefined ? [] : [stableLabels])];
  const asSubset = (labels: Labels): Subset => ({ name: subsetNames(labels)[0], labels });
  // A build that gets all requests leaves no other pods to keep.
  const besides =
    isWhole && stableLabels === undefined && gives !== 'all'
      ? `The base route also sends to the whole service, so the build's pods would get requests by it as well. ${stableAdvice(snapshot, host, intent.podLabels)} `
      : '';
  const need = { host, served, subsets: wanted.map(asSubset) };
  const { home, created, findings } = subsetHome(snapshot, intent, need, {
    createRule: intent.createRule === true,
    besides,
  });
  const { destinationRule, rules } = home;
  const subset = (labels: Labels): Target => targetSubset(snapshot, destinationRule, service, labels, rules);
  const target = subset(intent.podLabels);
  const stable = stableLabels && subset(stableLabels);
  if (destinationRule.metadata.namespace !== snapshot.namespace) {
    const missing = [target, ...(stable === undefined ? [] : [stable])].filter(({ exists }) => !exists);
    if (missing.length > 0) {
      const policy = subsetsOfBase(host, served)
        .map((name) => subsetOfRules(rules, name)?.subset['trafficPolicy'])
        .find((one) => one !== undefined);
      const lines = missing.map(({ name, labels }) => ({
        name,
        labels,
        ...(policy !== undefined && { trafficPolicy: policy }),
      }));
      ruleElsewhere(snapshot, intent.selector, host, rules, lines);
    }
  }
  return {
    target,
    ...(stable !== undefined && { stable }),
    ...(created !== undefined && { created }),
    findings,
  };
}

function hostsWithPorts(virtualService: VirtualService): string[] {
  return userRoutes(virtualService).flatMap(({ route }) =>
    destinationsOf(route).map(
      ({ destination: { host, port } }) =>
        resolveHost(host, virtualService.metadata.namespace) +
        (port?.number === undefined ? '' : `:${port.number}`),
    ),
  );
}

function hasWholeServiceRoute({ virtualService, routes }: ServedRoutes, host: string): boolean {
  const { namespace } = virtualService.metadata;
  return routes.some(({ route }) =>
    destinationsOf(route).some(
      ({ destination }) =>
        subsetOf(destination) === undefined && resolveHost(destination.host, namespace) === host,
    ),
  );
}

/**
 * How a base route would name the target subset: as it does already, else in the spelling and with the port of
 * its first destination of the service.
 */
export function targetDestination(
  list: readonly RouteDestination[],
  namespace: string,
  target: Target,
): Destination {
  const destinations = list.map(({ destination }) => destination);
  const listed = destinations.find((destination) => isTarget(destination, namespace, target));
  if (listed !== undefined) return listed;
  const model = destinations.find((destination) => isDestinationOf(destination, namespace, target.service));
  return withSubset(model ?? { host: target.service.host }, target.name);
}

/** The baseline with its whole-service destinations pinned to the stable subset, where there are such. */
export function pinTo(
  stable: Target | undefined,
  baseline: PendingBaseline,
  namespace: string,
): PendingBaseline {
  const whole = baseline.list.find(
    ({ destination }) =>
      subsetOf(destination) === undefined &&
      stable !== undefined &&
      isDestinationOf(destination, namespace, stable.service),
  );
  if (whole === undefined || stable === undefined) return baseline;
  const wanted: Pin = { host: whole.destination.host, subset: stable.name };
  return baseline.stable?.host === wanted.host && baseline.stable.subset === wanted.subset
    ? baseline
    : pin(baseline, wanted);
}
