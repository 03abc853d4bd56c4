import { clusterDomain } from '../istio/cluster-domain.ts';
import { completedHost } from '../istio/hosts.ts';
import { destinationsOf } from '../istio/routes.ts';
import { finding, type Finding } from '../base/findings.ts';
import { servicesFor } from '../plan/pods.ts';
import { targetDestination } from '../plan/shift.ts';
import type { CheckContext } from './context.ts';

/** A destination that Istio's registry doesn't know has no endpoints: the service and its port have to exist. */
export function checkService({ snapshot, draft: { shift } }: CheckContext): Finding[] {
  if (shift === undefined || snapshot.services.state !== 'known') return [];
  const { host, port } = shift.service;
  const services = servicesFor(snapshot, host);
  if (services.length === 0) {
    const isElsewhere =
      host.endsWith(`.svc.${clusterDomain()}`) &&
      !host.endsWith(`.${snapshot.namespace}.svc.${clusterDomain()}`);
    if (isElsewhere) {
      const message = `${host} is a Service of another namespace than ${snapshot.namespace}: whether it exists and has the port was not checked.`;
      return [finding('service-unseen', 'notice', message)];
    }
    const whole = completedHost(host);
    const meant =
      whole !== undefined && servicesFor(snapshot, whole).length > 0
        ? `Istio takes a name with a dot as it is: write ${whole} in the destinations of the VirtualService and in the DestinationRule.`
        : 'Correct `hostname`, or create the Service.';
    const message =
      `Neither a Service nor a ServiceEntry in namespace ${snapshot.namespace} gives the host ${host}: requests sent there would be answered with 503. ` +
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
