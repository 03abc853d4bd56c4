import type { VirtualService } from '../istio/types.ts';
import { gatewayName } from '../istio/gateways.ts';
import type { Home } from './request-example.ts';

/** Which hosts requests of a VirtualService ask for, and where they come in. */
export function homeOf({ spec, metadata: { namespace } }: VirtualService): Home {
  const hosts = (spec.hosts ?? []).map((host) => {
    if (host === '*') return 'any.example.com';
    return host.startsWith('*') ? `any${host.slice(1)}` : host;
  });
  const gateways = (spec.gateways ?? []).map((name) => gatewayName(name, namespace));
  return {
    hosts: hosts.length === 0 ? ['any.example.com'] : hosts,
    gateways: gateways.length === 0 ? ['mesh'] : gateways,
  };
}
