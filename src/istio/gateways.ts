/** Names of Istio's Gateways: the one place that reads them. */
import { isObject } from '../base/json.ts';
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

/** A server of a Gateway that serves HTTP, with or without TLS. */
export interface GatewayServer {
  readonly scheme: 'http' | 'https';
  readonly port: number;
  /** The one address that it listens on; absent: all. */
  readonly bind?: string;
  /** As written: `api.example.com`, `*.example.com`, `*`, with or without a namespace in front (`shop/*`). */
  readonly hosts: readonly string[];
  /** It answers every plain request with a redirect to https. */
  readonly redirects: boolean;
  readonly needsClientCertificate: boolean;
  /** Of the Gateway: labels of the pods that serve it. */
  readonly selector: Labels;
}

/**
 * The servers of a Gateway's spec that HTTP routes count for: TLS that is passed through has none.
 *
 * @see https://istio.io/latest/docs/reference/config/networking/gateway/#Server
 * @see https://istio.io/latest/docs/reference/config/networking/gateway/#ServerTLSSettings-TLSmode
 */
export function serversOf(spec: unknown): readonly GatewayServer[] {
  const { servers: listed, selector } = isObject(spec) ? spec : {};
  const servers = Array.isArray(listed) ? listed : [];
  return servers.filter(isObject).flatMap((server): readonly GatewayServer[] => {
    const port = isObject(server['port']) ? server['port'] : {};
    const tls = isObject(server['tls']) ? server['tls'] : {};
    const scheme = schemeOf(port['protocol'], tls['mode']);
    const { number } = port;
    if (scheme === undefined || typeof number !== 'number') return [];
    const hosts = Array.isArray(server['hosts']) ? server['hosts'] : [];
    return [
      {
        scheme,
        port: number,
        ...(typeof server['bind'] === 'string' && server['bind'] !== '' && { bind: server['bind'] }),
        hosts: hosts.filter((host) => typeof host === 'string'),
        redirects: tls['httpsRedirect'] === true,
        needsClientCertificate: tls['mode'] === 'MUTUAL' || tls['mode'] === 'ISTIO_MUTUAL',
        selector: readLabels(selector),
      },
    ];
  });
}

function schemeOf(protocol: unknown, mode: unknown): GatewayServer['scheme'] | undefined {
  const name = typeof protocol === 'string' ? protocol.toUpperCase() : '';
  if (name === 'HTTP' || name === 'HTTP2') return 'http';
  // HTTPS that is passed through is never decrypted, so no HTTP route is looked at.
  return name === 'HTTPS' && mode !== 'PASSTHROUGH' && mode !== 'AUTO_PASSTHROUGH' ? 'https' : undefined;
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
): GatewayServer | undefined {
  const host = authority.replace(/:\d+$/, '').toLowerCase();
  const serving = servers.filter(
    (server) =>
      !server.redirects &&
      (port === undefined || server.port === port) &&
      server.hosts.some((one) => serverMatches(one, host)),
  );
  return serving.find(({ scheme }) => scheme === 'https') ?? serving[0];
}

/** The scheme of requests that get to routes for a host: http, unless only servers with TLS don't redirect it. */
export function schemeFor(servers: readonly GatewayServer[], authority: string): GatewayServer['scheme'] {
  const plain = servers.filter(({ scheme }) => scheme === 'http');
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
