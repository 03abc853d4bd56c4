import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { sameJson } from '../../src/base/json.ts';
import { change, routing, secretKubeconfig } from './cluster.ts';
import { leaksOf } from './leaks.ts';
import { runAction, type Ended } from './processes.ts';
import { serverOptions } from './scenarios.ts';
import { startServer, type FakeServer, type Pattern } from './server.ts';

const BUILD = {
  'label-selector': 'app=api-domain',
  'pod-selector': 'app=api-domain,build=PR-10',
  'propagation-wait': '300ms',
};
const WEIGHT = { operation: 'weight', ...BUILD, weight: '20' };
const ROLLBACK = { operation: 'rollback', ...BUILD };

/**
 * As the runner: SIGINT, and while the process still cleans up, SIGTERM. Soon after, since Node takes its handlers
 * away some milliseconds before a process that is done has ended.
 */
function cancel(child: ChildProcess | undefined): void {
  child?.kill('SIGINT');
  setTimeout(() => child?.kill('SIGTERM'), 5);
}

interface Cancelled {
  readonly ended: Ended;
  readonly server: FakeServer;
  readonly isAsBefore: boolean;
}

/** Runs the Action, with `given` told how to cancel it, and the log watched for `words`. */
async function cancelled(
  inputs: Readonly<Record<string, string>>,
  { given, words }: { given?: (server: FakeServer, cancel: () => void) => void; words?: RegExp },
  ...earlier: readonly Readonly<Record<string, string>>[]
): Promise<Cancelled> {
  await using server = await startServer(serverOptions());
  await change(server, ...earlier);
  const before = routing(server);
  const done = server.requests.length;
  let child: ChildProcess | undefined;
  given?.(server, () => {
    cancel(child);
  });
  const ended = await runAction(
    { ...inputs, kubeconfig: secretKubeconfig(server) },
    {
      onStart: (started) => {
        child = started;
        let isCancelled = false;
        child.stdout?.on('data', (text: Buffer) => {
          if (isCancelled || words?.test(text.toString()) !== true) return;
          isCancelled = true;
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
  test.for(requests)('at %s: everything is as it was', { timeout: 300_000 }, async (pattern, { expect }) => {
    const { ended, server, isAsBefore } = await cancelled(WEIGHT, {
      given: (fake, stop) => fake.on(pattern, { meanwhile: stop }),
    });
    expect(ended.code, ended.stdout).toBe(1);
    expect(ended.outputs).toMatchObject({ 'failure-reason': 'cancelled', changed: 'false', diff: '' });
    expect(isAsBefore).toBe(true);
    expect(leaksOf({ ...ended, requests: server.requests })).toEqual([]);
  });

  test(
    'while the server says nothing to a read: it ends at once',
    { timeout: 300_000 },
    async ({ expect }) => {
      const { ended, server } = await cancelled(WEIGHT, {
        given: (fake, stop) =>
          fake
            .on('LIST virtualservices', { hang: 'before' })
            .on('LIST destinationrules', { meanwhile: stop }),
      });
      // Had it been waited for, its time would have run out, and it would have been asked for again.
      const asked = server.requests.filter(
        ({ verb, resource }) => verb === 'LIST' && resource === 'virtualservices',
      );
      expect(asked).toHaveLength(1);
      expect(ended.outputs['failure-reason']).toBe('cancelled');
    },
  );

  test('a write that takes its time is waited for, then undone', { timeout: 300_000 }, async ({ expect }) => {
    const { ended, isAsBefore } = await cancelled(WEIGHT, {
      given: (fake, stop) => {
        fake.on('PUT virtualservices', { delay: 700 });
        fake.on('PUT destinationrules', { meanwhile: () => setTimeout(stop, 600) });
      },
    });
    expect(ended.stdout).toContain('Undid VirtualService default/api-domain');
    expect(ended.summary).toContain('everything is as it was');
    expect(isAsBefore).toBe(true);
  });

  test.for([
    [/Waiting/, 'true'],
    [/Wrote VirtualService/, 'true'],
    [/Remove subsets/, 'false'],
  ] as const)('a rollback, at %s', { timeout: 300_000 }, async ([words, isUndone], { expect }) => {
    const { ended, isAsBefore } = await cancelled(ROLLBACK, { words }, WEIGHT);
    expect(String(isAsBefore)).toBe(isUndone);
    expect(ended.outputs['failure-reason']).toBe(isUndone === 'true' ? 'cancelled' : '');
    expect(ended.code).toBe(isUndone === 'true' ? 1 : 0);
  });
});

test(
  'Ctrl-C on the command line, whose output nobody reads any more',
  { timeout: 300_000 },
  async ({ expect }) => {
    await using server = await startServer(serverOptions());
    const before = routing(server);
    const home = await mkdtemp(join(tmpdir(), 'istiops-signals-'));
    await writeFile(join(home, 'kubeconfig'), secretKubeconfig(server));
    const words = Object.entries({ ...WEIGHT, kubeconfig: join(home, 'kubeconfig') }).flatMap(
      ([name, text]) => (name === 'operation' ? [] : [`--${name}`, text]),
    );
    const cli = join(import.meta.dirname, '../../src/doors/bin/istiops.ts');
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
  },
);
