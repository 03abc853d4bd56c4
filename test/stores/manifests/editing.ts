/** What the tests of editing share. */
import { readManifest, textOf } from '../../../src/stores/manifests/documents.ts';
import { editTree } from '../../../src/stores/manifests/edit.ts';
import { rawOf } from '../../../src/stores/manifests/objects.ts';
import type { JsonObject } from '../../../src/json.ts';

/** Loosely typed on purpose: a test changes what it likes. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Loose = any;

/** A template without the indentation that all of its lines have, nor its first and last line. */
export function dedent(strings: TemplateStringsArray): string {
  const lines = (strings.raw[0] ?? '').replace(/^\n/, '').replace(/\n *$/, '\n').split('\n');
  const indents = lines.filter((line) => line.trim() !== '').map((line) => /^ */.exec(line)?.[0].length ?? 0);
  const least = Math.min(...indents);
  return lines.map((line) => line.slice(least)).join('\n');
}

/** The objects of a text, as a store would give them. */
export function objectsOf(text: string, label = 'vs.yaml'): JsonObject[] {
  const { manifest, faults, warnings } = readManifest({ label, path: `/${label}`, text }, 'default');
  if (manifest === null || faults.length > 0) throw new Error([...faults, ...warnings].join('\n'));
  return manifest.documents.flatMap((document) => document.found.map((found) => found.object));
}

/** The text after its `index`-th object was changed by `change`, which may work on the copy that it gets. */
export function changed(text: string, change: (object: Loose) => void, index = 0, label = 'vs.yaml'): string {
  const { manifest, faults, warnings } = readManifest({ label, path: `/${label}`, text }, 'default');
  if (manifest === null || faults.length > 0) throw new Error([...faults, ...warnings].join('\n'));
  let count = 0;
  const documents = manifest.documents.map((document) => {
    const found = document.found[index - count];
    const mine = index >= count && found !== undefined;
    count += document.found.length;
    if (!mine || document.tree === null) return document;
    const after: Loose = structuredClone(found.object);
    change(after);
    const raw = rawOf(found, after as JsonObject);
    if (raw === null) throw new Error('another namespace');
    return { ...document, text: editTree(document.tree, found.path, raw).text };
  });
  return textOf({ ...manifest, documents });
}
