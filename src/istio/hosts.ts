import { clusterDomain } from './cluster-domain.ts';
import type { Destination, VirtualService } from './types.ts';

/** The service whose traffic is shifted: a resolved host, and a port where one was given. */
export interface Service {
  readonly host: string;
  readonly port?: number;
}

/**
 * A host as Istio reads it: a name without a dot belongs to the namespace of the object that says it, a name
 * with a dot is taken as it is, and so are `*` and IPv6 addresses. The domain is that of the cluster at hand
 * (`inClusterDomain`).
 *
 * @example resolveHost('api', 'shop') // 'api.shop.svc.cluster.local'
 * @see https://istio.io/latest/docs/reference/config/networking/virtual-service/#Destination
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/model/config.go `ResolveShortnameToFQDN`
 */
export function resolveHost(host: string, namespace: string): string {
  return host === '*' || /[.:]/.test(host) ? host : `${host}.${namespace}.svc.${clusterDomain()}`;
}

/**
 * What `api.shop` and `api.shop.svc` would be in full. Istio takes a name with a dot as it is, so neither is the Service;
 * people who know DNS take them for it.
 */
export function completedHost(host: string): string | undefined {
  const [, name] = /^([a-z0-9-]+\.[a-z0-9-]+)(?:\.svc)?$/.exec(host) ?? [];
  return name && `${name}.svc.${clusterDomain()}`;
}

/**
 * Is it a destination of the service? Hosts are compared resolved; a port that either side leaves open
 * matches any.
 *
 * @param namespace of the VirtualService that holds the destination
 */
export function isDestinationOf(destination: Destination, namespace: string, service: Service): boolean {
  const port = destination.port?.number;
  return (
    resolveHost(destination.host, namespace) === service.host &&
    (service.port === undefined || port === undefined || port === service.port)
  );
}

/** The hosts that a VirtualService is for, resolved and in lower case; they may be wildcards. */
export function hostsOf({ metadata, spec }: VirtualService): readonly string[] {
  return (spec.hosts ?? []).map((host) => resolveHost(host, metadata.namespace).toLowerCase());
}

/** Is a host, or every host of a wildcard, one of those that a second one stands for? */
export function isWithinHost(host: string, wide: string): boolean {
  return wide.startsWith('*') ? host.endsWith(wide.slice(1)) : host === wide;
}
