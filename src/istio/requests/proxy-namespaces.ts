import { hostsOf } from '../hosts.ts';
import { gatewaysOf } from '../gateways.ts';
import type { VirtualService } from '../types.ts';
import { hostOf, type EntryPoint } from './request.ts';
import { exportsOf } from './visible.ts';

/** Stands for every namespace that no `exportTo` speaks of; no name of Kubernetes has a blank. */
export const ANOTHER_NAMESPACE = 'any other namespace';

/**
 * The namespaces that the pods of an unknown proxy may be in, as far as they make a difference: those that a
 * VirtualService for its gateway is exported to, that of the Gateway, and `ANOTHER_NAMESPACE` where there are public
 * VirtualServices beside. Empty where nothing goes by it.
 *
 * The Gateway's own namespace decides nothing: Istio recommends gateways of their own namespace, and Gateways beside
 * the VirtualServices.
 *
 * @see https://istio.io/latest/docs/setup/additional-setup/gateway/#gateway-deployment-topologies
 */
export function proxyNamespaces(
  virtualServices: readonly VirtualService[],
  { authority, gateway }: Pick<EntryPoint, 'authority' | 'gateway'>,
): readonly string[] {
  const host = hostOf(authority);
  const concerned = virtualServices.filter(
    (one) => gatewaysOf(one).includes(gateway) && hostsOf(one).some((given) => mayBeFor(given, host)),
  );
  const limited = concerned.filter((one) => !exportsOf(one).has('*'));
  if (limited.length === 0) return [];
  const named = limited.flatMap((one) => [...exportsOf(one)].filter((name) => name !== '~'));
  const own = gateway === 'mesh' ? [] : [gateway.split('/')[0] ?? ''];
  const others = limited.length < concerned.length || gateway === 'mesh' ? [ANOTHER_NAMESPACE] : [];
  return [...new Set([...named, ...own, ...others])];
}

/** In the mesh a short name is for a service whose whole name begins with it. */
function mayBeFor(given: string, host: string): boolean {
  if (given.startsWith('*')) return host.endsWith(given.slice(1)) || !host.includes('.');
  return given === host || given.startsWith(`${host}.`);
}
