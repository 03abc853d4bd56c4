/** Which proxies a run may ask, and for which it has to wait instead. */
import { toTrafficError } from '../../base/errors.ts';
import { entrancesOf, type Wanted } from '../../confirm/wanted.ts';
import type { Labels } from '../../istio/types.ts';
import type { GatewayPlace, GatewayPlaces } from '../../ports/gateways.ts';
import type { MissingRight, Proxies } from '../../ports/proxies.ts';
import type { Store } from '../../ports/store.ts';

/** Where istiod is, unless somebody installed it elsewhere. */
export const ISTIOD_NAMESPACE = 'istio-system';

/** The label is that of Istio's own chart. */
export const ISTIOD_LABELS: Labels = { app: 'istiod' };

/** Of the proxies that a change concerns, who may be asked. */
export interface Ways {
  readonly proxies: Proxies;
  /** Gateways whose pods may be asked, with the namespaces in which they may. */
  readonly gateways: readonly GatewayPlace[];
  /** Pods in the mesh send requests by the routes, and istiod may be asked about their proxies. */
  readonly isMeshAsked: boolean;
  /** istiod may be asked, so that it is known what proxies refuse. */
  readonly isIstiodAsked: boolean;
  /** Why some of the proxies can't be asked, as parts of a sentence. */
  readonly waits: readonly string[];
  /** The rights that would change that. */
  readonly missing: readonly MissingRight[];
}

/**
 * Looks up where the proxies are, and whether there are rights to reach them. What can't be found out is a reason to
 * wait, and no error.
 *
 * @returns undefined where there are no proxies: manifests
 * @throws TrafficError cancelled, unauthorized
 */
export async function findWays(store: Store, wanted: Pick<Wanted, 'roots'>): Promise<Ways | undefined> {
  const { proxies, gateways } = store;
  if (proxies === undefined || gateways === undefined) return undefined;
  const entrances = entrancesOf(wanted);
  const names = entrances.filter((name) => name !== 'mesh');
  try {
    const [places, ofIstiod] = await Promise.all([
      names.length === 0 ? { found: [], missing: [] } : gateways(names),
      proxies.rights([ISTIOD_NAMESPACE]),
    ]);
    const others = new Set(places.found.flatMap(({ namespaces }) => namespaces));
    others.delete(ISTIOD_NAMESPACE);
    const missing = [...ofIstiod, ...(others.size === 0 ? [] : await proxies.rights([...others]))];
    const parts = [
      ...names.map((name) => wayToAskGateway(name, places, missing)),
      ...(entrances.includes('mesh') ? [wayToAskMesh(missing)] : []),
    ];
    return {
      proxies,
      gateways: parts.flatMap((part) => (part.kind === 'gateway' ? [part.place] : [])),
      isMeshAsked: parts.some(({ kind }) => kind === 'mesh'),
      isIstiodAsked: missing.every(({ namespace }) => namespace !== ISTIOD_NAMESPACE),
      waits: parts.flatMap((part) => (part.kind === 'wait' ? [part.why] : [])),
      missing: parts.flatMap((part) => (part.kind === 'wait' ? part.missing : [])),
    };
  } catch (thrown) {
    const error = toTrafficError(thrown);
    if (error.reason === 'cancelled' || error.reason === 'unauthorized') throw error;
    return {
      proxies,
      gateways: [],
      isMeshAsked: false,
      isIstiodAsked: false,
      waits: [`where they are could not be found out (${error.message.replace(/\.$/, '')})`],
      missing: [],
    };
  }
}

type WayToAsk =
  | { readonly kind: 'gateway'; readonly place: GatewayPlace }
  | { readonly kind: 'mesh' }
  | { readonly kind: 'wait'; readonly why: string; readonly missing: readonly MissingRight[] };

function wayToAskGateway(name: string, places: GatewayPlaces, missing: readonly MissingRight[]): WayToAsk {
  const place = places.found.find((one) => one.name === name);
  if (place === undefined) {
    const unread = places.missing.filter(({ namespace }) => name.startsWith(`${namespace}/`));
    return unread.length > 0
      ? { kind: 'wait', why: `you may not ${rightsText(unread)}`, missing: unread }
      : { kind: 'wait', why: `there is no Gateway ${name}`, missing: [] };
  }
  const { selector, namespaces, areAll } = place;
  if (Object.keys(selector).length === 0)
    return {
      kind: 'wait',
      why: `Gateway ${name} has no selector that its pods could be found by`,
      missing: [],
    };
  if (namespaces.length === 0)
    return { kind: 'wait', why: `no pod of Gateway ${name} is in sight`, missing: [] };
  const lacking = missing.filter(({ namespace }) => namespaces.includes(namespace));
  const usable = namespaces.filter((one) => lacking.every(({ namespace }) => namespace !== one));
  return usable.length === 0 || (areAll && lacking.length > 0)
    ? { kind: 'wait', why: `you may not ${rightsText(lacking)}`, missing: lacking }
    : { kind: 'gateway', place: { ...place, namespaces: usable } };
}

/** @example 'no ready pod of Gateway shop/edge is in sight' */
export function noneReady(whose: string): string {
  return `no ready pod of ${whose} is in sight`;
}

function wayToAskMesh(missing: readonly MissingRight[]): WayToAsk {
  const lacking = missing.filter(({ namespace }) => namespace === ISTIOD_NAMESPACE);
  if (lacking.length === 0) return { kind: 'mesh' };
  return {
    kind: 'wait',
    why: `you may not ${rightsText(lacking)}, where istiod could be asked about the proxies of the mesh`,
    missing: lacking,
  };
}

/** @example 'get pods/portforward and create pods/portforward in namespace istio-system' */
export function rightsText(rights: readonly MissingRight[]): string {
  return [...Map.groupBy(rights, ({ namespace }) => namespace)]
    .map(([namespace, some]) => {
      const words = some.map(({ verb, resource }) => `${verb} ${resource}`);
      return `${[...new Set(words)].join(' and ')} in namespace ${namespace}`;
    })
    .join('; ');
}
