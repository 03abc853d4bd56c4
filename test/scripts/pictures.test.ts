import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');

function versionsIn(field: 'dependencies' | 'devDependencies', ...folder: string[]): Record<string, string> {
  const text = readFileSync(join(ROOT, ...folder, 'package.json'), 'utf8');
  const fields = JSON.parse(text) as Record<string, Record<string, string>>;
  return fields[field] ?? {};
}

test('the pictures are drawn by the Mermaid that the tests parse with, which is nearest to that of GitHub', () => {
  const { mermaid } = versionsIn('dependencies', 'scripts', 'pictures');
  expect(mermaid).toBe(versionsIn('devDependencies')['mermaid']);
  expect(mermaid).toMatch(/^11\./);
});
