/** The VirtualServices in sight as istiod makes routes of them, in its order. */
import { isObject } from '../../base/json.ts';
import { compareTexts } from '../../base/text.ts';
import { gatewaysOf } from '../gateways.ts';
import { hostsOf } from '../hosts.ts';
import type { VirtualService } from '../types.ts';
import { effectiveRoutes, type EffectiveRoute } from './delegates.ts';
import type { Seen } from './seen.ts';
import { exportsOf } from './visible.ts';
import { fullName } from '../../base/title.ts';

/** A VirtualService as one that istiod makes routes of; one without hosts is for no request. */
export interface Root {
  readonly virtualService: VirtualService;
  /** Resolved, in lower case. */
  readonly hosts: readonly string[];
  /** `mesh` or `namespace/name`. */
  readonly gateways: ReadonlySet<string>;
  readonly routes: () => readonly EffectiveRoute[];
}

const knownRoots = new WeakMap<readonly VirtualService[], WeakMap<Seen, readonly Root[]>>();

/** An object of whose metadata only name, namespace and time of creation count. */
type Aged = Pick<VirtualService, 'metadata'>;

/** From the oldest to the newest, then by name and namespace: `sortMergedVirtualServicesByCreationTime`. */
export function rootsOf(virtualServices: readonly VirtualService[], seen: Seen): readonly Root[] {
  const known = knownRoots.get(virtualServices) ?? new WeakMap<Seen, readonly Root[]>();
  knownRoots.set(virtualServices, known);
  const roots = known.get(seen) ?? makeRoots(virtualServices, seen);
  known.set(seen, roots);
  return roots;
}

function makeRoots(virtualServices: readonly VirtualService[], seen: Seen): readonly Root[] {
  const byName = new Map(virtualServices.map((one) => [fullName(one.metadata), one]));
  const find = (namespace: string, name: string): VirtualService | 'unseen' | undefined => {
    const key = fullName({ namespace, name });
    const isSeen =
      (seen.namespaces === 'all' || seen.namespaces.includes(namespace)) && !seen.except.includes(key);
    return byName.get(key) ?? (isSeen ? undefined : 'unseen');
  };
  return virtualServices.toSorted(byAge).map((virtualService): Root => {
    let routes: readonly EffectiveRoute[] | undefined;
    return {
      virtualService,
      hosts: hostsOf(virtualService),
      gateways: new Set(gatewaysOf(virtualService)),
      routes: () => (routes ??= effectiveRoutes(virtualService, find)),
    };
  });
}

/** Istiod's order of what it makes one list of: the older before the younger, else by their names. */
export function byAge(a: Aged, b: Aged): number {
  return (
    creationTime(a) - creationTime(b) ||
    compareTexts(a.metadata.name, b.metadata.name) ||
    compareTexts(a.metadata.namespace, b.metadata.namespace)
  );
}

/** Manifests have no time of creation: then names alone decide. */
function creationTime({ metadata }: Aged): number {
  const text = isObject(metadata) ? metadata['creationTimestamp'] : undefined;
  const time = typeof text === 'string' ? Date.parse(text) : NaN;
  return Number.isNaN(time) ? 0 : time;
}

/** What is exported to the proxy's namespace by name comes first, its own before that of others, then the public. */
export function exportRank(virtualService: VirtualService, proxyNamespace: string | undefined): number {
  if (exportsOf(virtualService).has('*')) return 2;
  return virtualService.metadata.namespace === proxyNamespace ? 0 : 1;
}
