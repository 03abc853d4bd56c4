/** The request that a service gets from another, as the proxy of the calling pod has it. */
import { TrafficError } from '../../base/errors.ts';
import type { RequestLine, RequestScope } from '../../intent/types.ts';
import { servicesOf } from '../../istio/requests/endpoints.ts';
import { hostOf } from '../../istio/requests/request.ts';
import { meshNames } from '../../istio/requests/mesh-names.ts';
import type { Snapshot } from '../../plan/types.ts';
import type { Caller } from './callers.ts';

/**
 * A service that is named alone is asked on the one port that it has, as its clients do; on 80 where that is one of
 * several, or its ports are not known.
 *
 * @throws TrafficError ambiguous where it has several ports, and 80 is none of them
 */
export function requestTo(
  snapshot: Snapshot,
  line: RequestLine,
  { labels, namespace }: Pick<Caller, 'labels' | 'namespace'>,
  isAnyRequest: boolean,
): { readonly line: RequestLine; readonly scope: RequestScope } {
  const scope = {
    gateway: 'mesh',
    sourceLabels: labels,
    ...(namespace !== undefined && { sourceNamespace: namespace }),
  };
  const { authority } = line;
  if (!isAnyRequest || /:\d+$/.test(authority) || line.scheme === 'https') return { line, scope };
  const port = portOf(snapshot, authority, namespace ?? snapshot.namespace);
  return {
    line: port === 80 ? line : { ...line, authority: `${authority}:${port}` },
    scope: { ...scope, port },
  };
}

function portOf(snapshot: Snapshot, authority: string, namespace: string): number {
  const services = meshNames(hostOf(authority), namespace).flatMap(
    (name) => servicesOf(name, snapshot) ?? [],
  );
  const ports = [...new Set(services.flatMap((service) => service.ports))];
  const [only = 80, ...others] = ports;
  if (others.length === 0) return only;
  if (ports.includes(80)) return 80;
  throw new TrafficError(
    'ambiguous',
    `${authority} has the ports ${ports.join(', ')}: say in \`follow\` which one is asked, ${authority}:${only} for example.`,
  );
}
