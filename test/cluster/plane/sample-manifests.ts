import type { Json } from './api.ts';
import { GATEWAY } from './envoy.ts';

/** The ports of a sample app's service, as a VirtualService's destination names them. */
export const SERVICE_PORTS = { http: 80, tcp: 9000, tls: 443 } as const;

export type Protocol = keyof typeof SERVICE_PORTS;

export interface AppOptions {
  readonly namespace: string;
  readonly app: string;
  /** Default: `<app>.<namespace>.svc.cluster.local`, so that the short name `<app>` works, too. */
  readonly host?: string;
  /** The first is the stable one. */
  readonly builds: readonly string[];
  /** What the VirtualService routes; default http alone, for the gateway's one TCP port can serve one app only. */
  readonly routes?: readonly Protocol[];
  /** Default route to the subset of the first build (default), or to the whole service (then there is no subset). */
  readonly base?: 'subset' | 'service';
  /** Without: no VirtualService and no DestinationRule, for tests that write their own. */
  readonly traffic?: boolean;
}

export function conditions(ready: boolean): readonly Json[] {
  const status = ready ? 'True' : 'False';
  return ['Ready', 'ContainersReady'].map((type) => ({
    type,
    status,
    lastTransitionTime: new Date().toISOString(),
  }));
}

/** A Service would need EndpointSlices, which may not hold loopback addresses; a ServiceEntry takes the pods by label. */
export function serviceEntry(app: string, host: string, pods: Readonly<Record<Protocol, number>>): Json {
  const port = (name: Protocol): Json => ({
    name,
    number: SERVICE_PORTS[name],
    protocol: name.toUpperCase(),
    targetPort: pods[name],
  });
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'ServiceEntry',
    metadata: { name: app, labels: { app } },
    spec: {
      hosts: [host],
      location: 'MESH_INTERNAL',
      resolution: 'STATIC',
      ports: [port('http'), port('tcp'), port('tls')],
      workloadSelector: { labels: { app } },
    },
  };
}

export function destinationRule({ app, builds, base }: AppOptions, host: string): Json {
  const [stable = ''] = builds;
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name: app, labels: { app } },
    spec: { host, ...(base === 'service' ? {} : { subsets: [{ name: stable, labels: { build: stable } }] }) },
  };
}

export function virtualService({ app, builds, base, routes = ['http'] }: AppOptions, host: string): Json {
  const [stable = ''] = builds;
  const to = (name: Protocol): readonly Json[] => {
    const subset = base === 'service' ? {} : { subset: stable };
    return [{ destination: { host, ...subset, port: { number: SERVICE_PORTS[name] } } }];
  };
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: app, labels: { app } },
    spec: {
      hosts: [host],
      gateways: [GATEWAY],
      ...(routes.includes('http') ? { http: [{ name: 'default', route: to('http') }] } : {}),
      ...(routes.includes('tls') ? { tls: [{ match: [{ sniHosts: [host] }], route: to('tls') }] } : {}),
      ...(routes.includes('tcp') ? { tcp: [{ route: to('tcp') }] } : {}),
    },
  };
}
