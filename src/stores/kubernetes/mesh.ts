/** What other namespaces have that decides about requests of this one, as far as we may read it. */
import { isObject, type JsonObject } from '../../json.ts';
import { gatewayName } from '../../istio/gateways.ts';
import { formatLabels } from '../../istio/labels.ts';
import type { Labels } from '../../istio/types.ts';
import { callUntilSettled, type Attempts } from './calls.ts';
import { field, labels, text } from './fields.ts';
import { ISTIO_VERSIONS, understoodRouting, type Lists } from './lists.ts';
import { json } from './refusals.ts';

/** What is read besides: `all`, where a list of the whole cluster was. */
export interface MeshLists extends Lists {
  readonly virtualServicesOf?: 'all';
  readonly rulesOf?: 'all';
  /** The namespaces that the pods of a gateway (`namespace/name`) are in. */
  readonly gatewayNamespaces?: ReadonlyMap<string, readonly string[]>;
}

/**
 * The lists of a namespace with what the whole cluster has of VirtualServices and DestinationRules, and where the pods
 * of the gateways are. A list that we may not read, or that doesn't come, is left out: it is no error.
 *
 * @throws TrafficError cancelled
 */
export async function withMesh(own: Lists, namespace: string, attempts: Attempts): Promise<MeshLists> {
  const [virtualServices, destinationRules, gateways] = await Promise.all([
    listIstio('virtualservices', attempts),
    listIstio('destinationrules', attempts),
    listIstio('gateways', attempts),
  ]);
  const others = (items: readonly JsonObject[] | undefined): readonly JsonObject[] =>
    (items ?? []).filter((item) => namespaceOf(item) !== namespace);
  const more = understoodRouting(others(virtualServices), others(destinationRules), namespace);
  const odd = [...(own.notUnderstood ?? []), ...more.notUnderstood];
  const gatewayNamespaces = await podNamespaces(own, gateways ?? [], attempts);
  return {
    ...own,
    virtualServices: [...own.virtualServices, ...more.virtualServices],
    destinationRules: [...own.destinationRules, ...more.destinationRules],
    ...(odd.length > 0 && { notUnderstood: odd }),
    ...(virtualServices !== undefined && { virtualServicesOf: 'all' }),
    ...(destinationRules !== undefined && { rulesOf: 'all' }),
    ...(gatewayNamespaces.size > 0 && { gatewayNamespaces }),
  };
}

/** Of the gateways that VirtualServices of the namespace name; those whose pods nobody shows are left out. */
async function podNamespaces(
  { virtualServices }: Lists,
  gateways: readonly JsonObject[],
  attempts: Attempts,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const named = new Set(
    virtualServices.flatMap(({ metadata, spec }) =>
      (spec.gateways ?? []).map((one) => gatewayName(one, metadata.namespace)),
    ),
  );
  const found = await Promise.all(
    gateways.map(async (gateway) => {
      const name = `${namespaceOf(gateway)}/${text(field(field(gateway, 'metadata'), 'name'))}`;
      const selector = labels(field(field(gateway, 'spec'), 'selector'));
      if (!named.has(name) || Object.keys(selector).length === 0) return [];
      const namespaces = await namespacesOfPods(selector, attempts);
      return namespaces.length === 0 ? [] : [[name, namespaces] as const];
    }),
  );
  return new Map(found.flat());
}

async function namespacesOfPods(selector: Labels, attempts: Attempts): Promise<readonly string[]> {
  const pods = await list('/api/v1/pods', { labelSelector: formatLabels(selector) }, 'pods', attempts);
  const items = pods === undefined || pods === 'absent' ? [] : pods;
  return [...new Set(items.map(namespaceOf))].filter((one) => one !== '').sort();
}

async function listIstio(resource: string, attempts: Attempts): Promise<readonly JsonObject[] | undefined> {
  for (const version of ISTIO_VERSIONS) {
    const items = await list(`/apis/${version}/${resource}`, {}, resource, attempts);
    if (items !== 'absent') return items;
  }
  return undefined;
}

/** Undefined where it can't be had whole; `absent`: the server has no such resource. */
async function list(
  path: string,
  query: Readonly<Record<string, string>>,
  resource: string,
  attempts: Attempts,
): Promise<readonly JsonObject[] | 'absent' | undefined> {
  const about = { verb: 'list', resource, namespace: 'all' } as const;
  try {
    const { answer } = await callUntilSettled({ method: 'GET', path, query }, about, attempts);
    if (answer.status === 404) return 'absent';
    if (answer.status !== 200) return undefined;
    const page = json(answer);
    const items = field(page, 'items');
    if (!Array.isArray(items) || text(field(field(page, 'metadata'), 'continue')) !== '') return undefined;
    return items.filter(isObject);
  } catch (thrown) {
    if (attempts.signal?.aborted === true) throw thrown;
    return undefined;
  }
}

function namespaceOf(item: JsonObject): string {
  return text(field(field(item, 'metadata'), 'namespace'));
}
