import { isOfClusterSet } from '../istio/consulted-rule.ts';
import { clusterDomain } from '../istio/cluster-domain.ts';
import { completedHost } from '../istio/hosts.ts';
import { gatewaysOf } from '../istio/gateways.ts';
import { destinationsOf } from '../istio/routes.ts';
import { finding, type Finding } from '../base/findings.ts';
import { titleOf } from '../base/title.ts';
import { aliasOf, onlyByWildcard, servicesAt, type Alias } from '../istio/requests/endpoints.ts';
import { hostOfRule, ruleCovers } from '../istio/rule-index.ts';
import type { ServiceView } from '../istio/types.ts';
import type { Snapshot } from '../plan/types.ts';
import type { Shift } from '../plan/draft.ts';
import { servicesFor } from '../plan/pods.ts';
import { targetDestination } from '../plan/shift.ts';
import type { CheckContext } from './context.ts';

/** A destination that Istio's registry doesn't know has no endpoints: the service and its port have to exist. */
export function checkService({ snapshot, draft: { shift } }: CheckContext): readonly Finding[] {
  if (shift === undefined) return [];
  const { host } = shift.service;
  const alias = aliasOf(host, snapshot);
  if (alias !== undefined) return subsetsElsewhere(shift, alias);
  return [...hiddenFromGateways(shift, servicesAt(host, snapshot)), ...missingService(snapshot, shift)];
}

/** Where the pods of a gateway are is not known here: mostly where it is, or in a namespace of gateways. */
function hiddenFromGateways({ served }: Shift, services: readonly ServiceView[]): readonly Finding[] {
  const [first] = services;
  if (first?.exportedTo === undefined) return [];
  const known = new Set(services.flatMap(({ exportedTo }) => exportedTo ?? ['*']));
  if (known.has('*')) return [];
  const gateways = new Set(
    served
      .flatMap(({ virtualService }) => gatewaysOf(virtualService))
      .filter((name) => name !== 'mesh' && !known.has(name.split('/')[0] ?? '')),
  );
  if (gateways.size === 0) return [];
  const message =
    `${first.kind} ${first.namespace}/${first.name} is exported to ${known.size === 0 ? 'no namespace' : `namespace ${[...known].join(', ')} alone`}. ` +
    `If the pods of gateway ${[...gateways].join(', ')} are in another one, they do not know it, and answer requests to it with 503.`;
  return [finding('service-not-exported', 'warning', message)];
}

function missingService(snapshot: Snapshot, shift: Shift): readonly Finding[] {
  const { host, port } = shift.service;
  if (snapshot.services.state !== 'known') return [];
  const services = servicesFor(snapshot, host);
  if (services.length === 0) {
    if (isOfClusterSet(host)) {
      const message = `${host} is a name for several clusters (Multi-Cluster Services): whether it exists and has the port was not checked.`;
      return [finding('service-unseen', 'notice', message)];
    }
    const isElsewhere =
      host.endsWith(`.svc.${clusterDomain()}`) &&
      !host.endsWith(`.${snapshot.namespace}.svc.${clusterDomain()}`);
    if (isElsewhere) {
      const message = `${host} is a Service of another namespace than ${snapshot.namespace}: whether it exists and has the port was not checked.`;
      return [finding('service-unseen', 'notice', message)];
    }
    const [wide] = onlyByWildcard(host, snapshot);
    const named =
      wide === undefined
        ? ''
        : ` (${wide.kind} ${wide.namespace}/${wide.name} is for a wildcard, and proxies have no cluster for the hosts behind it)`;
    const whole = completedHost(host);
    const meant =
      whole !== undefined && servicesFor(snapshot, whole).length > 0
        ? `Istio takes a name with a dot as it is: write ${whole} in the destinations of the VirtualService and in the DestinationRule.`
        : wide === undefined
          ? 'Correct `hostname`, or create the Service.'
          : 'Name the host in a ServiceEntry.';
    const message =
      `Neither a Service nor a ServiceEntry in namespace ${snapshot.namespace} gives the host ${host}${named}: requests sent there would be answered with 503. ` +
      meant;
    return [finding('service-missing', 'error', message, null, true)];
  }
  const known = new Set(services.flatMap(({ ports }) => ports));
  const used = new Set(
    shift.served.flatMap(({ virtualService, routes }) =>
      routes
        .filter(({ route }) => destinationsOf(route).length > 0)
        .map(
          ({ route }) =>
            targetDestination(destinationsOf(route), virtualService.metadata.namespace, shift.target).port
              ?.number ?? port,
        ),
    ),
  );
  return [...used].flatMap((number) =>
    number === undefined || known.has(number)
      ? []
      : [
          finding(
            'service-port-missing',
            'error',
            `${host} has no port ${number} (it has ${[...known].join(', ') || 'none'}): requests sent there would be answered with 503. Correct \`port\` or the route's, or the Service.`,
            null,
            true,
          ),
        ],
  );
}

/** What an ExternalName stands for may be of another namespace, so nothing more is known of it. */
function subsetsElsewhere(
  { target, service }: Shift,
  { service: { namespace, name }, host }: Alias,
): Finding[] {
  const rule = target.destinationRule;
  if (ruleCovers(hostOfRule(rule), host)) return [];
  const message =
    `Service ${namespace}/${name} is an ExternalName of ${host}: proxies send there in place of ${service.host}, and look for subsets in the DestinationRule of ${host} alone. ` +
    `${titleOf(rule)} is not for that host, so requests to its subset ${target.name} would be answered with 503. Send to ${host} in the VirtualService, and define the subsets in a DestinationRule for ${host}.`;
  return [finding('service-alias', 'error', message, rule, true)];
}
