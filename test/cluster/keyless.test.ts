/** GitHub's own token on a real API server, which runs with what `istiops keyless` printed for it. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { JOB, startGithub, type Job } from '../support/github.ts';
import { blocksOf, readPage } from '../support/pages.ts';
import { leaksOf } from '../support/process/leaks.ts';
import { ensureTools } from './plane/build.ts';
import type { SampleApp } from './plane/sample-app.ts';
import { action, doctor, type ActionRan, type Inputs } from './support/doors.ts';
import { allowJobs, grant, printedByKeyless } from './support/keyless.ts';
import { askMany } from './support/many.ts';
import { read, traces, type Both } from './support/objects.ts';
import { sharedPlane, WAIT, type Plane } from './support/plane.ts';

let plane: Plane;
let app: SampleApp;
let start: Both;
let ca: string;

beforeAll(async () => {
  plane = await sharedPlane();
  const namespace = await plane.namespace('keyless');
  app = await plane.deployBuilds({ namespace, app: 'api', builds: ['v1', 'v2'] });
  start = await read(plane, namespace);
  await allowJobs(plane, namespace);
  ca = join(plane.dir, 'keyless-ca.crt');
  writeFileSync(ca, plane.ca);
});

const place = (): Inputs => ({
  namespace: app.namespace,
  server: plane.server,
  'certificate-authority': ca,
  'label-selector': 'app=api',
  'pod-selector': 'app=api,build=v2',
  'propagation-wait': WAIT,
});

/** Runs the Action as a job does: with its variables, and no kubeconfig anywhere. */
async function asJob(job: Job, inputs: Inputs, secrets: readonly string[] = []): Promise<ActionRan> {
  const ran = await action(plane, { ...place(), ...inputs }, { env: { KUBECONFIG: '', ...job.env } });
  const seen = { ...ran, args: [], state: {}, requests: [] };
  const own = job.tokens.flatMap((one) => one.split('.').slice(1));
  expect(leaksOf(seen, [job.own, ...own, ...secrets])).toEqual([]);
  return ran;
}

const WEIGHT = { operation: 'weight', weight: '20' };
const ROLLBACK = { operation: 'rollback' };

const failure = ({ stdout }: ActionRan): string =>
  (/^::error[^:]*::(.*)$/m.exec(stdout)?.[1] ?? '').replaceAll('%0A', '\n').replaceAll('%3A', ':');

test('a share and back, with the rights that are printed, as the job of its ref', async () => {
  const job = plane.github.job();
  const shifted = await asJob(job, WEIGHT);
  expect(shifted.code, shifted.stdout).toBe(0);
  expect(shifted.outputs).toMatchObject({ changed: 'true', context: 'keyless', server: plane.server });
  expect(job.audiences).toEqual([plane.server]);
  const back = await asJob(job, ROLLBACK);
  expect(back.code, back.stdout).toBe(0);
  expect(traces(await read(plane, app.namespace))).toEqual(traces(start));
});

test('doctor says as whom the API server knows the job', async () => {
  const { namespace, server, 'certificate-authority': authority } = place();
  const job = plane.github.job({ environment: 'canary' });
  const inputs = { namespace, server, 'certificate-authority': authority } as Inputs;
  const seen = await doctor(plane, inputs, { env: job.env });
  expect(seen.stdout).toContain(
    `User         github:${JOB.repository_id}:environment:canary (system:authenticated)\n`,
  );
  expect(seen.stdout).toContain('Rights       0 of 9 of the Role\n');
  expect(seen.stdout).toContain(`name: github:${JOB.repository_id}:environment:canary`);
});

describe('refused, and nothing is changed', () => {
  const refused = async (job: Job, reason: string, inputs: Inputs = {}): Promise<string> => {
    const ran = await asJob(job, { ...WEIGHT, ...inputs });
    expect(ran.outputs).toMatchObject({ changed: 'false', 'failure-reason': reason });
    expect(traces(await read(plane, app.namespace))).toEqual(traces(start));
    return failure(ran);
  };

  test('another audience', async () => {
    const message = await refused(plane.github.job(), 'unauthorized', { audience: 'https://other.example' });
    expect(message).toContain('(401 Unauthorized)');
    expect(message).toContain('\naud: https://other.example\n');
  });

  test('another owner', async () => {
    const message = await refused(plane.github.job({ repository_owner_id: '98' }), 'unauthorized');
    expect(message).toContain(
      `What does not fit: repository_owner_id is 98, and this job's is ${JOB.repository_owner_id}.`,
    );
  });

  test('a token that has expired', async () => {
    const job = plane.github.job();
    job.live(-600);
    expect(await refused(job, 'unauthorized')).toMatch(
      /exp is \S+Z, and the server's clock says \S+Z: it has expired/,
    );
  });

  test('another repository of the owner: known, without a right', async () => {
    const message = await refused(plane.github.job({ repository_id: '99' }), 'forbidden');
    expect(message).toContain(
      'The API server knows you as "github:99:refs/heads/main" (group system:authenticated).',
    );
    expect(message).toContain('    name: github:99:refs/heads/main');
  });

  test('an environment that nobody bound, though its ref is; until the RoleBinding of the message is applied', async () => {
    const job = plane.github.job({ environment: 'staging' });
    const message = await refused(job, 'forbidden');
    expect(message).toContain(`knows you as "github:${JOB.repository_id}:environment:staging"`);
    await grant(plane, app.namespace, message.slice(message.indexOf('\n\n')));
    const shown = await asJob(job, { operation: 'show' });
    expect(shown.code, shown.stdout).toBe(0);
  });

  test('a pull request of a fork has no token', async () => {
    const ran = await action(plane, { ...place(), ...WEIGHT }, { env: { KUBECONFIG: '' } });
    expect(ran.outputs).toMatchObject({ changed: 'false', 'failure-reason': 'unauthorized' });
    expect(failure(ran)).toContain('permissions:\n  id-token: write');
  });
});

test('a change outlives three tokens', async () => {
  const job = plane.github.job();
  const lifetime = 3;
  job.live(lifetime);
  const began = performance.now();
  const ran = await asJob(job, { ...WEIGHT, 'propagation-wait': '5s' });
  expect(ran.code, ran.stdout).toBe(0);
  // Two waits of five seconds: whatever the machine does, three tokens have expired meanwhile.
  expect(performance.now() - began).toBeGreaterThan(3 * lifetime * 1000);
  expect(job.tokens.length).toBeGreaterThan(3);
  const back = await asJob(job, ROLLBACK);
  expect(back.code, back.stdout).toBe(0);
  expect(traces(await read(plane, app.namespace))).toEqual(traces(start));
});

describe('a key is rotated', () => {
  test('a token of the new one is accepted at once', async () => {
    plane.github.rotate();
    const job = plane.github.job();
    const ran = await asJob(job, WEIGHT);
    expect(ran.code, ran.stdout).toBe(0);
    expect(job.tokens).toHaveLength(1);
    const back = await asJob(job, ROLLBACK);
    expect(back.code, back.stdout).toBe(0);
  });

  test('a token of one that is gone is refused, and a new one does it', async () => {
    await using gone = await startGithub();
    const { env } = gone.job({ iss: plane.github.issuer, aud: plane.server });
    const given = await fetch(env['ACTIONS_ID_TOKEN_REQUEST_URL'] ?? '', {
      headers: { authorization: `Bearer ${env['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] ?? ''}` },
    });
    const body = (await given.json()) as { readonly value: string };
    const job = plane.github.job();
    job.answer({ status: 200, body });
    const ran = await asJob(job, WEIGHT, body.value.split('.').slice(1));
    expect(ran.code, ran.stdout).toBe(0);
    expect([job.audiences.length, job.tokens.length]).toEqual([2, 1]);
    const back = await asJob(job, ROLLBACK);
    expect(back.code, back.stdout).toBe(0);
    expect(traces(await read(plane, app.namespace))).toEqual(traces(start));
  });
});

describe('docs/keyless.md', () => {
  /** The commands of the page in its order, in one shell, as a reader pastes them; with `namespace` as it is here. */
  const commands = (namespace: string): string => {
    const blocks = blocksOf(readPage('docs/keyless.md')).filter(({ language }) => language === 'sh');
    const text = blocks.map((block) => block.text).join('\n');
    expect(text.match(/^namespace=default$/gm)).toHaveLength(1);
    return text.replace(/^namespace=default$/m, `namespace=${namespace}`);
  };

  /**
   * kubectl, `istiops`, and a stand-in for `gh` that knows the repository's numbers and keeps its variables. The issuer
   * here is another than GitHub's, which `istiops` is told behind the reader's back.
   */
  const programs = async (dir: string, issuer: readonly string[]): Promise<string> => {
    const { kubectl } = await ensureTools(['kubectl'], () => undefined);
    const bin = join(dir, 'bin');
    mkdirSync(bin);
    const cli = join(inject('doors'), 'dist/istiops.js');
    const scripts = {
      istiops: `case "$*" in *'--only authentication'*) set -- "$@" ${issuer.map((word) => `'${word}'`).join(' ')};; esac\nexec '${process.execPath}' '${cli}' "$@"`,
      gh: [
        'case "$*" in',
        `'api repos/{owner}/{repo} --jq .id') echo ${JOB.repository_id};;`,
        `'api repos/{owner}/{repo} --jq .owner.id') echo ${JOB.repository_owner_id};;`,
        `'variable set KUBE_SERVER --body '*) printf %s "$5" >'${dir}/KUBE_SERVER';;`,
        `'variable set KUBE_CA') cat >'${dir}/KUBE_CA';;`,
        '*) exit 2;; esac',
      ].join('\n'),
    };
    for (const [name, body] of Object.entries(scripts))
      writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    return [bin, dirname(kubectl), process.env['PATH']].join(':');
  };

  test('its commands let the jobs in that they name; the last ones shut them out', async () => {
    const namespace = await plane.namespace('keyless-docs');
    const docs = await plane.deployBuilds({ namespace, app: 'api', builds: ['v1', 'v2'] });
    const dir = await mkdtemp(join(plane.dir, 'keyless-docs-'));
    // A reader is an administrator by ~/.kube/config.
    mkdirSync(join(dir, '.kube'));
    writeFileSync(join(dir, '.kube', 'config'), readFileSync(plane.kubeconfig, 'utf8'));
    const issuerCa = join(plane.dir, 'apiserver', 'github-ca.crt');
    const issuer = ['--issuer', plane.github.issuer, '--issuer-ca', issuerCa];
    const env = { PATH: await programs(dir, issuer), HOME: dir, TMPDIR: plane.dir };
    const bash = (script: string): string => {
      const ran = spawnSync('bash', ['-euo', 'pipefail', '-c', script], { cwd: dir, encoding: 'utf8', env });
      expect(ran.status, ran.stdout + ran.stderr).toBe(0);
      return ran.stdout;
    };
    const all = commands(namespace);
    const end = all.indexOf('kubectl --namespace "$namespace" delete rolebinding');
    expect(end).toBeGreaterThan(0);
    expect(bash(all.slice(0, end))).toContain('\nyes\n');

    // The API server runs with this very file.
    expect(readFileSync(join(dir, 'authentication.yaml'), 'utf8')).toBe(
      readFileSync(join(plane.dir, 'apiserver', 'authentication.yaml'), 'utf8'),
    );
    const [server = '', authority = ''] = ['KUBE_SERVER', 'KUBE_CA'].map((name) =>
      readFileSync(join(dir, name), 'utf8'),
    );
    const inputs = { namespace, server, 'certificate-authority': authority };
    for (const claims of [{}, { environment: 'production' }]) {
      const weight = claims.environment === undefined ? '20' : '50';
      const ran = await asJob(plane.github.job(claims), { ...WEIGHT, ...inputs, weight });
      expect(ran.code, ran.stdout).toBe(0);
    }
    const back = await asJob(plane.github.job(), { ...ROLLBACK, ...inputs });
    expect(back.code, back.stdout).toBe(0);
    expect(await askMany(plane, { host: docs.host }, 50)).toEqual({ '200 v1': 50 });

    const [header = ''] = /^[\s\S]*?(?=istiops )/.exec(all) ?? [];
    bash(`${header}\n${all.slice(end)}`);
    const after = await asJob(plane.github.job(), { operation: 'show', ...inputs });
    expect(after.outputs['failure-reason'], after.stdout).toBe('forbidden');
  });

  test('both parts together are what the two commands print', async () => {
    const whole = await printedByKeyless('--server', plane.server);
    const parts = await Promise.all(
      ['authentication', 'authorization'].map((part) =>
        printedByKeyless('--server', plane.server, '--only', part),
      ),
    );
    expect(whole).toBe(parts.join('---\n'));
  });
});
