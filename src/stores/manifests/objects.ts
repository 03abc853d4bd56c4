/** The VirtualServices and DestinationRules of one document: alone, or among the items of a `kind: List`. */
import {
  isList,
  isObject,
  objectIn,
  objectWithoutNulls,
  type Json,
  type JsonObject,
} from '../../base/json.ts';
import { shapeFaults } from '../../istio/shape.ts';
import type { DestinationRule, VirtualService } from '../../istio/types.ts';
import { whyPartial } from './partial.ts';
import { emptyFieldsOf, withEmptyFields, withoutMarks, type EmptyField } from './empty-fields.ts';
import { nearest, type Tree, type TreeFault } from '../../yaml/index.ts';

export interface FoundObject {
  readonly kind: 'VirtualService' | 'DestinationRule';
  readonly name: string;
  readonly namespace: string;
  /** Where it is in the document's value: `[]`, or `['items', 3]`. */
  readonly path: readonly (string | number)[];
  /** Where it starts in the document's text. */
  readonly offset: number;
  /** As the text has it: maybe without a namespace. */
  readonly raw: JsonObject;
  /** What is there and empty, or was before istiops filled it. */
  readonly emptyFields: readonly EmptyField[];
  /** As a cluster would have it: with its namespace, and without a field that is null. */
  readonly object: VirtualService | DestinationRule;
}

export interface DocumentObjects {
  readonly found: readonly FoundObject[];
  /** What Kubernetes would refuse in the text itself. */
  readonly faults: readonly TreeFault[];
  /** Those that are not what their kind must be, with what is wrong. */
  readonly odd: readonly OddObject[];
  /** There is a VirtualService or a DestinationRule, faulty or not. */
  readonly ours: boolean;
  /** What is only a part of an object, and why. */
  readonly parts: readonly PartialObject[];
}

export interface PartialObject {
  readonly kind: FoundObject['kind'];
  readonly name: string;
  readonly offset: number;
  readonly why: string;
}

export interface OddObject {
  readonly kind: FoundObject['kind'];
  readonly name: string;
  readonly offset: number;
  readonly raw: JsonObject;
  /** At least one. */
  readonly faults: readonly TreeFault[];
}

const API_VERSION = /^networking\.istio\.io\/(v1|v1beta1|v1alpha3)$/;

/** Finds them, with those faults of the text (a key twice) that matter to them, and those that have another shape. */
export function objectsIn(tree: Tree, defaultNamespace: string): DocumentObjects {
  const { root } = tree;
  if (root === null) return { found: [], faults: [], odd: [], ours: false, parts: [] };
  const found: FoundObject[] = [];
  const odd: OddObject[] = [];
  const parts: PartialObject[] = [];
  for (const { kind, path, raw } of candidates(root.value, [])) {
    const given = withoutNullFields(raw);
    const why = whyPartial(kind, given);
    if (why !== undefined) {
      parts.push({ kind, name: nameIn(raw), offset: nearest(root, path).keyStart, why });
      continue;
    }
    const shape = shapeFaults(given);
    if (shape.length > 0) {
      const faults = shape.map((fault): TreeFault => {
        const { src, keyStart } = nearest(root, [...path, ...fault.path]);
        const offset = src.parent !== null && src.parent.src.kind === 'map' ? keyStart : src.start;
        return { offset, message: `${kind}: ${fault.message}` };
      });
      odd.push({ kind, name: nameIn(raw), offset: nearest(root, path).keyStart, raw, faults });
      continue;
    }
    const object = withNamespace(withoutMarks(given), defaultNamespace);
    found.push({
      kind,
      name: object.metadata.name,
      namespace: object.metadata.namespace,
      path,
      offset: nearest(root, path).keyStart,
      raw,
      emptyFields: emptyFieldsOf(tree, path, raw),
      object,
    });
  }
  const isWhole = found.length + odd.length > 0;
  return { found, faults: isWhole ? tree.faults : [], odd, ours: isWhole || parts.length > 0, parts };
}

/**
 * The object as its text should have it: without the namespace that we filled in, and with the empty maps that stood
 * for nothing where there is still nothing.
 *
 * @returns null if `object` is another namespace's
 */
export function rawOf(found: FoundObject, object: JsonObject): JsonObject | null {
  const metadata = object['metadata'];
  const raw = found.raw['metadata'];
  if (!isObject(metadata) || !isObject(raw) || metadata['namespace'] !== found.namespace) return null;
  const empty = Object.fromEntries(Object.entries(raw).filter(([, value]) => isEmpty(value)));
  // `undefined` counts as absent.
  const own = { ...object, metadata: { ...empty, ...metadata, namespace: raw['namespace'] } };
  return withEmptyFields(own, found.emptyFields);
}

function nameIn({ metadata }: JsonObject): string {
  const name = isObject(metadata) ? metadata['name'] : undefined;
  return typeof name === 'string' ? name : 'without a name';
}

interface ObjectCandidate {
  readonly kind: FoundObject['kind'];
  readonly path: readonly (string | number)[];
  readonly raw: JsonObject;
}

function candidates(value: Json, path: readonly (string | number)[]): ObjectCandidate[] {
  if (!isObject(value)) return [];
  const { kind, apiVersion, items } = value;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return [];
  if (kind === 'VirtualService' || kind === 'DestinationRule') {
    return API_VERSION.test(apiVersion) ? [{ kind, path, raw: value }] : [];
  }
  const lists = kind === 'List' || (kind.endsWith('List') && API_VERSION.test(apiVersion));
  if (!lists || !isList(items)) return [];
  return items.flatMap((item, index) => candidates(item, [...path, 'items', index]));
}

/**
 * The object without the fields that are null, which Kubernetes drops where the schema doesn't allow null. In labels
 * and annotations it reads null as an empty text: there it stays, and is a fault.
 *
 * @see https://github.com/kubernetes/apiextensions-apiserver (PruneNonNullableNullsWithoutDefaults)
 */
function withoutNullFields(raw: JsonObject): JsonObject {
  const { metadata } = raw;
  if (!isObject(metadata)) return objectWithoutNulls(raw);
  const fields = Object.entries(metadata).filter(([, value]) => value !== null);
  return { ...objectWithoutNulls(raw), metadata: Object.fromEntries(fields) };
}

function isEmpty(value: Json | undefined): boolean {
  return isObject(value) && Object.keys(value).length === 0;
}

/** `namespace: ""` means the same as none, as does `{}` in any field of `metadata`. */
function withNamespace(raw: JsonObject, namespace: string): VirtualService | DestinationRule {
  const metadata = objectIn(raw['metadata']);
  const given = Object.fromEntries(Object.entries(metadata).filter(([, value]) => !isEmpty(value)));
  // The JSON border: `shapeFaults` has found nothing wrong with it.
  return { ...raw, metadata: { ...given, namespace: given['namespace'] || namespace } } as unknown as
    VirtualService | DestinationRule;
}
