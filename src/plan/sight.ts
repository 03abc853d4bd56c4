import type { Sight } from '../istio/requests/endpoints.ts';
import type { Seen } from '../istio/requests/route-list.ts';
import type { Snapshot } from './types.ts';

/** What is known of the services, pods and DestinationRules behind a destination. */
export function sightOf(snapshot: Snapshot): Sight {
  const { source, namespace, destinationRules, services, pods, namespacesRead } = snapshot;
  return {
    source,
    namespace,
    destinationRules,
    services,
    pods,
    rulesOf: namespacesRead?.destinationRules ?? [namespace],
  };
}

/** Which VirtualServices would be in sight if they were there. A folder of manifests may lack any. */
export function seenOf({ source, namespace, namespacesRead, notUnderstood = [] }: Snapshot): Seen {
  return {
    namespaces: source === 'manifests' ? [] : (namespacesRead?.virtualServices ?? [namespace]),
    except: notUnderstood.map((one) => `${one.namespace}/${one.name}`),
  };
}
