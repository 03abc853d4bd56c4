/**
 * What istiod has for a proxy: a client asks for it as an Envoy would and listens to nothing, and istiod's debug
 * interface tells it as JSON. So sidecars can be looked at where no iptables brings them requests.
 */
import { connect } from 'node:http2';
import { isObject, type JsonObject } from '../../../src/base/json.ts';
import type { Address } from './envoy.ts';
import { until } from './processes.ts';

/** The ports of istiod that are plain. */
export interface IstiodAddresses {
  readonly grpc: Address;
  readonly debug: Address;
}

export interface WatchingProxy {
  readonly type: 'sidecar' | 'router';
  /** Unlike that of any other proxy. */
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ProxyConfiguration {
  readonly clusters: readonly JsonObject[];
  readonly listeners: readonly JsonObject[];
  readonly routes: readonly JsonObject[];
}

const TYPES = {
  clusters: 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
  listeners: 'type.googleapis.com/envoy.config.listener.v3.Listener',
  routes: 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration',
} as const;

/** @param isThere whether it is new enough; asked until it is */
export async function configurationOf(
  { grpc, debug }: IstiodAddresses,
  proxy: WatchingProxy,
  isThere: (configuration: ProxyConfiguration) => boolean,
): Promise<ProxyConfiguration> {
  const id = `${proxy.name}.${proxy.namespace}`;
  const session = connect(`http://${grpc.host}:${grpc.port}`);
  const stream = session.request({
    ':method': 'POST',
    ':path': '/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  let broken: Error | undefined;
  for (const part of [session, stream]) part.on('error', (error: Error) => (broken = error));
  stream.resume();
  const ask = (type: string, names: readonly string[] = []): void => {
    stream.write(framed(discoveryRequest(proxy, type, names)));
  };
  const told = async (type: keyof typeof TYPES): Promise<readonly JsonObject[]> => {
    if (broken !== undefined) throw broken;
    const url = `http://${debug.host}:${debug.port}/debug/config_dump?proxyID=${id}&types=${TYPES[type]}`;
    const dump: unknown = await (await fetch(url)).json();
    const found = isObject(dump) && Array.isArray(dump['configs']) ? dump['configs'] : [];
    return found.filter(isObject);
  };
  let configuration: ProxyConfiguration = { clusters: [], listeners: [], routes: [] };
  try {
    ask(TYPES.clusters);
    ask(TYPES.listeners);
    await until(`istiod has everything for ${id}`, async () => {
      const [clusters, listeners] = await Promise.all([told('clusters'), told('listeners')]);
      const names = [...new Set(routeNames(listeners))];
      if (names.length > 0) ask(TYPES.routes, names);
      const routes = await told('routes');
      configuration = { clusters, listeners, routes };
      return routes.length === names.length && isThere(configuration);
    });
    return configuration;
  } finally {
    session.destroy();
  }
}

/** Of the routes that listeners name: `80`, `api.shop.svc.cluster.local:80`. */
export function routeNames(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(routeNames);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'routeConfigName' && typeof inner === 'string' ? [inner] : routeNames(inner),
  );
}

/** A DiscoveryRequest: `node` is field 2, `resource_names` 3 and `type_url` 4. */
function discoveryRequest(
  { type, name, namespace, labels }: WatchingProxy,
  typeUrl: string,
  names: readonly string[],
): Buffer {
  const metadata = struct({
    NAMESPACE: text(3, namespace),
    ISTIO_VERSION: text(3, '1.32.0'),
    LABELS: message(
      5,
      struct(Object.fromEntries(Object.entries(labels).map(([key, of]) => [key, text(3, of)]))),
    ),
  });
  const node = Buffer.concat([
    text(1, `${type}~127.0.0.1~${name}.${namespace}~${namespace}.svc.cluster.local`),
    text(2, `${name}.${namespace}`),
    message(3, metadata),
  ]);
  return Buffer.concat([message(2, node), ...names.map((one) => text(3, one)), text(4, typeUrl)]);
}

/** A google.protobuf.Struct of values that are written already. */
function struct(fields: Readonly<Record<string, Buffer>>): Buffer {
  return Buffer.concat(
    Object.entries(fields).map(([key, value]) =>
      message(1, Buffer.concat([text(1, key), message(2, value)])),
    ),
  );
}

function text(field: number, value: string): Buffer {
  return message(field, Buffer.from(value));
}

function message(field: number, value: Buffer): Buffer {
  return Buffer.concat([varint((field << 3) | 2), varint(value.length), value]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  return Buffer.from([...bytes, rest]);
}

/** As gRPC frames a message: not compressed, and its length. */
function framed(body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}
