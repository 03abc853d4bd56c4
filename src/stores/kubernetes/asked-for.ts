/** Whether an answer is about the object that was asked for: what stands before a server may answer anything. */
import { field, isObject, textIn, type JsonObject } from '../../base/json.ts';

/** What an object must be. */
export interface RequestedObject {
  /** `networking.istio.io/v1` */
  readonly apiVersion: string;
  readonly kind: string;
  /** Absent: of a list over all namespaces. */
  readonly namespace?: string;
  /** Absent: of a list. */
  readonly name?: string;
}

/**
 * What an answer is instead of the object that was asked for; undefined: it is that object. A real API server answers
 * in the version that it is asked in, so another one is another server's.
 *
 * @example otherObject(pod, { apiVersion: 'v1', kind: 'Service', … }) // 'Pod shop/api-1 of v1'
 */
export function otherObject(answer: unknown, asked: RequestedObject): string | undefined {
  if (!isObject(answer)) return kindOfJson(answer);
  const { namespace, name } = metadataOf(answer);
  const isAsked =
    answer['apiVersion'] === asked.apiVersion &&
    answer['kind'] === asked.kind &&
    isObjectName(name) &&
    (asked.name === undefined || name === asked.name) &&
    (asked.namespace === undefined ? isObjectName(namespace) : namespace === asked.namespace);
  return isAsked ? undefined : titleOfAnswer(answer);
}

/** The same of a page of a list, which says what its items are. */
export function otherList(page: JsonObject, asked: RequestedObject): string | undefined {
  const isAsked = page['kind'] === `${asked.kind}List` && page['apiVersion'] === asked.apiVersion;
  return isAsked ? undefined : titleOfAnswer(page);
}

/**
 * Is it a name that may become a part of a path? `..` would lead elsewhere.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#path-segment-names
 */
export function isObjectName(name: string): boolean {
  return name !== '' && name.length <= 253 && /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name);
}

function metadataOf(object: JsonObject): { readonly namespace: string; readonly name: string } {
  const metadata = field(object, 'metadata');
  return { namespace: textIn(field(metadata, 'namespace')), name: textIn(field(metadata, 'name')) };
}

function titleOfAnswer(object: JsonObject): string {
  const { namespace, name } = metadataOf(object);
  const path = [namespace, name].filter((part) => part !== '').join('/');
  const version = textIn(object['apiVersion']);
  const words = [
    textIn(object['kind']) || 'an object without a kind',
    path,
    version === '' ? '' : `of ${version}`,
  ];
  return words.filter((word) => word !== '').join(' ');
}

function kindOfJson(value: unknown): string {
  if (value === undefined) return 'no JSON';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a JSON list' : `a JSON ${typeof value}`;
}
