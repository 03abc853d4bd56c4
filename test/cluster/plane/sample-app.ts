import { join } from 'node:path';
import { ensure, paths } from './api.ts';
import type { Api, Json } from './api.ts';
import { issue } from './certs.ts';
import type { Certificate } from './certs.ts';
import { GATEWAY, gatewayOf } from './envoy.ts';
import { end, startModule, until } from './processes.ts';
import type { Running } from './processes.ts';
import type { Ports } from './ports.ts';
import type { Behaviour, Order, Reply, Request } from './sample-server.ts';
import { ask } from './traffic.ts';

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

export interface SampleApp {
  readonly namespace: string;
  readonly name: string;
  readonly host: string;
  /** Adds a build (one pod), or one more pod of it; returns the pod's name. */
  add(build: string, options?: { readonly labels?: Readonly<Record<string, string>>; readonly ready?: boolean }): Promise<string>;
  /** Deletes the build's pods; what they are answering, they still answer. */
  remove(build: string): Promise<void>;
  /** Makes the build answer late, or with another status; `{}` makes it well again. */
  behave(build: string, behaviour: Behaviour): Promise<void>;
  /** Sets the Ready condition of the build's pods. */
  setReady(build: string, ready: boolean): Promise<void>;
}

/** Where pods come from. One for each plane; its server process starts with the first pod. */
export interface Pods {
  /** Resolves once the gateway answers from the first build (if it has an http route). */
  deployBuilds(options: AppOptions): Promise<SampleApp>;
  stop(): Promise<void>;
}

export function createPods(dir: string, api: Api, ports: Ports, ca: Certificate): Pods {
  const gateway = { ca: ca.cert, gateway: gatewayOf(ports) };
  const pods = { http: ports.of.podHttp, tcp: ports.of.podTcp, tls: ports.of.podTls };
  const server = lazyServer(dir);
  let count = 0;

  const deployBuilds = async (options: AppOptions): Promise<SampleApp> => {
    const { namespace, app } = options;
    const host = options.host ?? `${app}.${namespace}.svc.cluster.local`;
    const names = new Map<string, string[]>();
    const tls = issue(ca, { name: 'sample', hosts: [host] });
    const of = (build: string): readonly string[] => {
      const found = names.get(build);
      if (found === undefined) throw new Error(`${app} has no build ${build}.`);
      return found;
    };

    const add: SampleApp['add'] = async (build, { labels = {}, ready = true } = {}) => {
      count += 1;
      const ip = ports.podAddress(count);
      const pod = `${app}-${count}`;
      await server.send({ do: 'open', pod, app, build, ip, ports: pods, tls });
      await api.post(paths.pods(namespace), {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: pod, labels: { app, build, ...labels } },
        spec: { containers: [{ name: 'sample', image: 'none' }] },
      });
      names.set(build, [...(names.get(build) ?? []), pod]);
      // There is no kubelet to say that it runs; and none whose word would overrule this.
      await api.patch(`${paths.pods(namespace)}/${pod}/status`, {
        status: { phase: 'Running', podIP: ip, podIPs: [{ ip }], conditions: conditions(ready) },
      });
      return pod;
    };

    await ensure(api, paths.serviceEntries(namespace), serviceEntry(app, host, pods));
    await Promise.all(options.builds.map((build) => add(build)));
    if (options.traffic !== false) {
      await api.post(paths.destinationRules(namespace), destinationRule(options, host));
      await api.post(paths.virtualServices(namespace), virtualService(options, host));
      const [stable] = options.builds;
      if (options.routes?.includes('http') ?? true) {
        await until(`the gateway answers for ${host}`, async () => (await ask(gateway, { host })).build === stable);
      }
    }

    return {
      namespace,
      name: app,
      host,
      add,
      remove: async (build) => {
        for (const pod of of(build)) {
          await api.delete(`${paths.pods(namespace)}/${pod}?gracePeriodSeconds=0`);
          await server.send({ do: 'close', pod });
        }
        names.delete(build);
      },
      behave: async (build, behaviour) => {
        for (const pod of of(build)) await server.send({ do: 'behave', pod, behaviour });
      },
      setReady: async (build, ready) => {
        for (const pod of of(build)) {
          await api.patch(`${paths.pods(namespace)}/${pod}/status`, { status: { conditions: conditions(ready) } });
        }
      },
    };
  };

  return { deployBuilds, stop: () => server.stop() };
}

function conditions(ready: boolean): readonly Json[] {
  const status = ready ? 'True' : 'False';
  return ['Ready', 'ContainersReady'].map((type) => ({ type, status, lastTransitionTime: new Date().toISOString() }));
}

/** A Service would need EndpointSlices, which may not hold loopback addresses; a ServiceEntry takes the pods by label. */
function serviceEntry(app: string, host: string, pods: Readonly<Record<Protocol, number>>): Json {
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

function destinationRule({ app, builds, base }: AppOptions, host: string): Json {
  const [stable = ''] = builds;
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name: app, labels: { app } },
    spec: { host, ...(base === 'service' ? {} : { subsets: [{ name: stable, labels: { build: stable } }] }) },
  };
}

function virtualService({ app, builds, base, routes = ['http'] }: AppOptions, host: string): Json {
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

interface Server {
  send(order: Order): Promise<void>;
  stop(): Promise<void>;
}

function lazyServer(dir: string): Server {
  let part: Running | undefined;
  let next = 0;
  const waiting = new Map<number, (reply: Reply) => void>();
  const running = (): Running => {
    if (part !== undefined) return part;
    part = startModule(dir, 'sample-server', join(import.meta.dirname, 'sample-server.ts'));
    part.child.on('message', (message) => {
      const reply = message as Reply;
      waiting.get(reply.id)?.(reply);
      waiting.delete(reply.id);
    });
    void part.exited.then((how) => {
      for (const [id, answer] of waiting) answer({ id, error: how });
      waiting.clear();
    });
    return part;
  };
  return {
    send: async (order) => {
      const { child } = running();
      const id = (next += 1);
      const reply = await new Promise<Reply>((resolve, reject) => {
        waiting.set(id, resolve);
        child.send({ id, order } satisfies Request, (error) => {
          if (error !== null) reject(error);
        });
      });
      if (reply.error !== undefined) throw new Error(`sample-server: ${reply.error}`);
    },
    stop: async () => {
      if (part !== undefined) await end(part);
    },
  };
}
