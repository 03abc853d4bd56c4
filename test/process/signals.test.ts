import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { sameJson } from '../../src/base/json.ts';
import { change, routing, secretKubeconfig } from '../support/process/cluster.ts';
import { leaksOf } from '../support/process/leaks.ts';
import { runAction, type Ended } from '../support/process/processes.ts';
import { serverOptions } from '../support/process/scenarios.ts';
import { startServer, type FakeServer, type Pattern } from '../support/api-server/server.ts';

const BUILD = {
  'label-selector': 'app=api-domain',
  'pod-selector': 'app=api-domain,build=PR-10',
  'propagation-wait': '300ms',
};
const WEIGHT = { operation: 'weight', ...BUILD, weight: '20' };
const ROLLBACK = { operation: 'rollback', ...BUILD };

/**
 * As the runner: SIGINT, and before the process has ended, SIGTERM. At once, since Node takes its handlers away some
 * milliseconds before a process that is done has ended.
 */
function cancel(child: ChildProcess | undefined): void {
  child?.kill('SIGINT');
  child?.kill('SIGTERM');
}

interface Signals {
  readonly both: () => void;
  readonly only: (signal: NodeJS.Signals) => () => void;
}

interface Cancelled {
  readonly ended: Ended;
  readonly server: FakeServer;
  readonly isAsBefore: boolean;
}

/** Runs the Action, with `given` told how to send it signals, and cancels it when the log has the `words`. */
async function cancelled(
  inputs: Readonly<Record<string, string>>,
  { given, words }: { given?: (server: FakeServer, send: Signals) => void; words?: RegExp },
  ...earlier: readonly Readonly<Record<string, string>>[]
): Promise<Cancelled> {
  await using server = await startServer(serverOptions());
  await change(server, ...earlier);
  const before = routing(server);
  const done = server.requests.length;
  let child: ChildProcess | undefined;
  given?.(server, {
    both: () => {
      cancel(child);
    },
    only: (signal) => () => child?.kill(signal),
  });
  const ended = await runAction(
    { ...inputs, kubeconfig: secretKubeconfig(server) },
    {
      onStart: (started) => {
        child = started;
        let said = '';
        child.stdout?.on('data', (text: Buffer) => {
          said += text.toString();
          if (started.killed || words?.test(said) !== true) return;
          cancel(child);
        });
      },
    },
  );
  const seen = { ...server, requests: server.requests.slice(done) };
  return { ended, server: seen, isAsBefore: sameJson(before, routing(server)) };
}

describe.concurrent('cancelled by SIGINT, then SIGTERM', () => {
  const requests: readonly Pattern[] = [
    'LIST virtualservices',
    'LIST pods',
    'DRYRUN destinationrules',
    'DRYRUN virtualservices',
    'PUT destinationrules',
    'PUT virtualservices',
  ];
  test.for(requests)('at %s: everything is as it was', async (pattern, { expect }) => {
    const { ended, server, isAsBefore } = await cancelled(WEIGHT, {
      given: (fake, send) => fake.on(pattern, { meanwhile: send.both }),
    });
    expect(ended.code, ended.stdout).toBe(1);
    expect(ended.outputs).toMatchObject({ 'failure-reason': 'cancelled', changed: 'false', diff: '' });
    expect(isAsBefore).toBe(true);
    expect(leaksOf({ ...ended, requests: server.requests })).toEqual([]);
  });

  test('while the server says nothing to a read: it ends at once', async ({ expect }) => {
    const { ended } = await cancelled(WEIGHT, {
      given: (fake, send) =>
        fake
          .always('LIST virtualservices', { hang: 'before' })
          .on('LIST destinationrules', { meanwhile: send.both }),
    });
    // Had it been waited for, its time would have run out: that is a timeout.
    expect(ended.outputs['failure-reason']).toBe('cancelled');
  });

  test('a write that is on its way is waited for, and a SIGTERM while it is undone changes nothing', async ({
    expect,
  }) => {
    const { ended, isAsBefore } = await cancelled(WEIGHT, {
      given: (fake, send) =>
        fake.on(
          'PUT virtualservices',
          { meanwhile: send.only('SIGINT') },
          { meanwhile: send.only('SIGTERM') },
        ),
    });
    expect(ended.stdout).toContain('Undid VirtualService default/api-domain');
    expect(ended.summary).toContain('everything is as it was');
    expect(isAsBefore).toBe(true);
  });

  test.for([/Waiting/, /Wrote VirtualService/])(
    'a rollback, at %s: it is undone',
    async (words, { expect }) => {
      // Longer than the signal needs on any machine.
      const { ended, isAsBefore } = await cancelled(
        { ...ROLLBACK, 'propagation-wait': '10m' },
        { words },
        WEIGHT,
      );
      expect(isAsBefore).toBe(true);
      expect(ended.outputs['failure-reason']).toBe('cancelled');
      expect(ended.code).toBe(1);
    },
  );

  test('a rollback, at its last write: it is finished', async ({ expect }) => {
    const given = (fake: FakeServer, send: Signals) =>
      fake.on('PUT destinationrules', { meanwhile: send.both });
    const { ended, isAsBefore } = await cancelled(ROLLBACK, { given }, WEIGHT);
    expect(isAsBefore).toBe(false);
    expect(ended.outputs['failure-reason']).toBe('');
    expect(ended.code).toBe(0);
  });
});

test('Ctrl-C on the command line, whose output nobody reads any more', async ({ expect }) => {
  await using server = await startServer(serverOptions());
  const before = routing(server);
  const home = await mkdtemp(join(tmpdir(), 'istiops-signals-'));
  await writeFile(join(home, 'kubeconfig'), secretKubeconfig(server));
  const words = Object.entries({ ...WEIGHT, kubeconfig: join(home, 'kubeconfig') }).flatMap(([name, text]) =>
    name === 'operation' ? [] : [`--${name}`, text],
  );
  const cli = join(import.meta.dirname, '../../dist/istiops.js');
  const child = spawn(process.execPath, [cli, 'traffic', 'weight', ...words], { cwd: home });
  server.on('PUT virtualservices', {
    meanwhile: () => {
      child.stdout.destroy();
      child.stderr.destroy();
      cancel(child);
    },
  });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  await rm(home, { recursive: true });
  expect(code).toBe(1);
  expect(server.requests.filter(({ verb }) => verb === 'PUT')).toHaveLength(4);
  expect(sameJson(before, routing(server))).toBe(true);
});
