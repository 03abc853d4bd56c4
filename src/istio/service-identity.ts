import { subsetOf } from './routes.ts';
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

/** The same service and the same subset (or none of both), whatever the port and the spelling of the host. */
export function isSameBuild(a: Destination, b: Destination, namespace: string): boolean {
  return (
    subsetOf(a) === subsetOf(b) &&
    (a.host === b.host || serviceIdentity(a.host, namespace) === serviceIdentity(b.host, namespace))
  );
}

/** One text for each service and subset, whatever the port and the spelling of the host. */
export function buildKey(destination: Destination, namespace: string): string {
  return `${serviceIdentity(destination.host, namespace)}|${subsetOf(destination) ?? ''}`;
}

/** The destination with another subset, where the old one stands; a first one comes after the host. */
export function withSubset(destination: Destination, subset: string): Destination {
  if (destination.subset !== undefined) return { ...destination, subset };
  const { host, ...rest } = destination;
  return { host, subset, ...rest };
}

/** The same build, however its host is spelled, and no two different ports: a destination without one matches any. */
export function isSameDestination(a: Destination, b: Destination, namespace: string): boolean {
  const [portA, portB] = [a.port?.number, b.port?.number];
  return isSameBuild(a, b, namespace) && (portA === undefined || portB === undefined || portA === portB);
}
