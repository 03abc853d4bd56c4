/** Where the pods of Gateways are, so that they can be asked what they have. */
import { field, textIn, type JsonObject } from '../../base/json.ts';
import { formatLabels, readLabels } from '../../istio/labels.ts';
import type { Labels } from '../../istio/types.ts';
import type { GatewayPlace, GatewayPlaces } from '../../ports/gateways.ts';
import { isObjectName, otherObject } from './asked-for.ts';
import { callUntilSettled, type Attempts } from './calls.ts';
import { ISTIO_VERSIONS } from './lists.ts';
import { allItems } from './pages.ts';
import { json, refusal, unusable } from './refusals.ts';
import type { About } from './wire.ts';

/** Where the pods of gateways are, unless somebody put them elsewhere. */
const USUAL_NAMESPACE = 'istio-system';

/**
 * Reads each Gateway by its name, and the namespaces of its pods.
 *
 * @param names `namespace/name`
 * @throws TrafficError unreachable, timeout, unauthorized
 */
export async function readGatewayPlaces(
  names: readonly string[],
  attempts: Attempts,
): Promise<GatewayPlaces> {
  const found = await Promise.all(names.map((name) => placeOfGateway(name, attempts)));
  return {
    found: found.flatMap((one) => (one.kind === 'found' ? [one.place] : [])),
    missing: found.flatMap((one) =>
      one.kind === 'forbidden' ? [{ namespace: one.namespace, verb: 'get', resource: 'gateways' }] : [],
    ),
  };
}

type FoundGateway =
  | { readonly kind: 'found'; readonly place: GatewayPlace }
  | { readonly kind: 'forbidden'; readonly namespace: string }
  | { readonly kind: 'none' };

async function placeOfGateway(full: string, attempts: Attempts): Promise<FoundGateway> {
  const [namespace = '', name = ''] = full.split('/');
  // The name comes from a VirtualService, and goes into a path.
  if (!isObjectName(namespace) || !isObjectName(name)) return { kind: 'none' };
  const about: About = { verb: 'get', resource: 'gateways', namespace, object: `Gateway ${full}` };
  for (const version of ISTIO_VERSIONS) {
    const path = `/apis/${version}/namespaces/${namespace}/gateways/${name}`;
    const { answer } = await callUntilSettled({ method: 'GET', path }, about, attempts);
    if (answer.status === 403) return { kind: 'forbidden', namespace };
    if (answer.status === 404) continue;
    if (answer.status >= 300) throw refusal(answer, about, attempts.wire);
    const gateway = json(answer);
    const other = otherObject(gateway, { apiVersion: version, kind: 'Gateway', namespace, name });
    if (other !== undefined) throw unusable(answer, about, attempts.wire, other);
    const selector = readLabels(field(field(gateway, 'spec'), 'selector'));
    const namespaces = await namespacesOfPods(selector, attempts);
    const where =
      namespaces === undefined
        ? { namespaces: [...new Set([namespace, USUAL_NAMESPACE])], areAll: false }
        : { namespaces, areAll: true };
    return { kind: 'found', place: { name: full, selector, ...where } };
  }
  return { kind: 'none' };
}

/**
 * Which namespaces have pods with these labels, in order.
 *
 * @returns undefined where the pods of the whole cluster can't be listed
 * @throws TrafficError unreachable, timeout, unauthorized
 */
export async function namespacesOfPods(
  selector: Labels,
  attempts: Attempts,
): Promise<readonly string[] | undefined> {
  if (Object.keys(selector).length === 0) return [];
  const about: About = { verb: 'list', resource: 'pods', namespace: 'all' };
  const listed = await allItems('/api/v1/pods', { apiVersion: 'v1', kind: 'Pod' }, about, attempts, {
    labelSelector: formatLabels(selector),
  });
  if (!('items' in listed)) return undefined;
  const namespaceIn = (pod: JsonObject): string => textIn(field(field(pod, 'metadata'), 'namespace'));
  return [...new Set(listed.items.map(namespaceIn))].filter((one) => isObjectName(one)).sort();
}
