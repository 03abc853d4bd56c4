/** VirtualServices whose routes are in one list with those of another, because pods serve the Gateways of both. */
import { distinctBy } from '../base/distinct.ts';
import { finding, type Finding } from '../base/findings.ts';
import { titleOf } from '../base/title.ts';
import { gatewaysOf } from '../istio/gateways.ts';
import { hostsSharedByPods, type GatewayPodsSight } from '../istio/requests/gateway-pods.ts';
import type { VirtualService } from '../istio/types.ts';

/** A VirtualService for the same host at another Gateway of the same pods and port, as far as Gateways are in sight. */
export function gatewayPodsFindings(
  known: GatewayPodsSight,
  root: VirtualService,
  severity: 'error' | 'warning',
): readonly Finding[] {
  const shared = gatewaysOf(root).flatMap((gateway) => hostsSharedByPods(known, root, gateway));
  return distinctBy(shared, ({ other }) => titleOf(other)).map(
    ({ other, otherGateway, gateway, host, port }) =>
      finding(
        'gateway-pods-shared',
        severity,
        `${titleOf(other)} is for the same host ${host} at Gateway ${otherGateway}, which has port ${port} and pods in common with Gateway ${gateway} of ${titleOf(root)}. ` +
          'It is not known which requests get the routes of the one and which those of the other: ' +
          'without TLS they are put into one list, the older Gateway first, and of two servers with TLS for one host one is left out. ' +
          'Name one Gateway in both, or give each a host of its own.',
        root,
        severity === 'error',
      ),
  );
}
