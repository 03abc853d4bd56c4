/**
 * What sidecars do with a service whatever the routes for it say: at ports that are not HTTP to Istio they look at no
 * http route, and requests to a headless service go to the pod that the caller chose. Gateways do neither.
 */
import { isList, isObject, type Json, type JsonObject } from '../../base/json.ts';
import { isHeard } from '../port-protocol.ts';
import { policyOfRules, subsetOfRules } from '../merge-rules.ts';
import { hostsOf } from '../hosts.ts';
import type {
  DestinationRule,
  Match,
  PortProtocol,
  Route,
  RouteKind,
  ServiceView,
  VirtualService,
} from '../types.ts';
import { titleOf } from '../../base/title.ts';
import { servicesAt, type Sight } from './endpoints.ts';

/** Why sidecars do otherwise, as a clause, and what to do about it. */
export interface Unheeded {
  readonly why: string;
  readonly advice: string;
}

/** `all`: no request of the mesh; `some`: those to some hosts, or those to others are not known. */
export interface Unheard extends Unheeded {
  readonly extent: 'all' | 'some';
}

/**
 * Why sidecars don't look at a route of a VirtualService at the ports of the services that it is for; undefined: they
 * do, as far as the services in sight say.
 *
 * @param kind of the list that the route is in
 */
export function unheardInMesh(
  kind: RouteKind,
  { match = [] }: Pick<Route, 'match'>,
  virtualService: VirtualService,
  sight: Sight,
): Unheard | undefined {
  const asked = portsOf(match);
  const found = hostsOf(virtualService).map((host) => unheardAt(kind, host, asked, sight));
  const unheard = found.filter((one) => one !== undefined && one !== 'unknown');
  const [first] = unheard;
  if (first === undefined || found.includes(undefined)) return undefined;
  return { ...first, extent: unheard.length === found.length ? 'all' : 'some' };
}

/** Why sidecars don't look at http routes for a host at a port; undefined: they do, or it is not known. */
export function notHttp(host: string, port: number | undefined, sight: Sight): Unheeded | undefined {
  const found = unheardAt('http', host, port === undefined ? [] : [port], sight);
  return found === 'unknown' ? undefined : found;
}

/** The ports that a match is for; empty: any. */
function portsOf(match: readonly Match[]): readonly number[] {
  const ports = match.map(({ port }) => port ?? 0);
  return ports.includes(0) ? [] : ports;
}

function unheardAt(
  kind: RouteKind,
  host: string,
  asked: readonly number[],
  sight: Sight,
): Unheeded | 'unknown' | undefined {
  const services = servicesAt(host, sight).filter(({ hosts }) => hosts.includes(host));
  const ports = services.flatMap((service) =>
    service.ports
      .filter((port) => asked.length === 0 || asked.includes(port))
      .map((port) => ({ service, port, protocol: service.protocols?.get(port) })),
  );
  const [first] = ports;
  if (first === undefined) return 'unknown';
  if (ports.some(({ protocol }) => isHeard(kind, protocol))) return undefined;
  return unheardWords(kind, first);
}

function unheardWords(
  kind: RouteKind,
  { service, port, protocol }: { service: ServiceView; port: number; protocol: PortProtocol | undefined },
): Unheeded {
  const is =
    protocol === undefined ? 'of no declared protocol' : protocol === 'tls' ? 'https or tls' : protocol;
  return {
    why: `port ${port} of ${service.kind} ${service.namespace}/${service.name} is ${is} by its name or appProtocol, so sidecars look at no ${kind} route for it`,
    advice: `Name the port of the ${service.kind} for what it is (\`${EXAMPLES[kind]}\`), or set its appProtocol.`,
  };
}

const EXAMPLES: Readonly<Record<RouteKind, string>> = { http: 'http-api', tls: 'tls-api', tcp: 'tcp-api' };

/**
 * Why a sidecar sends requests for a subset to any pod of the service.
 *
 * @param rules those that the sidecar uses for the host
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/cluster.go convertResolution
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/cluster_builder.go buildSubsetCluster
 */
export function passedThrough(
  {
    host,
    subset,
    port,
  }: { readonly host: string; readonly subset: string; readonly port?: number | undefined },
  rules: readonly DestinationRule[],
  sight: Sight,
): Unheeded | undefined {
  const services = servicesAt(host, sight);
  const [first] = services;
  if (first !== undefined && services.every(({ isHeadless }) => isHeadless === true)) {
    return {
      why: `Service ${first.namespace}/${first.name} is headless (clusterIP: None), so a sidecar sends each request to the pod whose address the caller has looked up, whatever subset the route names`,
      advice: 'Let its callers use a Service with a cluster IP, or a gateway.',
    };
  }
  const found = subsetOfRules(rules, subset);
  const own = found?.subset['trafficPolicy'];
  const whole = policyOfRules(rules);
  const [rule] = rules;
  if (
    rule === undefined ||
    (balancerOf(own, port) !== 'PASSTHROUGH' &&
      (hasBalancer(own, port) || balancerOf(whole, port) !== 'PASSTHROUGH'))
  )
    return undefined;
  return {
    why: `${titleOf(found?.rule ?? rule)} sets the load balancer PASSTHROUGH, so a sidecar sends each request to the address that the caller has chosen, whatever subset the route names`,
    advice: 'Choose another load balancer there, for example LEAST_REQUEST.',
  };
}

function hasBalancer(policy: Json | undefined, port: number | undefined): boolean {
  return settingsAt(policy, port).some((one) => one['loadBalancer'] !== undefined);
}

function balancerOf(policy: Json | undefined, port: number | undefined): unknown {
  const set = settingsAt(policy, port).find((one) => one['loadBalancer'] !== undefined)?.['loadBalancer'];
  return isObject(set) ? set['simple'] : undefined;
}

/** Of the port first. */
function settingsAt(policy: Json | undefined, port: number | undefined): readonly JsonObject[] {
  if (!isObject(policy)) return [];
  const levels = policy['portLevelSettings'];
  const ofPort = isList(levels)
    ? levels.filter(isObject).filter((one) => isObject(one['port']) && one['port']['number'] === port)
    : [];
  return [...ofPort, policy];
}
