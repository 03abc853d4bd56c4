import type { ServiceView } from '../../istio/types.ts';
import { field, labels } from './fields.ts';
import { textIn } from '../../base/json.ts';

/** What the checks need of a Service as the API lists it. */
export function serviceView(service: unknown): ServiceView {
  const name = textIn(field(field(service, 'metadata'), 'name'));
  const namespace = textIn(field(field(service, 'metadata'), 'namespace'));
  return {
    kind: 'Service',
    name,
    namespace,
    hosts: [`${name}.${namespace}.svc.cluster.local`],
    ports: numbers(field(field(service, 'spec'), 'ports'), 'port'),
    ...selector(field(field(service, 'spec'), 'selector')),
  };
}

/** What the checks need of a ServiceEntry: as good as a Service to a route that sends to one of its hosts. */
export function serviceEntryView(entry: unknown): ServiceView {
  const spec = field(entry, 'spec');
  const hosts = field(spec, 'hosts');
  return {
    kind: 'ServiceEntry',
    name: textIn(field(field(entry, 'metadata'), 'name')),
    namespace: textIn(field(field(entry, 'metadata'), 'namespace')),
    hosts: Array.isArray(hosts) ? hosts.map(textIn).filter((host) => host !== '') : [],
    ports: numbers(field(spec, 'ports'), 'number'),
    ...selector(field(field(spec, 'workloadSelector'), 'labels')),
  };
}

function numbers(list: unknown, name: string): number[] {
  if (!Array.isArray(list)) return [];
  return list.map((port) => field(port, name)).filter((port) => typeof port === 'number');
}

/** An empty selector selects nothing in a Service, and is no selector. */
function selector(value: unknown): Pick<ServiceView, 'selector'> {
  const found = labels(value);
  return Object.keys(found).length === 0 ? {} : { selector: found };
}
