import { namespaceInHost } from '../istio/consulted-rule.ts';
import { gatewaysOf } from '../istio/gateways.ts';
import { resolveHost } from '../istio/hosts.ts';
import { destinationsOf, routesOf } from '../istio/routes.ts';
import type { VirtualService } from '../istio/types.ts';
import { finding, type Finding } from '../base/findings.ts';
import { joinFirst } from '../plan/select.ts';
import type { CheckContext } from './context.ts';

const GRANT =
  'To have them read too, grant `list` on virtualservices and destinationrules with a ClusterRole.';

/**
 * A Role for one namespace shows one namespace. That is the normal case and worth no word, but where a change is likely
 * to depend on what others have: at a gateway that namespaces share, and for a service that is at home elsewhere. Of a
 * delegate without a root in sight the guard says it.
 */
export function checkSight({ snapshot, draft }: CheckContext): readonly Finding[] {
  const { source, namespace, virtualServicesOf, rulesOf } = snapshot;
  if (source === 'manifests') return [];
  const changed = draft.virtualServices.filter(({ before, after }) => before !== after);
  const gateways = new Set(changed.flatMap(({ after }) => gatewaysElsewhere(after)));
  const homes = new Set(changed.flatMap(({ after }) => servicesElsewhere(after)));
  const unread = [
    ...(gateways.size > 0 && virtualServicesOf !== 'all'
      ? [
          `VirtualServices of other namespaces for the same hosts at gateway ${joinFirst([...gateways])}: an older one would come first`,
        ]
      : []),
    ...(homes.size > 0 && rulesOf !== 'all'
      ? [
          `DestinationRules of namespace ${joinFirst([...homes])}, where the service is: proxies of other namespaces than ${namespace} use those`,
        ]
      : []),
  ];
  if (unread.length === 0) return [];
  const message = `Not everything that decides about these requests could be read: ${unread.join('; and ')}. ${GRANT}`;
  return [finding('other-namespaces-unread', 'notice', message)];
}

function gatewaysElsewhere(virtualService: VirtualService): string[] {
  const { namespace } = virtualService.metadata;
  return gatewaysOf(virtualService).filter((name) => name !== 'mesh' && !name.startsWith(`${namespace}/`));
}

function servicesElsewhere(virtualService: VirtualService): string[] {
  const { namespace } = virtualService.metadata;
  return routesOf(virtualService).flatMap(({ route }) =>
    destinationsOf(route).flatMap(({ destination }) => {
      const home = namespaceInHost(resolveHost(destination.host, namespace));
      return home === undefined || home === namespace ? [] : [home];
    }),
  );
}
