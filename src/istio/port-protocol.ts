/**
 * What Istio takes the traffic of a Service's port for. Sidecars have http routes for HTTP alone: at a port that is
 * called `tcp-api` they pass bytes on, whatever a VirtualService says about headers and shares.
 *
 * @see https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/
 */
import type { PortProtocol, RouteKind } from './types.ts';

/** A port as a Service has it. */
export interface NamedPort {
  readonly number: number;
  readonly name?: string;
  /** `UDP` and `TCP`, of the Service. */
  readonly transport?: string;
  readonly appProtocol?: string;
}

/** Ports whose clients wait for the server to speak first, so that Istio does not wait for theirs. */
const NEVER_DETECTED: ReadonlySet<number> = new Set([25, 53, 3306, 27017]);

const KUBERNETES_NAMES: Readonly<Record<string, PortProtocol>> = {
  'kubernetes.io/h2c': 'http',
  'kubernetes.io/ws': 'http',
  'kubernetes.io/wss': 'tls',
};

const PROTOCOLS: Readonly<Record<string, PortProtocol>> = {
  http: 'http',
  http2: 'http',
  http_proxy: 'http',
  grpc: 'http',
  https: 'tls',
  tls: 'tls',
  tcp: 'tcp',
  mongo: 'tcp',
  redis: 'tcp',
  mysql: 'tcp',
  udp: 'udp',
};

/**
 * By `appProtocol`, else by what the name begins with.
 *
 * @returns undefined: Istio looks at the first bytes of each connection
 * @see https://github.com/istio/istio/blob/master/pkg/config/kube/conversion.go ConvertProtocol
 */
export function protocolOfPort({
  number,
  name = '',
  transport,
  appProtocol,
}: NamedPort): PortProtocol | undefined {
  if (transport === 'UDP') return 'udp';
  const special = appProtocol === undefined ? undefined : KUBERNETES_NAMES[appProtocol];
  if (special !== undefined) return special;
  return namedProtocol(appProtocol ?? name) ?? (NEVER_DETECTED.has(number) ? 'tcp' : undefined);
}

/** What `http-api`, `HTTP` or `grpc-web` says; undefined where it is none that Istio knows. */
export function namedProtocol(text: string): PortProtocol | undefined {
  const prefix = text.toLowerCase().split('-')[0] ?? '';
  return Object.hasOwn(PROTOCOLS, prefix) ? PROTOCOLS[prefix] : undefined;
}

/**
 * Do sidecars look at routes of this kind for a port? Where the protocol is detected, at `http` and `tcp`.
 *
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/tls.go buildSidecarOutboundTLSFilterChainOpts
 */
export function isHeard(kind: RouteKind, protocol: PortProtocol | undefined): boolean {
  return protocol === undefined ? kind !== 'tls' : protocol === kind;
}
