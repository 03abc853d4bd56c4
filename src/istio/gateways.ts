/** Names of Istio's Gateways: the one place that reads them. */
import { isObject, textIn } from '../base/json.ts';
import { readLabels } from './labels.ts';
import type { Labels, VirtualService } from './types.ts';

/**
 * A gateway as `mesh` or `namespace/name`, whichever of Istio's ways it is written in.
 *
 * @param namespace of the object that names it
 * @example gatewayName('edge', 'shop') // 'shop/edge'; so do './edge', 'edge.shop.svc.cluster.local'
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/model/conversion.go resolveGatewayName
 */
export function gatewayName(gateway: string, namespace: string): string {
  if (gateway === 'mesh') return gateway;
  if (gateway.startsWith('./')) return `${namespace}${gateway.slice(1)}`;
  if (gateway.includes('/')) return gateway;
  const [name = '', where] = gateway.split('.');
  return `${where ?? namespace}/${name}`;
}

/**
 * The gateways by which requests reach a VirtualService: `mesh` where it names none.
 *
 * @see https://istio.io/latest/docs/reference/config/networking/virtual-service/#VirtualService
 */
export function gatewaysOf({ metadata, spec }: VirtualService): readonly string[] {
  return gatewayNames(spec.gateways ?? [], metadata.namespace);
}

/** The same of the field `gateways` alone. */
export function gatewayNames(gateways: readonly string[], namespace: string): readonly string[] {
  return gateways.length === 0 ? ['mesh'] : gateways.map((one) => gatewayName(one, namespace));
}

/** A server of a Gateway: `kind` is the list of routes that counts for it. */
export type GatewayServer = HttpServer | ConnectionServer;

interface AnyServer {
  readonly port: number;
  /** The one address that it listens on; absent: all. */
  readonly bind?: string;
  /** As written: `api.example.com`, `*.example.com`, `*`, with or without a namespace in front (`shop/*`). */
  readonly hosts: readonly string[];
}

/** One that serves HTTP, with or without TLS. */
export interface HttpServer extends AnyServer {
  readonly kind: 'http';
  readonly scheme: 'http' | 'https';
  /** It answers every plain request with a redirect to https. */
  readonly redirects: boolean;
  readonly needsClientCertificate: boolean;
  /** Of the Gateway: labels of the pods that serve it. */
  readonly selector: Labels;
  /** Of the Gateway: when it was created; absent: not known, as in files. */
  readonly created?: string;
}

/** One that looks at no request: `tls` passes TLS through by the name of the server, `tcp` is everything else. */
export interface ConnectionServer extends AnyServer {
  readonly kind: 'tls' | 'tcp';
}

/**
 * The servers of a Gateway's spec that routes count for.
 *
 * @param created when the Gateway was; empty: not known
 * @see https://istio.io/latest/docs/reference/config/networking/gateway/#Server
 * @see https://github.com/istio/istio/blob/master/pkg/config/gateway/gateway.go
 */
export function serversOf(spec: unknown, created = ''): readonly GatewayServer[] {
  const { servers: listed, selector } = isObject(spec) ? spec : {};
  const servers = Array.isArray(listed) ? listed : [];
  return servers.filter(isObject).flatMap((server): readonly GatewayServer[] => {
    const port = isObject(server['port']) ? server['port'] : {};
    const tls = isObject(server['tls']) ? server['tls'] : undefined;
    const { number } = port;
    if (typeof number !== 'number') return [];
    const hosts = Array.isArray(server['hosts']) ? server['hosts'] : [];
    const { bind } = server;
    const place = {
      port: number,
      ...(typeof bind === 'string' && bind !== '' && { bind }),
      hosts: hosts.filter((host) => typeof host === 'string'),
    };
    // One that says no mode passes TLS through, whatever certificates it names.
    const mode = tls === undefined ? undefined : (tls['mode'] ?? 'PASSTHROUGH');
    const protocol = textIn(port['protocol']).toUpperCase();
    const scheme = schemeOf(protocol, mode);
    if (scheme !== undefined) {
      return [
        {
          kind: 'http',
          scheme,
          ...place,
          redirects: tls?.['httpsRedirect'] === true,
          needsClientCertificate: mode === 'MUTUAL' || mode === 'ISTIO_MUTUAL',
          selector: readLabels(selector),
          ...(created !== '' && { created }),
        },
      ];
    }
    // For the gateways of other clusters: no VirtualService counts there.
    if (mode === 'AUTO_PASSTHROUGH' || protocol === '') return [];
    return [{ kind: mode === 'PASSTHROUGH' ? 'tls' : 'tcp', ...place }];
  });
}

const PLAIN_HTTP: ReadonlySet<string> = new Set(['HTTP', 'HTTP2', 'HTTP_PROXY', 'GRPC', 'GRPC-WEB']);

/** Of a server for HTTP. HTTPS that is passed through is never decrypted, so it is none. */
function schemeOf(protocol: string, mode: unknown): HttpServer['scheme'] | undefined {
  if (PLAIN_HTTP.has(protocol)) return 'http';
  return protocol === 'HTTPS' && mode !== 'PASSTHROUGH' && mode !== 'AUTO_PASSTHROUGH' ? 'https' : undefined;
}

/** Those that http routes count for. */
export function httpServers(servers: readonly GatewayServer[] = []): readonly HttpServer[] {
  return servers.filter((server) => server.kind === 'http');
}

/**
 * The server that a client would use for a host: https before http, and none that only redirects.
 *
 * @param port of a server; undefined: any
 */
export function serverFor(
  servers: readonly GatewayServer[],
  authority: string,
  port?: number,
): HttpServer | undefined {
  const host = authority.replace(/:\d+$/, '').toLowerCase();
  const serving = httpServers(servers).filter(
    (server) =>
      !server.redirects &&
      (port === undefined || server.port === port) &&
      server.hosts.some((one) => serverMatches(one, host)),
  );
  return serving.find(({ scheme }) => scheme === 'https') ?? serving[0];
}

/** The scheme of requests that get to routes for a host: http, unless only servers with TLS don't redirect it. */
export function schemeFor(servers: readonly GatewayServer[], authority: string): HttpServer['scheme'] {
  const plain = httpServers(servers).filter(({ scheme }) => scheme === 'http');
  if (serverFor(plain, authority) !== undefined) return 'http';
  return serverFor(servers, authority)?.scheme ?? 'http';
}

/** A host that a server is for, without the namespace in front: `api.example.com`, `*`. */
export function hostOfServer(written: string): string {
  return written.slice(written.indexOf('/') + 1).toLowerCase();
}

function serverMatches(written: string, host: string): boolean {
  const name = hostOfServer(written);
  if (name === '*') return true;
  return name.startsWith('*.') ? host.endsWith(name.slice(1)) : name === host;
}
