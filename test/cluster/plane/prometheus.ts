import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { paths, type Api } from './api.ts';
import { statusOf } from './etcd.ts';
import { ROOT_NAMESPACE } from './istiod.ts';
import { end, start, untilReady, type Running } from './processes.ts';
import type { Ports } from './ports.ts';
import { conditions } from './sample-manifests.ts';
import { startServicesProxy } from './services-proxy.ts';

/** Prometheus, which scrapes the pods of sample apps. */
export interface Prometheus {
  /** Its own address. */
  readonly url: string;
  /** As a Service, for the input `metrics`: `istio-system/prometheus:9090`. */
  readonly service: string;
  /** Ends the process, and keeps what it has written down. */
  stop(): Promise<void>;
  /** Again, after {@link stop}. */
  start(): Promise<void>;
}

/** An address of those that are for documentation: nobody has it (RFC 5737). */
const ADDRESS = '192.0.2.53';
const PORT = 9090;

/** @param kubeconfig of a user that may list all pods */
export async function startPrometheus(
  dir: string,
  command: string,
  ports: Ports,
  kubeconfig: string,
  api: Api,
  watch: (part: Running) => Running,
): Promise<Prometheus> {
  const folder = join(dir, 'prometheus');
  await mkdir(folder);
  const config = join(folder, 'prometheus.yaml');
  await writeFile(config, stringify(configuration(kubeconfig)));
  await addService(api);
  await startServicesProxy(ports.of.servicesProxy, ports.of.prometheus);
  const url = `http://127.0.0.1:${ports.of.prometheus}`;
  const run = async (): Promise<Running> => {
    const part = watch(
      start({
        dir,
        name: 'prometheus',
        command,
        args: [
          `--config.file=${config}`,
          `--storage.tsdb.path=${join(folder, 'data')}`,
          `--web.listen-address=127.0.0.1:${ports.of.prometheus}`,
        ],
      }),
    );
    await untilReady(part, async () => (await statusOf(`${url}/-/ready`)) === 200);
    return part;
  };
  let part = await run();
  return {
    url,
    service: `${ROOT_NAMESPACE}/prometheus:${PORT}`,
    stop: () => end(part),
    start: async () => {
      part = await run();
    },
  };
}

/**
 * The job for pods of Istio's own addon, but for the intervals.
 *
 * @see https://github.com/istio/istio/blob/master/samples/addons/prometheus.yaml (kubernetes-pods)
 */
function configuration(kubeconfig: string): unknown {
  const annotation = (name: string): string => `__meta_kubernetes_pod_annotation_prometheus_io_${name}`;
  return {
    global: { scrape_interval: '1s', scrape_timeout: '1s' },
    scrape_configs: [
      {
        job_name: 'kubernetes-pods',
        honor_labels: true,
        kubernetes_sd_configs: [{ role: 'pod', kubeconfig_file: kubeconfig }],
        relabel_configs: [
          { source_labels: [annotation('scrape')], action: 'keep', regex: 'true' },
          { source_labels: [annotation('path')], target_label: '__metrics_path__', regex: '(.+)' },
          {
            source_labels: [annotation('port'), '__meta_kubernetes_pod_ip'],
            regex: '(\\d+);(.+)',
            replacement: '$2:$1',
            target_label: '__address__',
          },
          { action: 'labelmap', regex: '__meta_kubernetes_pod_label_(.+)' },
          { source_labels: ['__meta_kubernetes_namespace'], target_label: 'namespace' },
          { source_labels: ['__meta_kubernetes_pod_name'], target_label: 'pod' },
        ],
      },
    ],
  };
}

/**
 * The API server proxies to addresses only that are those of pods, by the Endpoints of a Service (`isValidAddress` in
 * pkg/registry/core/service/storage). So there is a pod with the address, though nobody runs it.
 */
async function addService(api: Api): Promise<void> {
  const of = `/api/v1/namespaces/${ROOT_NAMESPACE}`;
  const metadata = { name: 'prometheus' };
  await api.post(paths.pods(ROOT_NAMESPACE), {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: { containers: [{ name: 'prometheus', image: 'none' }] },
  });
  await api.patch(`${paths.pods(ROOT_NAMESPACE)}/prometheus/status`, {
    status: {
      phase: 'Running',
      podIP: ADDRESS,
      podIPs: [{ ip: ADDRESS }],
      conditions: conditions(true),
    },
  });
  // Headless: nobody but the API server asks by it.
  await api.post(`${of}/services`, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: { clusterIP: 'None', ports: [{ name: 'http', port: PORT }] },
  });
  await api.post(`${of}/endpoints`, {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata,
    subsets: [
      {
        addresses: [
          { ip: ADDRESS, targetRef: { kind: 'Pod', namespace: ROOT_NAMESPACE, name: 'prometheus' } },
        ],
        ports: [{ name: 'http', port: PORT }],
      },
    ],
  });
}
