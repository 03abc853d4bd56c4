/**
 * Annotations that are there and empty (`annotations: ~`) are as they were after a rollback. Where the YAML editor can't
 * tell by itself what it has written over, an annotation says it for as long as there is another one of ours.
 */
import { isObject, type Json, type JsonObject } from '../../base/json.ts';
import { emptyBefore, emptySpelling, respelled, type Tree } from '../../yaml/index.ts';

/** What stood between `annotations:` and the next key. */
const SPELLING = 'istiops/annotations-were';

export interface EmptyAnnotations {
  readonly value: null | Readonly<Record<string, never>>;
  /** As it was written, where the editor wouldn't write it so again. */
  readonly spelling?: string;
}

type Path = readonly (string | number)[];

/** What an object's annotations are, or were before istiops filled them, where there is nothing in them. */
export function emptyAnnotationsAt(tree: Tree, object: Path, raw: JsonObject): EmptyAnnotations | undefined {
  const path = [...object, 'metadata', 'annotations'];
  const recorded = spellingIn(raw) ?? emptySpelling(tree, path);
  if (recorded !== undefined) return { value: recorded.includes('{') ? {} : null, spelling: recorded };
  const value = emptyBefore(tree, path);
  return value === undefined ? undefined : { value };
}

/** The object without what only its text needs. */
export function withoutSpelling(raw: JsonObject): JsonObject {
  const { metadata } = raw;
  if (!isObject(metadata) || spellingIn(raw) === undefined) return raw;
  const { [SPELLING]: _, ...annotations } = isObject(metadata['annotations']) ? metadata['annotations'] : {};
  const { annotations: __, ...fields } = metadata;
  const isEmpty = Object.keys(annotations).length === 0;
  return { ...raw, metadata: isEmpty ? fields : { ...metadata, annotations } };
}

/** The field that the text should have for these annotations. */
export function annotationsAsWritten(
  annotations: Json | undefined,
  empty: EmptyAnnotations | undefined,
): JsonObject {
  if (empty === undefined) return {};
  if (!isObject(annotations) || Object.keys(annotations).length === 0) return { annotations: empty.value };
  if (empty.spelling === undefined || !Object.keys(annotations).some((key) => key.startsWith('istiops/')))
    return {};
  return { annotations: { ...annotations, [SPELLING]: empty.spelling } };
}

/** The document with its empty annotations written as they were. */
export function asSpelled(
  tree: Tree,
  object: Path,
  empty: EmptyAnnotations | undefined,
  raw: JsonObject,
): Tree {
  const { metadata } = raw;
  const isEmpty = isObject(metadata) && !hasKeys(metadata['annotations']);
  return empty?.spelling !== undefined && isEmpty
    ? respelled(tree, [...object, 'metadata', 'annotations'], empty.spelling)
    : tree;
}

function hasKeys(value: Json | undefined): boolean {
  return isObject(value) && Object.keys(value).length > 0;
}

function spellingIn({ metadata }: JsonObject): string | undefined {
  const annotations = isObject(metadata) ? metadata['annotations'] : undefined;
  const spelling = isObject(annotations) ? annotations[SPELLING] : undefined;
  return typeof spelling === 'string' ? spelling : undefined;
}
