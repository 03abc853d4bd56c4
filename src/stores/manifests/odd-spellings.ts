/**
 * Values that a change writes over and that are spelled in a way of their own (`weight: 0x64`, `annotations: *shared`) are
 * spelled so again once they are what they were. For as long as they aren't, an annotation says how they were written:
 * whoever takes the change back may be another process.
 */
import { isObject, type Json, type JsonObject, type JsonPath } from '../../base/json.ts';
import { destinationsOf, placeOf, routesOf } from '../../istio/routes.ts';
import type { DestinationRule, VirtualService } from '../../istio/types.ts';
import { pickIndexesOf } from '../../plan/user-routes.ts';
import { oddSpelling, parse, respelledAll, spellingAt, type Tree } from '../../yaml/index.ts';

/** Text behind a key's colon, by the name of its place. */
export type Spellings = ReadonlyMap<string, string>;

/** The annotation that says how values were written. */
export const SPELLINGS_MARK = 'istiops/values-were';

interface WrittenValue {
  /**
   * `metadata.labels`, `http#1.0.weight`: routes are counted without previews and links, so that these come and go
   * without moving it.
   */
  readonly name: string;
  /** In the object. */
  readonly path: JsonPath;
}

/** The values that istiops writes over, or that may share an anchor with those. */
function writtenValues(object: VirtualService | DestinationRule): readonly WrittenValue[] {
  const metadata = ['annotations', 'labels'].map((field) => ({
    name: `metadata.${field}`,
    path: ['metadata', field],
  }));
  return object.kind === 'VirtualService' ? [...metadata, ...routePlaces(object)] : metadata;
}

function routePlaces(object: VirtualService): readonly WrittenValue[] {
  const pickIndexes = pickIndexesOf(object);
  return routesOf(object).flatMap((placed) => {
    const { kind, index, route } = placed;
    const number = pickIndexes.get(placeOf(placed));
    if (number === undefined) return [];
    return destinationsOf(route).flatMap((_, at) => {
      const name = `${kind}#${number + 1}.${at}`;
      const path = ['spec', kind, index, 'route', at];
      return [
        { name: `${name}.weight`, path: [...path, 'weight'] },
        { name: `${name}.subset`, path: [...path, 'destination', 'subset'] },
      ];
    });
  });
}

/**
 * How the values of an object are written that are spelled in a way of their own, and how those were that have been
 * written over.
 *
 * @param at the object's place in the document
 */
export function spellingsIn(
  tree: Tree,
  at: JsonPath,
  object: VirtualService | DestinationRule,
  raw: JsonObject,
): Spellings {
  const now = writtenValues(object).flatMap(({ name, path }) => {
    const spelling = oddSpelling(tree, [...at, ...path]);
    // What is empty there has marks of its own: `empty-fields.ts`.
    const isOdd = spelling !== undefined && (path[0] !== 'metadata' || valueOf(spelling) !== null);
    return isOdd ? [[name, spelling] as const] : [];
  });
  // What was written over may look odd by now, with an anchor that has moved to it.
  return new Map([...now, ...markedSpellings(raw)]);
}

function markedSpellings({ metadata }: JsonObject): readonly (readonly [string, string])[] {
  const annotations = isObject(metadata) ? metadata['annotations'] : undefined;
  const mark = isObject(annotations) ? annotations[SPELLINGS_MARK] : undefined;
  if (typeof mark !== 'string') return [];
  const marked = parse(mark);
  const value = marked.ok ? marked.tree.root?.value : undefined;
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, spelling]) =>
    typeof spelling === 'string' ? [[name, spelling] as const] : [],
  );
}

/** The object as its text should have it: what was null and is absent is null again. */
export function withNulls(
  raw: JsonObject,
  object: VirtualService | DestinationRule,
  spellings: Spellings,
): JsonObject {
  return writtenValues(object).reduce<JsonObject>((result, { name, path }) => {
    const spelling = spellings.get(name);
    if (spelling === undefined || valueOf(spelling) !== null) return result;
    const filled = withNullAt(result, path);
    return isObject(filled) ? filled : result;
  }, raw);
}

/** The value with a field that is null, if it is absent. */
function withNullAt(value: Json | undefined, [step, ...rest]: JsonPath): Json | undefined {
  if (step === undefined) return value ?? null;
  if (Array.isArray(value))
    return value.map((item: Json, index) => (index === step ? (withNullAt(item, rest) ?? item) : item));
  if (!isObject(value)) return value;
  const own = value[step];
  if (own === undefined && rest.length > 0) return value;
  return { ...value, [step]: withNullAt(own, rest) ?? null };
}

/** Undefined: an alias, whose value is another place's. */
function valueOf(spelling: string): Json | undefined {
  const parsed = parse(`v:${spelling}\n`);
  const root = parsed.ok && parsed.tree.faults.length === 0 ? parsed.tree.root?.value : undefined;
  return isObject(root) ? root['v'] : undefined;
}

/**
 * The document with its values spelled as they were, where they are what they were.
 *
 * @param object the object as it is by now
 * @returns with the spellings of values that are others
 */
export function spelledAsBefore(
  tree: Tree,
  at: JsonPath,
  object: VirtualService | DestinationRule,
  spellings: Spellings,
): { readonly tree: Tree; readonly lost: Spellings } {
  if (spellings.size === 0) return { tree, lost: spellings };
  const places = writtenValues(object).map(({ name, path }) => ({ name, path: [...at, ...path] }));
  const wanted = places.flatMap(({ name, path }) => {
    const spelling = spellings.get(name);
    const own = spellingAt(tree, path);
    if (spelling === undefined || own === undefined || own === spelling) return [];
    const [was, is] = [valueOf(spelling), valueOf(own)];
    const isSame = was === undefined || is === undefined || JSON.stringify(was) === JSON.stringify(is);
    return isSame ? [{ path, spelling }] : [];
  });
  const to = respelledAll(tree, wanted);
  const kept = new Set(
    places.filter(({ name, path }) => spellingAt(to, path) === spellings.get(name)).map(({ name }) => name),
  );
  return { tree: to, lost: new Map([...spellings].filter(([name]) => !kept.has(name))) };
}

/** The object with an annotation that says how values were written; as it is where istiops has none on it. */
export function withSpellings(raw: JsonObject, lost: Spellings): JsonObject {
  const metadata = isObject(raw['metadata']) ? raw['metadata'] : {};
  const annotations = isObject(metadata['annotations']) ? metadata['annotations'] : {};
  if (lost.size === 0 || !Object.keys(annotations).some((key) => key.startsWith('istiops/'))) return raw;
  const mark = JSON.stringify(Object.fromEntries(lost));
  return {
    ...raw,
    metadata: { ...metadata, annotations: { ...annotations, [SPELLINGS_MARK]: mark } },
  };
}
