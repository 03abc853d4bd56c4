/** Names of Istio's Gateways: the one place that reads them. */

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
