/**
 * Ten files as people have them, an edit each, made twice: by this editor, and by the `yaml` package's own documents
 * (parse, change the nodes, print). What the second does beside the edit is why the first exists.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isMap, isSeq, parseAllDocuments, type Document } from 'yaml';
import { type Json, sameJson } from '../../src/base/json.ts';
import { identity } from '../../src/stores/manifests/identity.ts';
import { edit, parse, splitDocuments } from '../../src/yaml/index.ts';
import { insert, set } from './editing.ts';

type Step = readonly [verb: 'set' | 'insert', path: string, value: Json];

interface EditedFile {
  readonly file: string;
  /** Of the document that is edited, from 0. */
  readonly document?: number;
  readonly steps: readonly Step[];
  /** Lines that the edit removes and adds. */
  readonly lines: number;
  /** The anchor has moved to where it is still needed, and stays there. */
  readonly movesAnchor?: true;
  /** What printing a document does beside the edit: lines that it removes and adds, and whether it still says the same. */
  readonly printed: { readonly lines: number; readonly reads: 'as wanted' | 'otherwise' } | 'refused';
}

const preview = (host: string): Json => ({
  name: 'preview',
  match: [{ headers: { 'x-preview': { regex: '^a?b$' } } }],
  route: [{ destination: { host, subset: 'on' } }],
});

const weighted = (host: string, weights: Readonly<Record<string, number>>): Json =>
  Object.entries(weights).map(([subset, weight]) => ({ destination: { host, subset }, weight }));

const FILES: readonly EditedFile[] = [
  {
    file: 'aligned-comments.yaml',
    steps: [
      ['set', 'spec.http[0].route[0].weight', 50],
      ['set', 'spec.http[0].route[1].weight', 50],
    ],
    lines: 4,
    printed: { lines: 26, reads: 'as wanted' },
  },
  {
    file: 'two-indentations.yaml',
    steps: [['insert', 'spec.http[0]', preview('ratings')]],
    lines: 9,
    printed: { lines: 33, reads: 'otherwise' },
  },
  {
    file: 'long-lines.yaml',
    steps: [['set', 'spec.http[0].timeout', '10s']],
    lines: 2,
    printed: { lines: 13, reads: 'as wanted' },
  },
  {
    file: 'flow-styles.yaml',
    steps: [['insert', 'spec.subsets[2]', { name: 'v3', labels: { version: '3' } }]],
    lines: 1,
    printed: { lines: 12, reads: 'as wanted' },
  },
  {
    file: 'shared-routes.yaml',
    steps: [
      ['set', 'spec.http[0].route[0].weight', 80],
      ['insert', 'spec.http[0].route[1]', { destination: { host: 'search', subset: 'v2' }, weight: 20 }],
    ],
    lines: 10,
    movesAnchor: true,
    printed: { lines: 14, reads: 'otherwise' },
  },
  {
    file: 'merge-keys.yaml',
    steps: [['set', 'spec.http[0].retries', { attempts: 5, perTryTimeout: '10s' }]],
    lines: 3,
    printed: { lines: 8, reads: 'otherwise' },
  },
  {
    file: 'windows.yaml',
    steps: [['set', 'spec.http[0].route', weighted('invoices', { v1: 80, v2: 20 })]],
    lines: 4,
    printed: { lines: 26, reads: 'as wanted' },
  },
  {
    file: 'several-documents.yaml',
    document: 1,
    steps: [['set', 'spec.tcp[0].route', weighted('queue', { blue: 80, green: 20 })]],
    lines: 3,
    printed: { lines: 31, reads: 'as wanted' },
  },
  {
    file: 'profile.json',
    steps: [['insert', 'spec.subsets[1]', { name: 'v2', labels: { version: '1.20' } }]],
    lines: 3,
    printed: { lines: 12, reads: 'as wanted' },
  },
  {
    file: 'words-of-yaml.yaml',
    steps: [['insert', 'spec.subsets[1]', { name: 'off', labels: { build: 'off', version: '2024-02-10' } }]],
    lines: 2,
    printed: 'refused',
  },
];

function textOf(file: string): string {
  return readFileSync(join(import.meta.dirname, 'files', file), 'utf8');
}

function valueOf(text: string): Json {
  const parsed = parse(text);
  if (!parsed.ok || parsed.tree.faults.length > 0) throw new Error(`not as Kubernetes reads it: ${text}`);
  return parsed.tree.root?.value ?? null;
}

function wantedOf({ steps }: EditedFile, before: Json): Json {
  return steps.reduce<Json>(
    (value, [verb, path, to]) => (verb === 'set' ? set(path, to) : insert(path, to))(value),
    before,
  );
}

/** The file's text after its edit by this editor. */
function editedText(edited: EditedFile, text: string, back?: Json): string {
  return splitDocuments(text)
    .map((document, index) => {
      if (index !== (edited.document ?? 0)) return document;
      const parsed = parse(document);
      const after = back ?? wantedOf(edited, valueOf(document));
      const result = parsed.ok ? edit(parsed.tree, [], after, { identity }) : parsed;
      if (!result.ok) throw new Error(result.fault.message);
      return result.tree.text;
    })
    .join('');
}

/** The file's text after its edit by the `yaml` package alone, with what keeps most as it is; null: it is refused. */
function printedText({ document = 0, steps }: EditedFile, text: string): string | null {
  const documents = [...parseAllDocuments(text, { merge: true })];
  const chosen: Document.Parsed | undefined = documents[document];
  if (chosen === undefined || documents.some(({ errors }) => errors.length > 0)) return null;
  for (const [verb, path, value] of steps) {
    const at = path
      .split(/\.|(?=\[)/)
      .map((step) => (step.startsWith('[') ? Number(step.slice(1, -1)) : step));
    const list = chosen.getIn(at.slice(0, -1), true);
    if (verb === 'set' && (isMap(list) || isSeq(list))) chosen.setIn(at, chosen.createNode(value));
    else if (verb === 'insert' && isSeq(list))
      list.items.splice(Number(at.at(-1)), 0, chosen.createNode(value));
    else throw new Error(`no ${path}`);
  }
  return documents.map((each) => each.toString({ lineWidth: 0 })).join('');
}

/** Lines removed and added, at least. */
function touched(before: string, after: string): number {
  const [a, b] = [before.split(/(?<=\n)/), after.split(/(?<=\n)/)];
  const row = new Uint32Array(b.length + 1);
  for (const line of a) {
    let diagonal = 0;
    b.forEach((other, index) => {
      const above = row[index + 1] ?? 0;
      row[index + 1] = line === other ? diagonal + 1 : Math.max(above, row[index] ?? 0);
      diagonal = above;
    });
  }
  return a.length + b.length - 2 * (row[b.length] ?? 0);
}

describe.each(FILES)('$file', (edited) => {
  const { file, lines, printed, document = 0 } = edited;
  const before = textOf(file);
  const beforeValue = valueOf(splitDocuments(before)[document] ?? '');

  test('the edit touches the lines it must, says what was wanted, and is undone without a trace', async () => {
    const after = editedText(edited, before);
    await expect(after.replaceAll('\r\n', '\n')).toMatchFileSnapshot(`files/edited/${file}`);
    expect(valueOf(splitDocuments(after)[document] ?? '')).toEqual(wantedOf(edited, beforeValue));
    expect(touched(before, after)).toBe(lines);
    const undone = editedText(edited, after, beforeValue);
    expect(valueOf(splitDocuments(undone)[document] ?? '')).toEqual(beforeValue);
    if (edited.movesAnchor !== true) expect(undone).toBe(before);
  });

  test('printing the document anew does more', () => {
    const after = printedText(edited, before);
    if (after === null) {
      expect('refused').toEqual(printed);
      return;
    }
    const chosen = splitDocuments(after)[document] ?? '';
    const parsed = parse(chosen);
    const reads =
      parsed.ok && sameJson(parsed.tree.root?.value, wantedOf(edited, beforeValue))
        ? 'as wanted'
        : 'otherwise';
    expect({ lines: touched(before, after), reads }).toEqual(printed);
    expect(reads === 'otherwise' || touched(before, after) > lines).toBe(true);
  });
});
