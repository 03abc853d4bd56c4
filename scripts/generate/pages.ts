import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');

/** The Markdown pages for users, relative to the root: README.md, then those of docs/. */
export function pages(): readonly string[] {
  const names = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
  return ['README.md', ...names.toSorted().map((name) => `docs/${name}`)];
}
