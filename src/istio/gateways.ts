/** Names of Istio's Gateways: the one place that reads them. */
import type { VirtualService } from './types.ts';

/**
 * A gateway as `mesh` or `namespace/name`, whichever of Istio's ways it is written in.
 *
 * @param namespace of the object that names it
 * @example gatewayName('edge', 'shop') // 'shop/edge'; so do './edge', 'edge.shop.svc.cluster.local'
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/model/conversion.go resolveGatewayName
 */
export function gatewayName(gateway: string, namespace: string): string {
  if (gateway === 'mesh') return gateway;
  if (gateway.startsWith('./')) return `${namespace}${gateway.slice(1)}`;
  if (gateway.includes('/')) return gateway;
  const [name = '', where] = gateway.split('.');
  return `${where ?? namespace}/${name}`;
}

/**
 * The gateways by which requests reach a VirtualService: `mesh` where it names none.
 *
 * @see https://istio.io/latest/docs/reference/config/networking/virtual-service/#VirtualService
 */
export function gatewaysOf({ metadata, spec }: VirtualService): readonly string[] {
  return gatewayNames(spec.gateways ?? [], metadata.namespace);
}

/** The same of the field `gateways` alone. */
export function gatewayNames(gateways: readonly string[], namespace: string): readonly string[] {
  return gateways.length === 0 ? ['mesh'] : gateways.map((one) => gatewayName(one, namespace));
}
