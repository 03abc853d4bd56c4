import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { crawlFolder } from '../../../src/stores/manifests/crawl.ts';
import { crawlGlob, splitGlob } from '../../../src/stores/manifests/patterns.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'istiops-crawl-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function write(...names: readonly string[]): void {
  for (const name of names) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), '');
  }
}

const FOUND = ['.hidden/c.yaml', 'a.yaml', 'b.YML', 'deep/er/Kustomization', 'deep/er/d.json'];
const LEFT = [
  'node_modules/p/x.yaml',
  '.git/config.yaml',
  'deep/node_modules/y.yml',
  'a.yaml.bak',
  'README.md',
];

test('finds every manifest and kustomization below a folder, hidden ones too, and names links without following them', async () => {
  write(...FOUND, ...LEFT, 'other/e.yaml');
  symlinkSync('../other', path.join(root, 'deep', 'link'));
  symlinkSync('a.yaml', path.join(root, 'link.yaml'));
  expect(await crawlFolder(root)).toEqual({
    names: [...FOUND, 'other/e.yaml'],
    links: [path.join(root, 'deep/link'), path.join(root, 'link.yaml')],
  });
});

test('a glob for the same finds the same', async () => {
  write(...FOUND, ...LEFT);
  symlinkSync('er', path.join(root, 'deep', 'link'));
  expect(await crawlGlob('**/{*.{yaml,yml,json},Kustomization}', root)).toEqual(await crawlFolder(root));
});

test.for([
  ['deploy/*/istio.yaml', { head: 'deploy', pattern: '*/istio.yaml' }],
  ['*.yaml', { head: '.', pattern: '*.yaml' }],
  ['/etc/{a,b}/x.yaml', { head: '/etc', pattern: '{a,b}/x.yaml' }],
  ['deploy/api.yaml', undefined],
] as const)('%s is divided in front of its first wildcard', ([given, split]) => {
  expect(splitGlob(given)).toEqual(split);
});
