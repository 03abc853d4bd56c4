/** The command line as a routing test: exit codes, and what goes to which stream. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const EXPECTATIONS = join('examples', 'expectations', 'shop.yaml');

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'istiops-explain-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function explain(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const common = ['traffic', 'explain', '--label-selector', 'app=api-domain', '--manifests', 'examples/shop'];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, 'dist', 'istiops.js'), ...common, ...args],
    {
      cwd: ROOT,
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1' },
    },
  );
  return { status, stdout, stderr };
}

test('expectations that are met', () => {
  const { status, stdout, stderr } = explain('--expectations', EXPECTATIONS);
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^4 of 4 expectations met\n/);
});

test('one that is not met is a result, and exit code 1', () => {
  const path = join(folder, 'missed.yaml');
  writeFileSync(path, readFileSync(join(ROOT, EXPECTATIONS), 'utf8').replace('build=qa', 'build=9'));
  const { status, stdout, stderr } = explain('--expectations', path);
  expect([status, stderr]).toEqual([1, '']);
  expect(stdout).toContain('1 of 4 expectations is not met');
  expect(stdout).toContain('✖ QA sees its own build');
  expect(stdout).toContain('matches   http[0] qa of VirtualService default/api-domain');

  const junit = explain('--expectations', path, '--output', 'junit');
  expect([junit.status, junit.stderr]).toEqual([1, '']);
  expect(junit.stdout).toContain('<testsuites name="istiops" tests="4" failures="1" errors="0">');
});

test('a file of expectations that is not there is an error that names it', () => {
  const { status, stdout, stderr } = explain('--expectations', 'nowhere.yaml');
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toContain("The file nowhere.yaml can't be read");
});

test('several requests, by either flag; junit is for explain alone', () => {
  const { status, stdout } = explain(
    '--request',
    'https://api.domain.io/a',
    '--request',
    'https://api.domain.io/b',
    '--requests',
    'https://api.domain.io/c',
  );
  expect(status).toBe(0);
  expect(stdout).toMatch(/^3 requests explained\n/);
  const show = spawnSync(
    process.execPath,
    [join(ROOT, 'dist', 'istiops.js'), 'traffic', 'show', '-o', 'junit'],
    {
      encoding: 'utf8',
    },
  );
  expect([show.status, show.stdout]).toEqual([2, '']);
  expect(show.stderr).toContain('pretty, json, yaml');
});
