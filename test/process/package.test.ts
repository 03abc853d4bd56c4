/** What is installed: one package, whose command and library are the bundle that the Action runs. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { isObject } from '../../src/base/json.ts';
import { VERSION } from '../../src/base/version.ts';
import * as library from '../../src/index.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const MANIFEST = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly bin: { readonly istiops: string };
  readonly exports: { readonly '.': { readonly types: string; readonly default: string } };
};

function istiops(script: string, ...args: readonly string[]): { readonly code: number | null; text: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, script), ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  return { code: status, text: stdout + stderr };
}

test('nothing is installed beside it', () => {
  const kinds = ['dependencies', 'peerDependencies', 'optionalDependencies', 'bundleDependencies'];
  expect(kinds.filter((kind) => isObject(MANIFEST) && kind in MANIFEST)).toEqual([]);
});

test('the command is the one of the sources', () => {
  const { bin } = MANIFEST;
  expect(istiops(bin.istiops, 'version')).toEqual({ code: 0, text: `istiops ${VERSION}\n` });
  const show = ['traffic', 'show', '--label-selector', 'app=api-domain', '--manifests', 'examples/shop'];
  const built = istiops(bin.istiops, ...show);
  expect(built.code).toBe(0);
  expect(built).toEqual(istiops('src/doors/bin/istiops.ts', ...show));
  expect(istiops(bin.istiops, 'traffic', 'nonsense').code).toBe(2);
});

test('a program gets what src/index.ts exports', async () => {
  const path = join(ROOT, MANIFEST.exports['.'].default);
  const built = (await import(pathToFileURL(path).href)) as object;
  expect(Object.keys(built).sort()).toEqual(Object.keys(library).sort());
});

test('a program without ES modules can load it, too', () => {
  const path = JSON.stringify(join(ROOT, MANIFEST.exports['.'].default));
  const { status, stderr } = spawnSync(process.execPath, ['-e', `require(${path}).parseWords`], {
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
});
