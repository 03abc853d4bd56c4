/** Patches of kustomize as texts: which routes and subsets they change when manifests are built. */
import { isList, isObject, textIn, type Json, type JsonObject } from '../../base/json.ts';
import { parseLabelSelector } from '../../intent/label-selector.ts';
import { matchesSelector } from '../../istio/labels.ts';
import { matchesWhole } from '../../istio/regex.ts';
import { parse, splitDocuments } from '../../yaml/index.ts';
import type { FoundObject } from './objects.ts';

/** Fields of one object, or of several, that a patch changes. */
export interface PatchedFields {
  readonly isOf: (object: FoundObject['object']) => boolean;
  /** `http`, `subsets`, and `spec` for all of them. */
  readonly fields: readonly string[];
}

/** What routes and subsets are kept in. */
const FIELDS = { VirtualService: ['http', 'tls', 'tcp'], DestinationRule: ['subsets'] } as const;

/** Those of an object's fields that one of its patches changes: `spec.http`. */
export function fieldsPatchedIn(
  object: FoundObject['object'],
  { isOf, fields }: PatchedFields,
): readonly string[] {
  if (!isOf(object)) return [];
  const own = fields.includes('spec') ? [''] : FIELDS[object.kind].filter((one) => fields.includes(one));
  return own.map((one) => (one === '' ? 'spec' : `spec.${one}`));
}

/**
 * The fields that a patch changes. A strategic merge patch replaces a list of an object that kustomize has no schema of,
 * as it has none of Istio's. A list of operations (RFC 6902) counts positions, which a new route moves.
 *
 * @param target whose objects it is for; absent: the object that the patch names
 * @see https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/patches/
 */
export function patchedFields(text: string, target?: Json): readonly PatchedFields[] {
  return splitDocuments(text).flatMap((document): PatchedFields[] => {
    const parsed = parse(document);
    const value = parsed.ok ? (parsed.tree.root?.value ?? null) : null;
    const isOf = isObject(target) ? targetTest(target) : isObject(value) ? isNamedBy(value) : undefined;
    if (isOf === undefined) return [];
    const fields = isList(value) ? fieldsOfOperations(value) : isObject(value) ? fieldsOfMerge(value) : [];
    return fields.length === 0 ? [] : [{ isOf, fields }];
  });
}

/** The fields that replacements change. @see https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/replacements/ */
export function replacedFields(replacement: JsonObject): readonly PatchedFields[] {
  const { targets } = replacement;
  return (isList(targets) ? targets : []).filter(isObject).map(({ select, fieldPaths }) => ({
    isOf: targetTest(isObject(select) ? select : {}),
    fields: (isList(fieldPaths) ? fieldPaths : []).flatMap((path) => {
      const [root, field = ''] = textIn(path).split('.');
      return root === 'spec' ? [field.replace(/\[.*/, '') || 'spec'] : [];
    }),
  }));
}

function fieldsOfMerge(patch: JsonObject): readonly string[] {
  const { spec } = patch;
  if (patch['$patch'] === 'delete' || patch['$patch'] === 'replace') return ['spec'];
  if (!isObject(spec)) return spec === null ? ['spec'] : [];
  return spec['$patch'] === undefined ? Object.keys(spec) : ['spec'];
}

function fieldsOfOperations(operations: readonly Json[]): readonly string[] {
  return operations.filter(isObject).flatMap(({ op, path, from }) => {
    if (op === 'test') return [];
    const places = op === 'move' ? [path, from] : [path];
    return places.map(textIn).flatMap((place) => {
      // Behind all others, it moves none.
      const [, root, field = 'spec', at] = place.split('/');
      return root !== 'spec' || at === '-' ? [] : [field];
    });
  });
}

/** Is it the object that a patch without a target names? */
function isNamedBy({ kind, metadata }: JsonObject): PatchedFields['isOf'] {
  const { name, namespace } = isObject(metadata) ? metadata : {};
  return (object) =>
    object.kind === kind &&
    object.metadata.name === name &&
    (namespace === undefined || object.metadata.namespace === namespace);
}

/** Names in a target are regular expressions for the whole of a name; what is left out is any. */
function targetTest(target: JsonObject): PatchedFields['isOf'] {
  const { kind, name, namespace, group, labelSelector } = target;
  const labels = parseLabelSelector(textIn(labelSelector));
  const fits = (pattern: Json | undefined, text: string): boolean =>
    textIn(pattern) === '' || matchesWhole(textIn(pattern), text) !== false;
  return (object) =>
    fits(kind, object.kind) &&
    fits(group, 'networking.istio.io') &&
    fits(name, object.metadata.name) &&
    fits(namespace, object.metadata.namespace) &&
    (textIn(labelSelector) === '' || !labels.ok || matchesSelector(labels.value, object.metadata.labels));
}
