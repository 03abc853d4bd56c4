import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { paths, type Api } from './api.ts';
import { statusOf } from './etcd.ts';
import { ROOT_NAMESPACE } from './istiod.ts';
import { start, untilReady, type Running } from './processes.ts';
import type { Ports } from './ports.ts';

/** What a VirtualService's `gateways` says to be served here. */
export const GATEWAY = `${ROOT_NAMESPACE}/plane`;

export interface Address {
  readonly host: '127.0.0.1';
  readonly port: number;
}

export interface GatewayAddresses {
  readonly http: Address;
  readonly tcp: Address;
  readonly tls: Address;
}

export function gatewayOf({ of }: Ports): GatewayAddresses {
  const address = (port: number): Address => ({ host: '127.0.0.1', port });
  return { http: address(of.http), tcp: address(of.tcp), tls: address(of.tls) };
}

export async function addGateway(api: Api, ports: Ports): Promise<void> {
  const server = (name: string, protocol: string, number: number): Record<string, unknown> => ({
    port: { number, name, protocol },
    // Else the listener is open on all addresses of the machine.
    bind: '127.0.0.1',
    hosts: ['*'],
    ...(protocol === 'TLS' ? { tls: { mode: 'PASSTHROUGH' } } : {}),
  });
  await api.post(paths.gateways(ROOT_NAMESPACE), {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: 'plane' },
    spec: {
      selector: GATEWAY_LABELS,
      servers: [
        server('http', 'HTTP', ports.of.http),
        server('tcp', 'TCP', ports.of.tcp),
        server('tls', 'TLS', ports.of.tls),
      ],
    },
  });
}

/** One Envoy: its name is that of its pod, and its admin interface is on a port of its own. */
export interface EnvoyNames {
  readonly name: string;
  readonly admin: number;
  /** Of its pod; default: the root namespace. A sidecar's is another one. */
  readonly namespace?: string;
  /** On which it listens; absent: on those of the Gateway. */
  readonly http?: number;
}

/** What all gateways have, as the Gateway selects them. */
export const GATEWAY_LABELS = { istio: 'ingressgateway' } as const;

/** Several share the ports of the Gateway (SO_REUSEPORT), and the kernel spreads connections as a Service does. */
export function envoyNames({ of }: Ports, number: 1 | 2 | 3): EnvoyNames {
  const admins = { 1: of.envoyAdmin, 2: of.envoyAdmin2, 3: of.envoyAdmin3 };
  return { name: number === 1 ? 'gateway' : `gateway-${number}`, admin: admins[number] };
}

/** The sidecar of a pod: what the pod sends to its port of 127.0.0.1 goes by the routes of the mesh. */
export function sidecarNames({ of }: Ports, namespace: string): Required<EnvoyNames> {
  return { name: 'sidecar', admin: of.sidecarAdmin, namespace, http: of.sidecarHttp };
}

/**
 * Nothing captures the requests of a process on loopback, so it has one port for all of them: a proxy's, for any other
 * serves the services with a port of the same number alone.
 */
export async function addSidecarListener(api: Api, { namespace, http }: Required<EnvoyNames>): Promise<void> {
  await api.post(paths.sidecars(namespace), {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Sidecar',
    metadata: { name: 'sidecar' },
    spec: {
      egress: [
        {
          port: { number: http, name: 'http', protocol: 'HTTP_PROXY' },
          bind: '127.0.0.1',
          captureMode: 'NONE',
          hosts: ['./*'],
        },
      ],
    },
  });
}

export async function startEnvoy(
  dir: string,
  command: string,
  ports: Ports,
  names: EnvoyNames,
): Promise<Running> {
  const name = names.name.replace('gateway', 'envoy');
  const config = join(dir, `${name}.json`);
  await writeFile(config, JSON.stringify(bootstrap(ports, names), null, 2));
  const envoy = start({
    dir,
    name,
    command,
    args: [
      '--config-path',
      config,
      // With hot restart it shares memory by number with other Envoys of the machine, and ends with its parent.
      '--disable-hot-restart',
      // Two workers whatever the machine has: that all of them change over is part of what is tested.
      '--concurrency',
      '2',
      '--log-level',
      'warning',
    ],
  });
  const http = names.http ?? ports.of.http;
  // The tcp and tls listeners open only once a VirtualService has a route for them.
  await untilReady(envoy, async () => {
    const admin = `http://127.0.0.1:${names.admin}`;
    if ((await statusOf(`${admin}/ready`)) !== 200) return false;
    const listeners = await (await fetch(`${admin}/listeners`)).text();
    return listeners.includes(`127.0.0.1:${http}`) && (await accepts(http));
  });
  return envoy;
}

async function accepts(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => {
      resolve(false);
    });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

/** As much of what pilot-agent would write (tools/packaging/common/envoy_bootstrap.json) as a router needs. */
function bootstrap(ports: Ports, { name, admin, namespace = ROOT_NAMESPACE, http }: EnvoyNames): unknown {
  const grpc = { envoy_grpc: { cluster_name: 'xds-grpc' } };
  // Incremental, as pilot-agent asks by default (ISTIO_DELTA_XDS).
  const source = { ads: {}, initial_fetch_timeout: '0s', resource_api_version: 'V3' };
  const metadata = { NAMESPACE: namespace, ISTIO_VERSION: '1.32.0' };
  return {
    node: {
      // istiod reads the type, address and namespace of the proxy from this (pilot/pkg/model ParseServiceNodeWithMetadata).
      id: `${http === undefined ? 'router' : 'sidecar'}~127.0.0.1~${name}.${namespace}~${namespace}.svc.cluster.local`,
      cluster: `${http === undefined ? 'gateway' : name}.${namespace}`,
      metadata:
        http === undefined
          ? { ...metadata, LABELS: GATEWAY_LABELS }
          : { ...metadata, LABELS: { app: name }, INTERCEPTION_MODE: 'NONE' },
    },
    // As Istio's own has it, with a layer that the admin interface can change.
    layered_runtime: {
      layers: [
        { name: 'static', static_layer: { 're2.max_program_size.error_level': '32768' } },
        { name: 'admin', admin_layer: {} },
      ],
    },
    admin: { address: { socket_address: { address: '127.0.0.1', port_value: admin } } },
    dynamic_resources: {
      lds_config: source,
      cds_config: source,
      ads_config: {
        api_type: 'DELTA_GRPC',
        transport_api_version: 'V3',
        set_node_on_first_message_only: true,
        grpc_services: [grpc],
      },
    },
    static_resources: {
      clusters: [
        {
          name: 'xds-grpc',
          type: 'STATIC',
          connect_timeout: '1s',
          typed_extension_protocol_options: {
            'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
              '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
              explicit_http_config: { http2_protocol_options: {} },
            },
          },
          load_assignment: {
            cluster_name: 'xds-grpc',
            endpoints: [
              {
                lb_endpoints: [
                  {
                    endpoint: {
                      address: { socket_address: { address: '127.0.0.1', port_value: ports.of.istiodGrpc } },
                    },
                  },
                ],
              },
            ],
          },
        },
      ],
    },
  };
}
