/**
 * `npm run generate` writes what follows from the sources: action.yml, the marked places of README.md and of docs/,
 * and the names of the operations in the schema.
 * `npm run generate -- --check` writes nothing and fails where they are out of date.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { actionYml } from './generate/action-yml.ts';
import { pages } from './generate/pages.ts';
import { fillPlaces } from './generate/places.ts';
import { outcomeSchema } from './generate/schema.ts';

const ROOT = join(import.meta.dirname, '..');

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });

const SCHEMA = join(ROOT, 'schema', 'outcome.schema.json');

const FILES: readonly {
  readonly path: string;
  readonly make: (old: string) => string | Promise<string>;
}[] = [
  { path: join(ROOT, 'action.yml'), make: actionYml },
  ...pages().map((page) => ({ path: join(ROOT, page), make: fillPlaces })),
  { path: SCHEMA, make: (old) => outcomeSchema(old, SCHEMA) },
];

for (const { path, make } of FILES) {
  const old = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const fresh = await make(old);
  if (fresh === old) continue;
  const name = relative(ROOT, path);
  if (values.check) {
    process.stderr.write(`${name} is out of date: npm run generate\n`);
    process.exitCode = 1;
  } else {
    writeFileSync(path, fresh);
    process.stdout.write(`wrote ${name}\n`);
  }
}
