/** What other namespaces have that decides about requests of this one, as far as we may read it. */
import { field, textIn, type JsonObject } from '../../base/json.ts';
import { isListenerName } from '../../istio/gateway-api.ts';
import { gatewayName, serversOf, type GatewayServer } from '../../istio/gateways.ts';
import { readLabels } from '../../istio/labels.ts';
import type { NotUnderstood } from '../../istio/not-understood.ts';
import type { DestinationRule, VirtualService } from '../../istio/types.ts';
import { readBeside, type BesideLists } from './beside.ts';
import type { Attempts } from './calls.ts';
import { namespacesOfPods } from './gateway-places.ts';
import { readPodsInCommon, type SelectingGateway } from './gateway-pods.ts';
import { ISTIO_VERSIONS, KINDS, understoodRouting, type NamespaceObjects } from './lists.ts';
import { allItems } from './pages.ts';

/** The routes and rules of all namespaces but one, and what stands beside them in all. */
export interface OtherNamespaces extends BesideLists {
  readonly virtualServices: readonly VirtualService[];
  readonly destinationRules: readonly DestinationRule[];
  readonly notUnderstood: readonly NotUnderstood[];
  /** Absent: they could not be read. */
  readonly virtualServicesOf?: 'all';
  readonly rulesOf?: 'all';
}

/** Where nothing else is read. */
export const NO_OTHERS: OtherNamespaces = { virtualServices: [], destinationRules: [], notUnderstood: [] };

/** What is read besides: `all`, where a list of the whole cluster was. */
export interface MeshLists extends NamespaceObjects, BesideLists {
  readonly virtualServicesOf?: 'all';
  readonly rulesOf?: 'all';
  /** The namespaces that the pods of a gateway (`namespace/name`) are in. */
  readonly gatewayNamespaces?: ReadonlyMap<string, readonly string[]>;
  /** What a gateway serves. */
  readonly gatewayServers?: Readonly<Record<string, readonly GatewayServer[]>>;
  /** Those that VirtualServices name and that are nowhere. */
  readonly absentGateways?: readonly string[];
  /** For each of those that are named, others that have pods in common with it; absent: pods can't be listed. */
  readonly podsInCommon?: Readonly<Record<string, readonly string[]>>;
}

/** What is found out of gateways. */
export type GatewayLists = Pick<
  MeshLists,
  'gatewayNamespaces' | 'gatewayServers' | 'absentGateways' | 'podsInCommon'
>;

/**
 * What the whole cluster has of VirtualServices and DestinationRules, less the namespace's own, and what stands beside
 * them: all lists at once. One that we may not read, or that doesn't come, is left out: it is no error, because a Role
 * for one namespace is all that a change needs.
 *
 * @throws TrafficError cancelled
 */
export async function readOthers(namespace: string, attempts: Attempts): Promise<OtherNamespaces> {
  const [virtualServices, destinationRules, beside] = await Promise.all([
    listIstio('virtualservices', attempts),
    listIstio('destinationrules', attempts),
    readBeside(namespace, attempts),
  ]);
  const others = (items: readonly JsonObject[] | undefined): readonly JsonObject[] =>
    (items ?? []).filter((item) => namespaceIn(item) !== namespace);
  return {
    ...understoodRouting(others(virtualServices), others(destinationRules), namespace),
    ...(virtualServices !== undefined && { virtualServicesOf: 'all' }),
    ...(destinationRules !== undefined && { rulesOf: 'all' }),
    ...beside,
  };
}

/** The lists of a namespace with those of all others behind. */
export function withOthers(own: NamespaceObjects, others: OtherNamespaces): MeshLists {
  const { virtualServices, destinationRules, notUnderstood, ...extent } = others;
  const odd = [...(own.notUnderstood ?? []), ...notUnderstood];
  return {
    ...own,
    virtualServices: [...own.virtualServices, ...virtualServices],
    destinationRules: [...own.destinationRules, ...destinationRules],
    ...(odd.length > 0 && { notUnderstood: odd }),
    ...extent,
  };
}

/**
 * The namespaces of the pods of those gateways that VirtualServices of the namespace name, and what these serve;
 * gateways whose pods nobody shows are left out of the first.
 *
 * @throws TrafficError cancelled
 */
export async function readGatewayNamespaces(
  { virtualServices }: NamespaceObjects,
  namespace: string,
  attempts: Attempts,
): Promise<GatewayLists> {
  const named = gatewaysNamed(virtualServices, namespace);
  if (named.size === 0) return {};
  const gateways = await listIstio('gateways', attempts);
  if (gateways === undefined) return {};
  const found = await Promise.all(
    gateways.map(async (gateway) => {
      const name = nameOfGateway(gateway);
      const selector = readLabels(field(field(gateway, 'spec'), 'selector'));
      if (!named.has(name) || Object.keys(selector).length === 0) return [];
      const namespaces = (await ifReadable(attempts, () => namespacesOfPods(selector, attempts))) ?? [];
      return namespaces.length === 0 ? [] : [[name, namespaces] as const];
    }),
  );
  const gatewayNamespaces = new Map(found.flat());
  const servers = await serversNamed(gateways, named, attempts);
  return { ...servers, ...(gatewayNamespaces.size > 0 && { gatewayNamespaces }) };
}

/**
 * What those gateways serve that VirtualServices of the namespace name: a change for hosts that they don't serve is felt
 * by nobody, and a request to try can be named with its scheme and port. Asks nothing where they name none; absent where
 * Gateways can't be read.
 *
 * @throws TrafficError cancelled
 */
export async function readGatewayServers(
  { virtualServices }: NamespaceObjects,
  namespace: string,
  attempts: Attempts,
): Promise<GatewayLists> {
  const named = gatewaysNamed(virtualServices, namespace);
  if (named.size === 0) return {};
  const gateways = await listIstio('gateways', attempts);
  return gateways === undefined ? {} : serversNamed(gateways, named, attempts);
}

/** With those that have pods in common with a named one: their routes may be in the same list. */
async function serversNamed(
  gateways: readonly JsonObject[],
  named: ReadonlySet<string>,
  attempts: Attempts,
): Promise<GatewayLists> {
  const all = gateways.map((gateway): SelectingGateway => ({
    name: nameOfGateway(gateway),
    selector: readLabels(field(field(gateway, 'spec'), 'selector')),
    servers: serversOf(
      field(gateway, 'spec'),
      textIn(field(field(gateway, 'metadata'), 'creationTimestamp')),
    ),
  }));
  const podsInCommon = await ifReadable(attempts, () => readPodsInCommon(all, named, attempts));
  const beside = new Set(Object.values(podsInCommon ?? {}).flat());
  const seen = all.filter(({ name }) => named.has(name) || podsInCommon === undefined || beside.has(name));
  const found = new Set(seen.map(({ name }) => name));
  // What istiod makes of a Gateway of the Gateway API is not there to be read.
  const absent = [...named].filter((name) => !found.has(name) && !isListenerName(name));
  return {
    gatewayServers: Object.fromEntries(seen.map(({ name, servers }) => [name, servers])),
    ...(podsInCommon !== undefined && { podsInCommon }),
    ...(absent.length > 0 && { absentGateways: absent }),
  };
}

/** As `namespace/name`; the mesh is none. */
function gatewaysNamed(virtualServices: readonly VirtualService[], namespace: string): ReadonlySet<string> {
  return new Set(
    virtualServices
      .filter(({ metadata }) => metadata.namespace === namespace)
      .flatMap(({ spec }) => (spec.gateways ?? []).map((one) => gatewayName(one, namespace)))
      .filter((name) => name !== 'mesh'),
  );
}

function nameOfGateway(gateway: JsonObject): string {
  return `${namespaceIn(gateway)}/${textIn(field(field(gateway, 'metadata'), 'name'))}`;
}

/** A list of all namespaces; undefined where it can't be had whole. */
async function listIstio(resource: string, attempts: Attempts): Promise<readonly JsonObject[] | undefined> {
  const about = { verb: 'list', resource, namespace: 'all' } as const;
  return ifReadable(attempts, async () => {
    for (const version of ISTIO_VERSIONS) {
      const asked = { apiVersion: version, kind: KINDS[resource] ?? '' };
      const read = await allItems(`/apis/${version}/${resource}`, asked, about, attempts);
      if ('items' in read) return read.items;
      if (read.refused.status !== 404) return undefined;
    }
    return undefined;
  });
}

async function ifReadable<T>(attempts: Attempts, read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (thrown) {
    if (attempts.signal?.aborted === true) throw thrown;
    return undefined;
  }
}

function namespaceIn(item: JsonObject): string {
  return textIn(field(field(item, 'metadata'), 'namespace'));
}
