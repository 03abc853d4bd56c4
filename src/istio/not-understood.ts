/**
 * Objects that are not what Istio describes: a `http` that is a text, a match that is a list. One of them must not stop
 * the work on all others, nor be taken for something that it isn't: it is set aside, with what traffic it may be about.
 */
import { isObject, textIn, type JsonObject } from '../base/json.ts';
import { gatewayNames } from './gateways.ts';
import { resolveHost } from './hosts.ts';
import type { Labels } from './types.ts';

export interface NotUnderstood {
  readonly kind: 'VirtualService' | 'DestinationRule';
  readonly namespace: string;
  readonly name: string;
  /** Null: any. */
  readonly labels: Labels | null;
  /** Resolved, in lower case, as far as they can be read; null: any. A VirtualService without hosts has none. */
  readonly hosts: readonly string[] | null;
  /** Of a VirtualService: `mesh` or `namespace/name`; null: any. */
  readonly gateways: readonly string[] | null;
  /** Every text in its spec: what it refers to is among them. */
  readonly texts: ReadonlySet<string>;
  /** `spec.http must be a list, not text ("api")` */
  readonly why: string;
  /** Its text is what Kubernetes refuses (a key twice), so that what can be read of it says little. */
  readonly isRefused?: boolean;
}

/**
 * What can still be read of an object whose shape has faults.
 *
 * @param namespace where it says none
 */
export function notUnderstood(
  kind: NotUnderstood['kind'],
  object: JsonObject,
  namespace: string,
  why: string,
): NotUnderstood {
  const metadata = isObject(object['metadata']) ? object['metadata'] : {};
  const own = textIn(metadata['namespace']) || namespace;
  const spec = isObject(object['spec']) ? object['spec'] : null;
  return {
    kind,
    namespace: own,
    name: textIn(metadata['name']),
    labels: labelsOrNull(metadata['labels']),
    hosts: spec === null ? null : hostsIn(kind, spec, own),
    gateways: spec === null ? null : gatewaysIn(spec['gateways'], own),
    texts: new Set(textsIn(object['spec'])),
    why,
  };
}

/** `VirtualService shop/api` */
export function titleOfOdd({ kind, namespace, name }: NotUnderstood): string {
  return `${kind} ${namespace}/${name}`;
}

function hostsIn(kind: NotUnderstood['kind'], spec: JsonObject, namespace: string): readonly string[] | null {
  const hosts = kind === 'VirtualService' ? (spec['hosts'] ?? []) : [spec['host']];
  const texts = textsOf(hosts);
  return texts && texts.map((host) => resolveHost(host, namespace).toLowerCase());
}

function gatewaysIn(gateways: unknown, namespace: string): readonly string[] | null {
  const texts = textsOf(gateways ?? []);
  if (texts === null) return null;
  return gatewayNames(texts, namespace);
}

function labelsOrNull(labels: unknown): Labels | null {
  if (labels === undefined || labels === null) return {};
  if (!isObject(labels)) return null;
  const entries = Object.entries(labels).flatMap(([key, value]) =>
    typeof value === 'string' ? [[key, value] as const] : [],
  );
  return entries.length === Object.keys(labels).length ? Object.fromEntries(entries) : null;
}

function textsOf(value: unknown): readonly string[] | null {
  if (!Array.isArray(value)) return null;
  const texts = value.filter((one) => typeof one === 'string');
  return texts.length === value.length ? texts : null;
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return isObject(value) ? Object.values(value).flatMap(textsIn) : [];
}
