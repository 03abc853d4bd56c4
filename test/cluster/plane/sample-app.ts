import { ensure, paths, type Api } from './api.ts';
import { issue, type Certificate } from './certs.ts';
import { gatewayOf } from './envoy.ts';
import { until } from './processes.ts';
import type { Ports } from './ports.ts';
import { sampleServer } from './sample-client.ts';
import {
  conditions,
  destinationRule,
  serviceEntry,
  virtualService,
  type AppOptions,
} from './sample-manifests.ts';
import { METRICS_PATH, type Behaviour } from './sample-server.ts';
import { ask } from './traffic.ts';

export interface SampleApp {
  readonly namespace: string;
  readonly name: string;
  readonly host: string;
  /** Adds a build (one pod), or one more pod of it; returns the pod's name. */
  add(
    build: string,
    options?: { readonly labels?: Readonly<Record<string, string>>; readonly ready?: boolean },
  ): Promise<string>;
  /** Deletes the build's pods; what they are answering, they still answer. */
  remove(build: string): Promise<void>;
  /** Makes the build answer late, or with another status; `{}` makes it well again. */
  behave(build: string, behaviour: Behaviour): Promise<void>;
  /** Lets the build's pods look as if their container had been started again so many times. */
  restart(build: string, times: number): Promise<void>;
  /** Sets the Ready condition of the build's pods. */
  setReady(build: string, ready: boolean): Promise<void>;
}

/** Where pods come from. One for each plane; the server process starts with the first pod. */
export interface Pods {
  /** Resolves once the gateway answers from the first build (if it has an http route). */
  readonly deployBuilds: (options: AppOptions) => Promise<SampleApp>;
  stop(): Promise<void>;
}

/** By which Istio's own configuration of Prometheus finds pods, and the injector sets them. */
function scraped(port: number): Readonly<Record<string, string>> {
  return {
    'prometheus.io/scrape': 'true',
    'prometheus.io/port': String(port),
    'prometheus.io/path': METRICS_PATH,
  };
}

export function createPods(dir: string, api: Api, ports: Ports, ca: Certificate): Pods {
  const gateway = { ca: ca.cert, gateway: gatewayOf(ports) };
  const pods = { http: ports.of.podHttp, tcp: ports.of.podTcp, tls: ports.of.podTls };
  const server = sampleServer(dir);
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
      await server.send({ do: 'open', pod, namespace, app, build, ip, ports: pods, tls });
      await api.post(paths.pods(namespace), {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: pod, labels: { app, build, ...labels }, annotations: scraped(pods.http) },
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
        await until(
          `the gateway answers for ${host}`,
          async () => (await ask(gateway, { host })).build === stable,
        );
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
      restart: async (build, times) => {
        const started = { name: 'sample', image: 'none', imageID: 'none', ready: true, restartCount: times };
        for (const pod of of(build)) {
          await api.patch(`${paths.pods(namespace)}/${pod}/status`, {
            status: { containerStatuses: [started] },
          });
        }
      },
      setReady: async (build, ready) => {
        for (const pod of of(build)) {
          await api.patch(`${paths.pods(namespace)}/${pod}/status`, {
            status: { conditions: conditions(ready) },
          });
        }
      },
    };
  };

  return { deployBuilds, stop: () => server.stop() };
}
