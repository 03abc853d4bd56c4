/**
 * Fields that are there and empty (`annotations: ~`, `subsets:`) are as they were after a rollback. Kubernetes drops
 * what is null, so a plan knows nothing of them; and where the YAML editor can't tell by itself what it has written
 * over, an annotation says it for as long as another annotation of istiops is there.
 */
import { isList, isObject, type Json, type JsonObject, type JsonPath } from '../../base/json.ts';
import { SPELLINGS_MARK } from './odd-spellings.ts';
import { emptyBefore, emptySpelling, respelled, type Tree } from '../../yaml/index.ts';

type Empty = null | readonly never[] | Readonly<Record<string, never>>;

interface Field {
  /** `metadata` or `spec`. */
  readonly of: string;
  readonly name: string;
  /** What istiops puts into it. */
  readonly filledWith: 'map' | 'list';
  /** The annotation that says what stood behind its colon. */
  readonly mark: string;
}

/** The fields that istiops fills. */
const FIELDS: readonly Field[] = [
  { of: 'metadata', name: 'annotations', filledWith: 'map', mark: 'istiops/annotations-were' },
  { of: 'spec', name: 'subsets', filledWith: 'list', mark: 'istiops/subsets-were' },
];

const MARKS: ReadonlySet<string> = new Set([...FIELDS.map(({ mark }) => mark), SPELLINGS_MARK]);

/** A field of an object that is empty, or was before istiops filled it. */
export interface EmptyField extends Field {
  readonly value: Empty;
  /** As it was written, where the editor wouldn't write it so again. */
  readonly spelling?: string;
}

/** @param object the object's place in the document */
export function emptyFieldsOf(tree: Tree, object: JsonPath, raw: JsonObject): readonly EmptyField[] {
  const annotations = annotationsIn(raw);
  return FIELDS.flatMap((field): EmptyField[] => {
    const path = [...object, field.of, field.name];
    const marked = annotations[field.mark];
    const spelling = typeof marked === 'string' ? marked : emptySpelling(tree, path, field.filledWith);
    if (spelling !== undefined) return [{ ...field, value: valueOf(spelling), spelling }];
    const value = field.filledWith === 'map' ? emptyBefore(tree, path) : undefined;
    return value === undefined ? [] : [{ ...field, value }];
  });
}

function valueOf(spelling: string): Empty {
  return spelling.includes('{') ? {} : spelling.includes('[') ? [] : null;
}

/** The object without the annotations that only its text needs. */
export function withoutMarks(raw: JsonObject): JsonObject {
  const all = Object.entries(annotationsIn(raw));
  const others = all.filter(([key]) => !MARKS.has(key));
  const { metadata } = raw;
  if (others.length === all.length || !isObject(metadata)) return raw;
  const { annotations: _, ...fields } = metadata;
  const annotations = others.length === 0 ? {} : { annotations: Object.fromEntries(others) };
  return { ...raw, metadata: { ...fields, ...annotations } };
}

/** The object as its text should have it: what is empty is so in the way it was, and what isn't has its mark. */
export function withEmptyFields(object: JsonObject, empty: readonly EmptyField[]): JsonObject {
  const isChanged = Object.keys(annotationsIn(object)).some((key) => key.startsWith('istiops/'));
  const filled = empty.filter((field) => !isEmpty(fieldOf(object, field)));
  const marks = filled.flatMap(({ mark, spelling }) =>
    spelling === undefined || !isChanged ? [] : [[mark, spelling] as const],
  );
  const marked = marks.length === 0 ? object : withMarks(object, Object.fromEntries(marks));
  return empty
    .filter((field) => !filled.includes(field))
    .reduce((result, field) => withField(result, field, field.value), marked);
}

function withMarks(object: JsonObject, marks: Readonly<Record<string, string>>): JsonObject {
  const metadata = isObject(object['metadata']) ? object['metadata'] : {};
  const annotations = { ...annotationsIn(object), ...marks };
  return { ...object, metadata: { ...metadata, annotations } };
}

/** The document with the object's empty fields spelled as they were. */
export function asSpelled(
  tree: Tree,
  object: JsonPath,
  after: JsonObject,
  empty: readonly EmptyField[],
): Tree {
  return empty.reduce(
    (result, field) =>
      field.spelling !== undefined && isEmpty(fieldOf(after, field))
        ? respelled(result, [...object, field.of, field.name], field.spelling)
        : result,
    tree,
  );
}

function annotationsIn({ metadata }: JsonObject): JsonObject {
  const annotations = isObject(metadata) ? metadata['annotations'] : undefined;
  return isObject(annotations) ? annotations : {};
}

function fieldOf(object: JsonObject, { of, name }: Field): Json | undefined {
  const parent = object[of];
  return isObject(parent) ? parent[name] : undefined;
}

function withField(object: JsonObject, { of, name }: Field, value: Empty): JsonObject {
  const parent = object[of];
  return isObject(parent) ? { ...object, [of]: { ...parent, [name]: value } } : object;
}

function isEmpty(value: Json | undefined): boolean {
  if (value === undefined || value === null) return true;
  if (isList(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}
