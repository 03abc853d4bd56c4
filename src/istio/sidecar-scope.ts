/**
 * Sidecar resources: what the proxies of a namespace know of the mesh. One whose egress hosts leave out a VirtualService
 * sends the requests of its callers as if there were none.
 *
 * @see https://istio.io/latest/docs/reference/config/networking/sidecar/#IstioEgressListener
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/model/virtualservice.go SelectVirtualServices
 */
import { field, listIn, textIn } from '../base/json.ts';
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
}

/** A Sidecar as far as it is read, from an object that nobody has checked. */
export function sidecarScope(object: unknown): SidecarScope {
  const [metadata, spec] = [field(object, 'metadata'), field(object, 'spec')];
  const egress = field(spec, 'egress');
  const selector = field(spec, 'workloadSelector');
  return {
    namespace: textIn(field(metadata, 'namespace')),
    name: textIn(field(metadata, 'name')),
    ...(selector !== undefined && { selector: readLabels(field(selector, 'labels')) }),
    hosts: Array.isArray(egress)
      ? listIn(egress).flatMap((listener) => listIn(field(listener, 'hosts')).map(textIn))
      : null,
  };
}

/** Do the proxies that a Sidecar is for know a VirtualService? Any host of it is enough. */
export function importsVirtualService(
  { namespace, hosts }: SidecarScope,
  virtualService: VirtualService,
  caller = namespace,
): boolean {
  if (hosts === null) return true;
  const entries = hosts.map((one) => entryOf(one, caller));
  const isOfEntry = (host: string, entry: EgressEntry, meets: (a: string, b: string) => boolean): boolean =>
    (entry.namespace === '*' || entry.namespace === virtualService.metadata.namespace) &&
    meets(host, entry.host);
  return hostsOf(virtualService).some(
    (host) =>
      entries.some((entry) => !entry.isExcluded && isOfEntry(host, entry, isAlike)) &&
      !entries.some((entry) => entry.isExcluded && isOfEntry(host, entry, isWithinHost)),
  );
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
