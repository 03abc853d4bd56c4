/** DestinationRules that are for another host than the one that is looked for, and are probably meant. */
import { titleOf } from '../base/title.ts';
import { namespaceInHost } from '../istio/consulted-rule.ts';
import { resolveHost } from '../istio/hosts.ts';
import { hostOfRule, isWildcard } from '../istio/rule-index.ts';
import { destinationsOf, routesOf } from '../istio/routes.ts';
import type { DestinationRule } from '../istio/types.ts';
import type { ServedRoutes } from './draft.ts';
import { joinFirst } from './select.ts';
import type { Snapshot } from './types.ts';

/**
 * What there is in place of a DestinationRule for the host: rules for other hosts that the same VirtualServices route
 * to, and rules for a service of the same name in another namespace.
 *
 * @param host resolved
 * @param served what sends to the host
 * @returns sentences, each with what to do; empty where nothing is near
 */
export function rulesNearby(
  snapshot: Snapshot,
  host: string,
  served: readonly ServedRoutes[],
): readonly string[] {
  const rules = snapshot.destinationRules.filter((rule) => !isWildcard(hostOfRule(rule)));
  const routed = hostsServed(served).filter((other) => other !== host);
  const beside = routed.flatMap((other) => rules.filter((rule) => hostOfRule(rule) === other).slice(0, 1));
  const namesakes = rules.filter((rule) => {
    const other = hostOfRule(rule);
    return other !== host && !routed.includes(other) && firstPart(other) === firstPart(host);
  });
  return [
    ...(beside.length === 0 ? [] : [besideText(beside)]),
    ...namesakes.slice(0, 1).map((rule) => namesakeText(snapshot, host, served, rule)),
  ];
}

function besideText(rules: readonly DestinationRule[]): string {
  const found = joinFirst(rules.map((rule) => `${hostOfRule(rule)} (${titleOf(rule)})`));
  const [first] = rules;
  const advice =
    rules.length === 1 && first !== undefined
      ? `give \`hostname: ${hostOfRule(first)}\``
      : 'give that one as `hostname`';
  return `The VirtualService also routes to ${found}: if the build is one of ${rules.length === 1 ? 'that service' : 'these services'}, ${advice}.`;
}

function namesakeText(
  { source, namespace }: Snapshot,
  host: string,
  served: readonly ServedRoutes[],
  rule: DestinationRule,
): string {
  const theirs = hostOfRule(rule);
  const home = namespaceInHost(theirs) ?? rule.metadata.namespace;
  const found = `${titleOf(rule)} is for ${theirs}, another host.`;
  // @see https://istio.io/latest/docs/reference/config/networking/virtual-service/#Destination
  if (host === `${theirs}.`)
    return `${found} Istio does not leave out the dot at the end of a name: write ${theirs} in the route.`;
  if (theirs.startsWith(`${host}.`))
    return `${found} Istio adds nothing to a name with a dot: write ${theirs} in the route.`;
  // They differ in the cluster's domain, of which there is a notice.
  if (home === namespace) return found;
  const short = writtenShort(host, served);
  if (short === undefined) {
    return rule.spec.host.includes('.')
      ? found
      : `${found} It says ${rule.spec.host}, which belongs to its own namespace, ${rule.metadata.namespace}: if it is meant for the host of the routes, write ${host} there.`;
  }
  const move =
    source === 'manifests'
      ? `, or give \`namespace: ${home}\` if files without a namespace belong there`
      : '';
  return `${found} The route says ${short}, which belongs to the namespace of its VirtualService, ${namespace}: if the service is in ${home}, write ${theirs} in the route${move}.`;
}

/** The host as the routes write it, where they leave out its namespace. */
function writtenShort(host: string, served: readonly ServedRoutes[]): string | undefined {
  return served
    .flatMap(({ virtualService, routes }) =>
      routes.flatMap(({ route }) =>
        destinationsOf(route).flatMap(({ destination }) =>
          resolveHost(destination.host, virtualService.metadata.namespace) === host ? destination.host : [],
        ),
      ),
    )
    .find((written) => !written.includes('.'));
}

/** Every host that the VirtualServices send to, resolved. */
function hostsServed(served: readonly ServedRoutes[]): readonly string[] {
  const all = served.flatMap(({ virtualService }) =>
    routesOf(virtualService).flatMap(({ route }) =>
      destinationsOf(route).map(({ destination }) =>
        resolveHost(destination.host, virtualService.metadata.namespace),
      ),
    ),
  );
  return [...new Set(all)];
}

function firstPart(host: string): string {
  return host.split('.')[0] ?? '';
}
