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
      selector: { istio: 'ingressgateway' },
      servers: [
        server('http', 'HTTP', ports.of.http),
        server('tcp', 'TCP', ports.of.tcp),
        server('tls', 'TLS', ports.of.tls),
      ],
    },
  });
}

export async function startEnvoy(dir: string, command: string, ports: Ports): Promise<Running> {
  const config = join(dir, 'envoy.json');
  await writeFile(config, JSON.stringify(bootstrap(ports), null, 2));
  const envoy = start({
    dir,
    name: 'envoy',
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
  // The tcp and tls listeners open only once a VirtualService has a route for them.
  await untilReady(envoy, async () => {
    const ready = await statusOf(`http://127.0.0.1:${ports.of.envoyAdmin}/ready`);
    return ready === 200 && (await accepts(ports.of.http));
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
function bootstrap(ports: Ports): unknown {
  const grpc = { envoy_grpc: { cluster_name: 'xds-grpc' } };
  // Incremental, as pilot-agent asks by default (ISTIO_DELTA_XDS).
  const source = { ads: {}, initial_fetch_timeout: '0s', resource_api_version: 'V3' };
  return {
    node: {
      // istiod reads the type, address and namespace of the proxy from this (pilot/pkg/model ParseServiceNodeWithMetadata).
      id: `router~127.0.0.1~gateway.${ROOT_NAMESPACE}~${ROOT_NAMESPACE}.svc.cluster.local`,
      cluster: `gateway.${ROOT_NAMESPACE}`,
      metadata: { NAMESPACE: ROOT_NAMESPACE, LABELS: { istio: 'ingressgateway' }, ISTIO_VERSION: '1.32.0' },
    },
    admin: { address: { socket_address: { address: '127.0.0.1', port_value: ports.of.envoyAdmin } } },
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
