/**
 * What proxies do with a service whatever the routes for it say. At ports that are not HTTP to Istio, sidecars look at
 * no http route; requests to a headless service go to the pod that the caller chose. Gateways do neither, and have
 * nowhere to send to where the load balancer leaves the choice to the caller.
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

/** Why proxies do otherwise, as a clause, and what to do about it. */
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
  const found = hostsOf(virtualService).map((host) => {
    const unheard = unheardAt(kind, host, asked, sight);
    return unheard === 'unknown' ? (missingPorts(servicesOfHost(host, sight), asked) ?? unheard) : unheard;
  });
  const unheard = found.filter((one) => one !== undefined && one !== 'unknown');
  const [first] = unheard;
  if (first === undefined || found.includes(undefined)) return undefined;
  return { ...first, extent: unheard.length === found.length ? 'all' : 'some' };
}

/** The ports of services by which requests come to a route in the mesh; empty: none, or the services are not in sight. */
export function portsInMesh(
  kind: RouteKind,
  { match = [] }: Pick<Route, 'match'>,
  virtualService: VirtualService,
  sight: Sight,
): readonly number[] {
  const asked = portsOf(match);
  const ports = hostsOf(virtualService)
    .flatMap((host) => portsAt(host, asked, sight))
    .filter(({ protocol }) => isHeard(kind, protocol));
  return [...new Set(ports.map(({ port }) => port))];
}

/** Why sidecars don't look at http routes for a host at a port; undefined: they do, or it is not known. */
export function notHttp(host: string, port: number | undefined, sight: Sight): Unheeded | undefined {
  const found = unheardAt('http', host, port === undefined ? [] : [port], sight);
  return found === 'unknown' ? undefined : found;
}

/** Asked once for each kind of request that a route gets, of which there are as many as blocks. */
const PORTS = new WeakMap<readonly Match[], readonly number[]>();

/** The ports that a match is for, each once; empty: any. */
function portsOf(match: readonly Match[]): readonly number[] {
  const known = PORTS.get(match);
  if (known !== undefined) return known;
  const ports = new Set(match.map(({ port }) => port ?? 0));
  const found = ports.has(0) ? [] : [...ports];
  PORTS.set(match, found);
  return found;
}

function unheardAt(
  kind: RouteKind,
  host: string,
  asked: readonly number[],
  sight: Sight,
): Unheeded | 'unknown' | undefined {
  const ports = portsAt(host, asked, sight);
  const [first] = ports;
  if (first === undefined) return 'unknown';
  if (ports.some(({ protocol }) => isHeard(kind, protocol))) return undefined;
  return unheardWords(kind, first);
}

interface ServicePort {
  readonly service: ServiceView;
  readonly port: number;
  readonly protocol: PortProtocol | undefined;
}

/** @param asked empty: any */
function portsAt(host: string, asked: readonly number[], sight: Sight): readonly ServicePort[] {
  return servicesOfHost(host, sight).flatMap((service) =>
    service.ports
      .filter((port) => asked.length === 0 || asked.includes(port))
      .map((port) => ({ service, port, protocol: service.protocols?.get(port) })),
  );
}

/** Those that proxies know by this very name. */
function servicesOfHost(host: string, sight: Sight): readonly ServiceView[] {
  return servicesAt(host, sight).filter(({ hosts }) => hosts.includes(host));
}

/**
 * A route is for ports of the service, and not for those of its pods. Port 80 is another matter: there, sidecars look at
 * http routes of hosts that no service has.
 *
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/httproute.go BuildSidecarOutboundVirtualHosts
 */
function missingPorts(services: readonly ServiceView[], asked: readonly number[]): Unheeded | undefined {
  const [service] = services;
  const ports = [...new Set(services.flatMap((one) => one.ports))];
  if (service === undefined || ports.length === 0 || asked.length === 0 || asked.includes(80))
    return undefined;
  return {
    why: `${service.kind} ${service.namespace}/${service.name} has no port ${asked.join(' or ')} (it has ${ports.join(', ')}), so sidecars have no route there`,
    advice: `Correct the port in the match of the route: it is one of the ${service.kind}, not of its pods.`,
  };
}

function unheardWords(kind: RouteKind, { service, port, protocol }: ServicePort): Unheeded {
  const is =
    protocol === undefined ? 'of no declared protocol' : protocol === 'tls' ? 'https or tls' : protocol;
  return {
    why: `port ${port} of ${service.kind} ${service.namespace}/${service.name} is ${is} by its name or appProtocol, so sidecars look at no ${kind} route for it`,
    advice: `Name the port of the ${service.kind} for what it is (\`${EXAMPLES[kind]}\`), or set its appProtocol.`,
  };
}

const EXAMPLES: Readonly<Record<RouteKind, string>> = { http: 'http-api', tls: 'tls-api', tcp: 'tcp-api' };

/**
 * Why a proxy doesn't choose among the pods of a subset: a sidecar sends to any pod of the service, and a gateway to none.
 *
 * @param rules those that the proxy uses for the host
 * @param listener the port that the request came to: it counts where neither destination nor service decides
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
  { isSidecar, listener }: { readonly isSidecar: boolean; readonly listener?: number | undefined },
): Unheeded | undefined {
  const services = servicesAt(host, sight);
  const [first] = services;
  const whatever = subset === '' ? 'whatever service the route names' : 'whatever subset the route names';
  if (isSidecar && first !== undefined && services.every(({ isHeadless }) => isHeadless === true))
    return headless(first, whatever);
  const found = subsetOfRules(rules, subset);
  const own = found?.subset['trafficPolicy'];
  const whole = policyOfRules(rules);
  const [rule] = rules;
  if (rule === undefined) return undefined;
  const ports = portsAsked(port, services, listener, [own, whole]);
  if (!ports.every((one) => isPassedThrough(own, whole, one))) return undefined;
  const title = titleOf(found?.rule ?? rule);
  return {
    why: isSidecar
      ? `${title} sets the load balancer PASSTHROUGH, so a sidecar sends each request to the address that the caller has chosen, ${whatever}`
      : `${title} sets the load balancer PASSTHROUGH, which leaves the choice of a pod to the caller, and callers of a gateway have none: it answers with 503`,
    advice: 'Choose another load balancer there, for example LEAST_REQUEST.',
  };
}

function headless({ kind, namespace, name, lacksResolution }: ServiceView, whatever: string): Unheeded {
  const sends = `a sidecar sends each request to the pod whose address the caller has looked up, ${whatever}`;
  if (kind === 'Service') {
    return {
      why: `Service ${namespace}/${name} is headless (clusterIP: None), so ${sends}`,
      advice: 'Let its callers use a Service with a cluster IP, or a gateway.',
    };
  }
  const advice = 'Give it the resolution STATIC or DNS.';
  const title = `ServiceEntry ${namespace}/${name}`;
  const resolution =
    lacksResolution === true ? 'no resolution, which Istio reads as NONE' : 'the resolution NONE';
  return { why: `${title} has ${resolution}, so ${sends}`, advice };
}

/**
 * The ports of the service that a destination may mean; where nothing says which, all that the policies tell apart and
 * the rest of them (undefined).
 */
function portsAsked(
  port: number | undefined,
  services: readonly ServiceView[],
  listener: number | undefined,
  policies: readonly (Json | undefined)[],
): readonly (number | undefined)[] {
  if (port !== undefined && port !== 0) return [port];
  const known = [...new Set(services.flatMap(({ ports }) => ports))];
  if (known.length === 1) return known;
  if (listener !== undefined) return [listener];
  if (known.length > 0) return known;
  return [...policies.flatMap(portLevels).map(({ number }) => number), undefined];
}

/** A subset gets the kind of cluster that the service has at the port, so that its own policy can only add to it. */
function isPassedThrough(own: Json | undefined, whole: Json | undefined, port: number | undefined): boolean {
  return isPassthrough(settingsAt(whole, port)) || isPassthrough(own) || isPassthrough(settingsAt(own, port));
}

function isPassthrough(settings: Json | undefined): boolean {
  const balancer = isObject(settings) ? settings['loadBalancer'] : undefined;
  return isObject(balancer) && balancer['simple'] === 'PASSTHROUGH';
}

/** Those of a port stand in place of all others: what they don't say is Istio's default. */
function settingsAt(policy: Json | undefined, port: number | undefined): Json | undefined {
  return portLevels(policy).find(({ number }) => number === port)?.settings ?? policy;
}

function portLevels(
  policy: Json | undefined,
): readonly { readonly number: number; readonly settings: JsonObject }[] {
  const levels = isObject(policy) ? policy['portLevelSettings'] : undefined;
  return (isList(levels) ? levels : []).filter(isObject).flatMap((settings) => {
    const number = isObject(settings['port']) ? settings['port']['number'] : undefined;
    return typeof number === 'number' ? [{ number, settings }] : [];
  });
}
