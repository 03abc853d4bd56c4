import type { Destination } from './types.ts';

/**
 * Which service a host means, whatever its spelling: `name.namespace` of a Kubernetes service, any other host as it
 * is. Consoles and templates respell hosts, and who removes a build has to find it under each spelling. Not what
 * Istio resolves (`resolveHost` is): Istio knows no host `api.shop`, but who wrote it meant that service.
 *
 * @param namespace of the object that says the host
 * @example serviceIdentity('api', 'shop') // 'api.shop', as of 'api.shop', 'api.shop.svc' and 'api.shop.svc.cluster.local'
 */
export function serviceIdentity(host: string, namespace: string): string {
  const name = host.toLowerCase().replace(/\.$/, '');
  if (!name.includes('.')) return `${name}.${namespace}`;
  return /^([^.]+\.[^.]+)\.svc(?:\..*)?$/.exec(name)?.[1] ?? name;
}

/** The subset that a destination names; an empty text is no subset. */
export function namedSubset({ subset }: Destination): string | undefined {
  return subset === '' ? undefined : subset;
}

/** The same service and the same subset (or none of both), whatever the port and the spelling of the host. */
export function isSameBuild(a: Destination, b: Destination, namespace: string): boolean {
  return (
    namedSubset(a) === namedSubset(b) &&
    (a.host === b.host || serviceIdentity(a.host, namespace) === serviceIdentity(b.host, namespace))
  );
}
