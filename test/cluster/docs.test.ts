import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeAll, expect, inject, test } from 'vitest';
import { parse } from 'yaml';
import { blocksOf, readPage } from '../support/pages.ts';
import { ensureTools } from './plane/build.ts';
import type { SampleApp } from './plane/sample-app.ts';
import { istiops } from './support/doors.ts';
import { askMany } from './support/many.ts';
import { read, traces, type Both } from './support/objects.ts';
import { sharedPlane, type Plane } from './support/plane.ts';

const PAGE = 'docs/getting-started.md';

let plane: Plane;
let app: SampleApp;
let start: Both;
let dir: string;

beforeAll(async () => {
  plane = await sharedPlane();
  const namespace = await plane.namespace('docs');
  app = await plane.deployBuilds({ namespace, app: 'api-domain', builds: ['v1', 'v2'] });
  start = await read(plane, namespace, 'api-domain');
  dir = await mkdtemp(join(plane.dir, 'docs-'));
});

/** The commands of the page in its order, in one shell, as a reader pastes them; with `namespace` as it is here. */
function commands(): string {
  const blocks = blocksOf(readPage(PAGE)).filter(({ language }) => language === 'sh');
  const text = blocks.map((block) => block.text).join('\n');
  expect(text.match(/^namespace=default$/gm)).toHaveLength(1);
  return text.replace(/^namespace=default$/m, `namespace=${app.namespace}`);
}

/** Puts kubectl, `istiops` and a stand-in for `gh` on PATH: the last keeps what it is given. */
async function programs(): Promise<string> {
  const { kubectl } = await ensureTools(['kubectl'], () => undefined);
  const bin = join(dir, 'bin');
  mkdirSync(bin);
  const cli = join(inject('doors'), 'dist/istiops.js');
  const scripts = {
    istiops: `exec '${process.execPath}' '${cli}' "$@"`,
    gh: `echo "$@" >'${join(dir, 'gh-called')}'\ncat >'${join(dir, 'gh-secret')}'`,
  };
  for (const [name, body] of Object.entries(scripts)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  }
  return [bin, dirname(kubectl), process.env['PATH']].join(':');
}

test(`the commands of ${PAGE} make credentials that work, shift, and leave no trace`, async () => {
  // A reader is an administrator by ~/.kube/config.
  mkdirSync(join(dir, '.kube'));
  writeFileSync(join(dir, '.kube', 'config'), readFileSync(plane.kubeconfig, 'utf8'));
  const ran = spawnSync('bash', ['-euo', 'pipefail', '-c', commands()], {
    cwd: dir,
    encoding: 'utf8',
    env: { PATH: await programs(), HOME: dir, TMPDIR: plane.dir },
  });
  expect(ran.status, ran.stdout + ran.stderr).toBe(0);

  expect(ran.stdout).toContain('yes\nyes\nno\n');
  expect(ran.stdout).toMatch(/The token expires at 20\d\d-.*Z\./);
  expect(ran.stdout).toContain('Would give api-domain-v2 20 %');
  expect(ran.stdout).toContain('api-domain-v2 now gets 20 %');
  expect(ran.stdout).toContain('Took back the weight');
  // On the copy as on the cluster: what `--diff` shows is of the copy.
  expect(ran.stdout).toContain('--- a/trial.yaml');
  const left = await read(plane, app.namespace, 'api-domain');
  expect(traces(left)).toEqual(traces(start));
  expect(JSON.stringify(left)).not.toContain('istiops/');
  expect(await askMany(plane, { host: app.host }, 100)).toEqual({ '200 v1': 100 });

  // The secret is a kubeconfig with this account alone, and with the rights that were printed.
  expect(readFileSync(join(dir, 'gh-called'), 'utf8')).toBe('secret set KUBECONFIG\n');
  const secret = parse(readFileSync(join(dir, 'gh-secret'), 'utf8')) as Record<string, readonly unknown[]>;
  const { clusters, users, contexts } = secret;
  expect([clusters?.length, users?.length, contexts?.length]).toEqual([1, 1, 1]);

  // It is void once the last block has run: at once without rights, and some seconds later unknown to the API server,
  // which remembers a deleted account for about ten.
  const KUBECONFIG = join(dir, 'gh-secret');
  const show = await istiops(plane, 'show', { 'label-selector': 'app=api-domain' }, { env: { KUBECONFIG } });
  expect(['unauthorized', 'forbidden']).toContain(show.result.failure?.reason);
});
