import type { NotUnderstood } from '../istio/not-understood.ts';
import { chooser } from '../intent/selection.ts';
import { gatewaysOf } from '../istio/gateways.ts';
import { hostsOf, isWithinHost, resolveHost } from '../istio/hosts.ts';
import { delegateOf } from '../istio/requests/delegates.ts';
import { destinationsOf, routesOf } from '../istio/routes.ts';
import type { VirtualService } from '../istio/types.ts';
import { isChosen, oddFinding, whatIsWrong } from '../plan/set-aside.ts';
import { removedSubsets } from '../plan/subset-removals.ts';
import type { Finding } from '../base/findings.ts';
import { changeOperationOf, selectionOf } from '../operations/index.ts';
import type { CheckContext } from './context.ts';

/**
 * Objects that nobody understands may be for the same traffic as a change: then nobody knows what the change does, and
 * it is refused. What takes a change back goes on with a warning, because nothing gets worse by it; but not where it would
 * leave out an object that is selected, or take a subset away from one.
 */
export function checkNotUnderstood({ snapshot, intent, draft, phases }: CheckContext): readonly Finding[] {
  const all = snapshot.notUnderstood ?? [];
  if (all.length === 0) return [];
  const changed = draft.virtualServices.flatMap(({ before, after }) => (before === after ? [] : [before]));
  const removed = phases.flatMap(({ writes }) => writes).flatMap(removedSubsets);
  const isTakenBack = changeOperationOf(intent).direction !== 'forward';
  const selection = selectionOf(intent);
  return all.flatMap((odd): readonly Finding[] => {
    const lost = removed.find((name) => odd.texts.has(name));
    const grave = isChosen(odd, selection, snapshot.namespace)
      ? `${chooser(selection)} selects it`
      : odd.kind === 'VirtualService' && lost !== undefined
        ? `it may route to subset ${lost}, which would go`
        : undefined;
    const reason = grave ?? changed.map((one) => whyConcerned(odd, one)).find((why) => why !== undefined);
    if (reason === undefined) {
      // Its owners are others, and each run of each namespace would say it again.
      if (odd.namespace !== snapshot.namespace && snapshot.source === 'kubernetes') return [];
      const message = `${whatIsWrong(odd)} It was set aside; this change is not about its traffic.`;
      return [oddFinding(odd, 'warning', message)];
    }
    const message = `${whatIsWrong(odd)} Nobody knows what this change does beside it, because ${reason}. Correct the object, or delete it.`;
    return [oddFinding(odd, isTakenBack && grave === undefined ? 'warning' : 'error', message)];
  });
}

/** Why an odd object may be about the traffic of a VirtualService; undefined: it can't. */
function whyConcerned(odd: NotUnderstood, changed: VirtualService): string | undefined {
  const { namespace, name } = changed.metadata;
  const title = `VirtualService ${namespace}/${name}`;
  if (odd.kind === 'DestinationRule') {
    const hosts = routesOf(changed).flatMap(({ route }) =>
      destinationsOf(route).map(({ destination }) => resolveHost(destination.host, namespace)),
    );
    return meet(odd.hosts, hosts) ? `${title} routes to a host that it may be for` : undefined;
  }
  const delegates = (changed.spec.http ?? []).flatMap((route) => delegateOf(route, namespace) ?? []);
  if (delegates.some((one) => one.namespace === odd.namespace && one.name === odd.name)) {
    return `${title} delegates to it`;
  }
  const hosts = hostsOf(changed);
  if (hosts.length === 0) {
    return odd.hosts?.length === 0 ? undefined : `it may delegate to ${title}`;
  }
  const entries = gatewaysOf(changed);
  const isSameEntry = odd.gateways === null || odd.gateways.some((one) => entries.includes(one));
  return isSameEntry && meet(odd.hosts, hosts) ? `it may be for the same host as ${title}` : undefined;
}

/** May a host be one of either list? A wildcard is for all that end alike. */
function meet(odd: readonly string[] | null, hosts: readonly string[]): boolean {
  return odd === null || odd.some((a) => hosts.some((b) => isWithinHost(a, b) || isWithinHost(b, a)));
}
