/** Documents of controllers that write routes of their own once they are in a cluster: Rollouts and Canaries. */
import { isList, isObject, type Json, type JsonObject } from '../../base/json.ts';
import { titleOf } from '../../base/title.ts';
import type { RouteController } from '../../plan/types.ts';
import { nearestNode, type Tree } from '../../yaml/index.ts';

export interface FoundController extends Pick<RouteController, 'controller' | 'writes'> {
  /** `Rollout shop/api` */
  readonly title: string;
  /** Where it starts in the document's text. */
  readonly offset: number;
}

/**
 * The Rollouts and Canaries of a document, alone or in a `kind: List`, that write a VirtualService or a DestinationRule.
 *
 * @see https://github.com/argoproj/argo-rollouts/blob/master/utils/istio/istio.go (GetRolloutVirtualServiceKeys)
 * @see https://github.com/fluxcd/flagger/blob/main/pkg/apis/flagger/v1beta1/canary.go (GetServiceNames)
 */
export function controllersIn({ root }: Tree, defaultNamespace: string): readonly FoundController[] {
  if (root === null) return [];
  return documentObjects(root.value, []).flatMap(({ object, path }): FoundController[] => {
    const [name, given] = [
      textAtPath(object, 'metadata', 'name'),
      textAtPath(object, 'metadata', 'namespace'),
    ];
    const namespace = given === '' ? defaultNamespace : given;
    const apiVersion = textAtPath(object, 'apiVersion');
    const kind = textAtPath(object, 'kind');
    const title = titleOf({ kind, metadata: { name, namespace } });
    const offset = nearestNode(root, path).keyStart;
    if (kind === 'Rollout' && apiVersion.startsWith('argoproj.io/')) {
      const writes = writtenByRollout(object, namespace);
      return writes.length === 0 ? [] : [{ controller: 'Argo Rollouts', title, offset, writes }];
    }
    if (kind !== 'Canary' || !apiVersion.startsWith('flagger.app/')) return [];
    const writes = writtenByCanary(object, namespace);
    return writes.length === 0 ? [] : [{ controller: 'Flagger', title, offset, writes }];
  });
}

/** A VirtualService of another namespace is named `api.shop`. One that names one and several is not acted upon. */
function writtenByRollout(rollout: JsonObject, namespace: string): readonly string[] {
  const istio = valueAt(rollout, 'spec', 'strategy', 'canary', 'trafficRouting', 'istio');
  const [one, several] = [valueAt(istio, 'virtualService'), valueAt(istio, 'virtualServices')];
  if (isObject(one) && isList(several)) return [];
  const services = [one, ...(isList(several) ? several : [])].map((each) => textAtPath(each, 'name'));
  const rule = textAtPath(istio, 'destinationRule', 'name');
  return [
    ...services.filter(Boolean).map((full) => {
      const [name = '', of = namespace] = full.split('.');
      return titleOf({ kind: 'VirtualService', metadata: { name, namespace: of } });
    }),
    ...(rule === '' ? [] : [titleOf({ kind: 'DestinationRule', metadata: { name: rule, namespace } })]),
  ];
}

/** Without a provider of its own it has the one that Flagger was started with, which Istio may be. */
function writtenByCanary(canary: JsonObject, namespace: string): readonly string[] {
  const provider = textAtPath(canary, 'spec', 'provider');
  const name =
    textAtPath(canary, 'spec', 'service', 'name') || textAtPath(canary, 'spec', 'targetRef', 'name');
  if (name === '' || !['', 'istio'].includes(provider)) return [];
  const title = (kind: string, of: string): string => titleOf({ kind, metadata: { name: of, namespace } });
  return [
    title('VirtualService', name),
    title('DestinationRule', `${name}-primary`),
    title('DestinationRule', `${name}-canary`),
  ];
}

interface AtPath {
  readonly object: JsonObject;
  readonly path: readonly (string | number)[];
}

/** The objects of a document, those of a `kind: List` one by one. */
export function documentObjects(value: Json, path: readonly (string | number)[]): readonly AtPath[] {
  if (!isObject(value)) return [];
  const { kind, items } = value;
  if (typeof kind !== 'string' || !kind.endsWith('List') || !isList(items)) return [{ object: value, path }];
  return items.flatMap((item, index) => documentObjects(item, [...path, 'items', index]));
}

function valueAt(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((at, step) => (isObject(at) ? at[step] : undefined), value);
}

function textAtPath(value: Json | undefined, ...path: readonly string[]): string {
  const found = valueAt(value, ...path);
  return typeof found === 'string' ? found : '';
}
