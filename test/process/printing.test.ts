/** Printing is the least that a run does: where it fails, or is about a fault, the traffic is what counts. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { routing, secretKubeconfig } from '../support/process/cluster.ts';
import { strangeIn } from '../support/process/printed.ts';
import { runAction, runCli } from '../support/process/processes.ts';
import { serverOptions } from '../support/process/scenarios.ts';
import { startServer } from '../support/api-server/server.ts';

const WEIGHT = {
  operation: 'weight',
  'label-selector': 'app=api-domain',
  'pod-selector': 'app=api-domain,build=PR-10',
  weight: '20',
  'propagation-wait': '0s',
};
const ARGS = [
  'traffic',
  'weight',
  ...Object.entries(WEIGHT)
    .slice(1)
    .flatMap(([name, text]) => [`--${name}`, text]),
];

describe.concurrent('after a write', () => {
  test('a summary that can not be written does not fail the step', async ({ expect }) => {
    await using server = await startServer(serverOptions());
    const { code, stdout } = await runAction(
      { ...WEIGHT, kubeconfig: secretKubeconfig(server) },
      { env: { GITHUB_STEP_SUMMARY: '~/no/such/folder/summary.md' } },
    );
    expect([code, stdout.match(/^::warning::The job summary could not be written/gm)?.length]).toEqual([
      0, 1,
    ]);
    expect(stdout).toMatch(/^::notice title=istiops [^:]*::api-domain-pr-10-b273e4 now gets/m);
  });

  test('outputs that can not be written do not fail the step', async ({ expect }) => {
    await using server = await startServer(serverOptions());
    const folder = mkdtempSync(join(tmpdir(), 'istiops-printing-'));
    const output = join(folder, 'output');
    writeFileSync(output, '');
    server.on('PUT virtualservices', {
      meanwhile: () => {
        rmSync(output);
      },
    });
    const { code, stdout, summary } = await runAction(
      { ...WEIGHT, kubeconfig: secretKubeconfig(server) },
      { env: { GITHUB_OUTPUT: output } },
    );
    rmSync(folder, { recursive: true });
    expect([code, stdout.match(/^::warning::The outputs could not be written/gm)?.length]).toEqual([0, 1]);
    expect(summary).toContain('now gets 20 %');
  });

  test.for(['action', 'cli'] as const)('nobody who reads is no fault: %s', async (door, { expect }) => {
    await using server = await startServer(serverOptions());
    const before = JSON.stringify(routing(server));
    const kubeconfig = secretKubeconfig(server);
    const onStart = ({ stdout, stderr }: { stdout: unknown; stderr: unknown }): void => {
      for (const stream of [stdout, stderr] as {
        destroy(): void;
        on(name: string, then: () => void): void;
      }[]) {
        stream.on('error', () => undefined);
        stream.destroy();
      }
    };
    const { code } =
      door === 'action'
        ? await runAction({ ...WEIGHT, kubeconfig }, { onStart })
        : await runCli(ARGS, { files: { '.kube/config': kubeconfig }, onStart });
    expect(code).toBe(0);
    expect(JSON.stringify(routing(server))).not.toBe(before);
    expect(server.requests.filter(({ verb }) => verb === 'PUT')).toHaveLength(2);
  });
});

test.each([
  ['a fault', 'throw new Error(words)'],
  ['a refused promise', 'void Promise.reject(new Error(words)); setTimeout(() => {}, 10_000)'],
  ['what is no error', 'throw words'],
  ['a warning', 'process.emitWarning(words); setTimeout(() => process.exit(1), 100)'],
])('%s that nobody catches goes through the door', (_, statement) => {
  const script = `
    import { createRedactor } from './src/base/redactor.ts';
    import { standardStreams, tellUncaught } from './src/doors/streams.ts';
    const secrets = createRedactor();
    secrets.learn('a-l0ng-secret');
    const { err } = standardStreams(secrets);
    tellUncaught((words) => { err(words + '\\n'); });
    const words = 'x\\n::set-env name=A::pwned ##[error]pwned a-l0ng-secret \\x1b[2J';
    ${statement};
  `;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: join(import.meta.dirname, '..', '..'),
    encoding: 'utf8',
  });
  expect(status).toBe(1);
  expect(stderr).toContain(':\\u003aset-env name=A::pwned ##\\u005berror]pwned *** \\x1b[2J');
  expect(strangeIn(stdout + stderr, 'cli')).toEqual([]);
});

test('the end of an idle connection that nobody catches does not end the run', () => {
  const script = `
    import { errors } from 'undici';
    import { tellUncaught } from './src/doors/streams.ts';
    tellUncaught((words) => { console.error(words); });
    setTimeout(() => { throw new errors.InformationalError('socket idle timeout'); }, 1);
    setTimeout(() => { console.log('went on'); }, 50);
  `;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: join(import.meta.dirname, '..', '..'),
    encoding: 'utf8',
  });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'went on\n', stderr: '' });
});
