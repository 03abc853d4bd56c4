/**
 * Sidecar resources: what the proxies of a namespace know of the mesh. One whose egress hosts leave out a VirtualService
 * sends the requests of its callers as if there were none.
 *
 * @see https://istio.io/latest/docs/reference/config/networking/sidecar/#IstioEgressListener
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/model/virtualservice.go SelectVirtualServices
 */
import { field, listIn, objectIn, textIn } from '../base/json.ts';
import { ROOT_NAMESPACE } from './consulted-rule.ts';
import { hostsOf, isWithinHost } from './hosts.ts';
import { hasLabels, readLabels } from './labels.ts';
import type { Labels, VirtualService } from './types.ts';

export interface SidecarScope {
  readonly namespace: string;
  readonly name: string;
  /** Labels of the pods that it is for; absent: all of the namespace, and in the root namespace of all others. */
  readonly selector?: Labels;
  /** `namespace/host` of all its listeners, as written; null: it says none, and then everything is known. */
  readonly hosts: readonly string[] | null;
  /** The same listener by listener, where one of them is for a port of its own. */
  readonly listeners?: readonly EgressListener[];
}

/** A listener for a port is in place of the one for all others there. */
interface EgressListener {
  /** Absent: all ports that no other listener is for. */
  readonly port?: number;
  readonly hosts: readonly string[];
}

/** A Sidecar as far as it is read, from an object that nobody has checked. */
export function sidecarScope(object: unknown): SidecarScope {
  const [metadata, spec] = [field(object, 'metadata'), field(object, 'spec')];
  const egress = field(spec, 'egress');
  const selector = field(spec, 'workloadSelector');
  const listeners = listIn(egress).map(egressListener);
  return {
    namespace: textIn(field(metadata, 'namespace')),
    name: textIn(field(metadata, 'name')),
    ...(selector !== undefined && { selector: readLabels(field(selector, 'labels')) }),
    hosts: Array.isArray(egress) ? listeners.flatMap(({ hosts }) => hosts) : null,
    ...(listeners.some(({ port }) => port !== undefined) && { listeners }),
  };
}

function egressListener(listener: unknown): EgressListener {
  const { number, protocol } = objectIn(field(listener, 'port'));
  const hosts = listIn(field(listener, 'hosts')).map(textIn);
  // A proxy for whatever its callers ask of it is for no port of the services.
  const isForPort =
    typeof number === 'number' && number !== 0 && textIn(protocol).toUpperCase() !== 'HTTP_PROXY';
  return { ...(isForPort && { port: number }), hosts };
}

/** What a proxy asks of its Sidecar. */
export interface SidecarQuestion {
  /** Namespace of the caller; absent: that of the Sidecar. */
  readonly caller?: string;
  /** That a request is for; absent: any. */
  readonly port?: number;
}

/** Do the proxies that a Sidecar is for know a VirtualService? Any host of it is enough. */
export function importsVirtualService(
  sidecar: SidecarScope,
  virtualService: VirtualService,
  question: SidecarQuestion = {},
): boolean {
  const { namespace } = virtualService.metadata;
  return hostsOf(virtualService).some((host) => imports(sidecar, host, namespace, isAlike, question));
}

/** Do they know a host of a service? */
export function importsHost(
  sidecar: SidecarScope,
  host: string,
  namespace: string,
  question: SidecarQuestion,
): boolean {
  return imports(sidecar, host, namespace, isWithinHost, question);
}

function imports(
  sidecar: SidecarScope,
  host: string,
  namespace: string,
  meets: (host: string, egress: string) => boolean,
  { caller = sidecar.namespace, port }: SidecarQuestion,
): boolean {
  const hosts = hostsFor(sidecar, port);
  if (hosts === null) return true;
  const entries = hosts
    .map((one) => entryOf(one, caller))
    .filter((one) => one.namespace === '*' || one.namespace === namespace);
  return (
    entries.some((entry) => !entry.isExcluded && meets(host, entry.host)) &&
    !entries.some((entry) => entry.isExcluded && isWithinHost(host, entry.host))
  );
}

/** @see https://github.com/istio/istio/blob/master/pilot/pkg/model/sidecar.go GetEgressListenerForRDS */
function hostsFor({ hosts, listeners }: SidecarScope, port: number | undefined): readonly string[] | null {
  if (listeners === undefined || port === undefined) return hosts;
  const own = listeners.filter((one) => one.port === port);
  const counting = own.length > 0 ? own : listeners.filter((one) => one.port === undefined);
  return counting.flatMap((one) => one.hosts);
}

interface EgressEntry {
  readonly namespace: string;
  readonly host: string;
  /** `~shop/api`: not this. */
  readonly isExcluded: boolean;
}

function entryOf(written: string, caller: string): EgressEntry {
  const slash = written.indexOf('/');
  const [place, host] = [written.slice(0, slash), written.slice(slash + 1).toLowerCase()];
  // `~/*` is no namespace at all: nothing is imported by it, as nothing is left out.
  const isExcluded = place.length > 1 && place.startsWith('~');
  const named = isExcluded ? place.slice(1) : place;
  return { namespace: named === '.' ? caller : named, host, isExcluded };
}

function isAlike(a: string, b: string): boolean {
  return isWithinHost(a, b) || isWithinHost(b, a);
}

/**
 * The Sidecars that may be the one of a caller: it has one alone. Those for its labels come before the namespace's, and
 * the root namespace's is for namespaces without any.
 *
 * @param labels of the caller's pod, as far as they are known
 * @returns `isCertain`: it is the only one; else it may be another of them, or none at all
 */
export function possibleSidecars(
  all: readonly SidecarScope[],
  caller: string,
  labels: Labels,
): { readonly sidecars: readonly SidecarScope[]; readonly isCertain: boolean } {
  const own = all.filter(({ namespace }) => namespace === caller);
  const certain = own.find(({ selector }) => selector !== undefined && hasLabels(labels, selector));
  if (certain !== undefined) return { sidecars: [certain], isCertain: true };
  // Whoever named no label may have any.
  const maybe = Object.keys(labels).length > 0 ? [] : own.filter(({ selector }) => selector !== undefined);
  const whole = own.find(({ selector }) => selector === undefined) ?? rootSidecar(all);
  return { sidecars: whole === undefined ? maybe : [...maybe, whole], isCertain: maybe.length === 0 };
}

export function rootSidecar(sidecars: readonly SidecarScope[]): SidecarScope | undefined {
  return sidecars.find(({ namespace, selector }) => namespace === ROOT_NAMESPACE && selector === undefined);
}
