import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const SRC = join(import.meta.dirname, '..', 'src');

/** From the ground up: a file imports from its own room and from rooms before it, types included. */
const ROOMS = [
  'base',
  'yaml',
  'istio',
  'net',
  'intent',
  'gates',
  'plan',
  'undo',
  'reach',
  'operations',
  'checks',
  'confirm',
  'report',
  'doctor',
  'ports',
  'stores',
  'probe',
  'github',
  'run',
  'doors',
];

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
const imports = new Map(files.map((file) => [file, importsOf(file)]));

/** Files of `src/` that a file imports, types included. */
function importsOf(file: string): readonly string[] {
  const text = readFileSync(join(SRC, file), 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(([, path = '']) =>
    relative(SRC, join(SRC, dirname(file), path)),
  );
}

function roomOf(file: string): string {
  return file.split('/')[0] ?? '';
}

test('src/ itself holds the library alone, and every room is in the list', () => {
  expect(files.filter((file) => !file.includes('/'))).toEqual(['index.ts']);
  expect(new Set(files.filter((file) => file.includes('/')).map(roomOf))).toEqual(new Set(ROOMS));
});

test('CONTRIBUTING lists the rooms in this order', () => {
  const guide = readFileSync(join(SRC, '..', 'CONTRIBUTING.md'), 'utf8');
  const [, layout = ''] = /^## How it is laid out$(.*?)^## /ms.exec(guide) ?? [];
  expect([...layout.matchAll(/^- `([^/`]+)\/`/gm)].map(([, room]) => room)).toEqual(ROOMS);
});

test('every import points to the same room or to one before it', () => {
  const wrong = [...imports].flatMap(([file, targets]) =>
    file === 'index.ts'
      ? []
      : targets
          .filter((target) => ROOMS.indexOf(roomOf(target)) > ROOMS.indexOf(roomOf(file)))
          .map((target) => `${file} imports ${target}`),
  );
  expect(wrong).toEqual([]);
});

test('no import comes back to its own file', () => {
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
      return;
    }
    if (done.has(file)) return;
    for (const target of imports.get(file) ?? []) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  expect(circles).toEqual([]);
});

/** Types, functions and constants of a file, by name; true: it exports them. */
function declarationsOf(file: string): ReadonlyMap<string, boolean> {
  const text = readFileSync(join(SRC, file), 'utf8');
  const found = text.matchAll(/^(export )?(?:async )?(?:const|class|function\*?|interface|type) (\w+)/gm);
  return new Map([...found].map(([, exported, name = '']) => [name, exported !== undefined]));
}

const declared = files.flatMap((file) =>
  [...declarationsOf(file)].map(([name, isExported]) => ({ name, isExported, file })),
);

test('a name that a file exports is declared by no other, and a type by one file alone', () => {
  // Each door exports its own.
  const byName = Map.groupBy(
    declared.filter(({ name }) => name !== 'main'),
    ({ name }) => name,
  );
  const shared = [...byName].filter(
    ([name, all]) => all.length > 1 && (/^[A-Z][a-z]/.test(name) || all.some(({ isExported }) => isExported)),
  );
  expect(shared.map(([name, all]) => `${name}: ${all.map(({ file }) => file).join(', ')}`)).toEqual([]);
});

test('the YAML editor is used by its index alone', () => {
  const inside = [...imports].flatMap(([file, targets]) =>
    roomOf(file) === 'yaml' ? [] : targets.filter((to) => roomOf(to) === 'yaml' && to !== 'yaml/index.ts'),
  );
  expect(inside).toEqual([]);
});

test('the YAML editor knows nothing of Istio', () => {
  const outside = [...imports].flatMap(([file, targets]) =>
    roomOf(file) === 'yaml' ? targets.filter((target) => !['yaml', 'base'].includes(roomOf(target))) : [],
  );
  expect(outside).toEqual([]);
});
