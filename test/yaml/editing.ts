/** What the tests of editing share. */
import { readManifest, manifestText, type Manifest } from '../../src/stores/manifests/documents.ts';
import { withDocuments } from '../../src/stores/manifests/source-documents.ts';
import { edit } from '../../src/yaml/index.ts';
import { identity } from '../../src/stores/manifests/identity.ts';
import { rawOf } from '../../src/stores/manifests/objects.ts';
import { isList, isObject, type Json, type JsonObject } from '../../src/base/json.ts';

/** A template without the indentation that all of its lines have, nor its first and last line. */
export function dedent(strings: TemplateStringsArray): string {
  const lines = (strings.raw[0] ?? '').replace(/^\n/, '').replace(/\n *$/, '\n').split('\n');
  const indents = lines.filter((line) => line.trim() !== '').map((line) => /^ */.exec(line)?.[0].length ?? 0);
  const least = Math.min(...indents);
  return lines.map((line) => line.slice(least)).join('\n');
}

/** Every line that has anything, with blanks in front. */
export function indent(text: string, columns: number): string {
  return text.replaceAll(/^(?=.)/gm, ' '.repeat(columns));
}

/** A change of one object. */
export type Change = (object: Json) => Json;

/** `spec.http[0].timeout` becomes a value; a field that isn't there is added behind the others. */
export function set(path: string, value: Json): Change {
  return (object) => replaced(object, steps(path), () => value);
}

/** A value goes in above the list item at a path: `spec.http[0]`. */
export function insert(path: string, ...values: Json[]): Change {
  return (object) => spliced(object, path, 0, values);
}

/** A field or a list item goes. */
export function remove(path: string): Change {
  const at = steps(path);
  const last = at.at(-1);
  if (typeof last === 'number') return (object) => spliced(object, path, 1, []);
  return (object) =>
    replaced(
      object,
      at.slice(0, -1),
      (parent) =>
        Object.fromEntries(
          Object.entries(isObject(parent) ? parent : {}).filter(([key]) => key !== last),
        ) satisfies JsonObject,
    );
}

/** A field becomes the first of its object. */
export function lead(path: string, value: Json): Change {
  const at = steps(path);
  return (object) =>
    replaced(object, at.slice(0, -1), (parent) => ({
      [String(at.at(-1))]: value,
      ...(isObject(parent) ? parent : {}),
    }));
}

function spliced(object: Json, path: string, gone: number, values: readonly Json[]): Json {
  const at = steps(path);
  return replaced(object, at.slice(0, -1), (list) =>
    isList(list) ? list.toSpliced(Number(at.at(-1)), gone, ...values) : null,
  );
}

function steps(path: string): (string | number)[] {
  return path.split(/\.|(?=\[)/).map((step) => (step.startsWith('[') ? Number(step.slice(1, -1)) : step));
}

function replaced(value: Json, [step, ...rest]: readonly (string | number)[], change: Change): Json {
  if (step === undefined) return change(value);
  if (isList(value)) {
    return value.map((item, index) => (index === step ? replaced(item, rest, change) : item));
  }
  if (!isObject(value)) throw new Error(`no ${step} in ${JSON.stringify(value)}`);
  return { ...value, [step]: replaced(value[step] ?? null, rest, change) };
}

/** A text as a store reads it. */
function manifestOf(text: string, label = 'vs.yaml'): Manifest {
  const steps = readManifest(withDocuments({ label, path: `/${label}`, text }), 'default');
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  const { manifest, faults, warnings } = step.value;
  if (manifest === null || faults.length > 0) throw new Error([...faults, ...warnings].join('\n'));
  return manifest;
}

/** The objects of a text, as a store would give them. */
export function objectsOf(text: string, label = 'vs.yaml'): JsonObject[] {
  return manifestOf(text, label).documents.flatMap((document) => document.found.map((found) => found.object));
}

/** The text after its `index`-th object has changed. */
export function changed(text: string, index: number, ...changes: Change[]): string {
  const manifest = manifestOf(text);
  let count = 0;
  const documents = manifest.documents.map((document) => {
    const found = document.found[index - count];
    const isHere = index >= count && found !== undefined;
    count += document.found.length;
    if (!isHere || document.tree === null) return document;
    const after = changes.reduce<Json>((object, change) => change(object), found.object);
    const raw = isObject(after) ? rawOf(found, after) : null;
    if (raw === null) throw new Error('another namespace');
    const edited = edit(document.tree, found.path, raw, { identity });
    if (!edited.ok) throw new Error(edited.fault.message);
    return { ...document, text: edited.tree.text };
  });
  return manifestText({ ...manifest, documents });
}
