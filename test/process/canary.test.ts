import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { isObject, sameJson } from '../../src/base/json.ts';
import { destinationsOf } from '../../src/istio/routes.ts';
import { effectiveShares } from '../../src/istio/weights.ts';
import type { Route } from '../../src/istio/types.ts';
import { startServer, type FakeServer } from '../support/api-server/server.ts';
import { secretKubeconfig, traffic } from '../support/process/cluster.ts';
import { leaksOf } from '../support/process/leaks.ts';
import {
  runAction,
  runCli,
  runOnTerminal,
  runPost,
  type Around,
  type Ended,
} from '../support/process/processes.ts';
import { serverOptions } from '../support/process/scenarios.ts';
import { startGitHub } from '../support/github-api.ts';
import { startPrometheus, vector, type FakePrometheus } from '../support/prometheus.ts';

const LOGIN = 'pr0metheus-l0gin-of-nobody';

const CANARY = {
  operation: 'canary',
  'label-selector': 'app=api-domain',
  'pod-selector': 'app=api-domain,build=PR-10',
  steps: '10%:2s, 50%:2s, 100%:2s',
  interval: '1s',
  'propagation-wait': '50ms',
  'metrics-headers': `authorization: Bearer ${LOGIN}`,
};

/** The share of the build by the route as it is now, 0 to 1. */
function shareIn(server: FakeServer): number {
  const spec = server.objects.find('VirtualService', 'default', 'api-domain')?.['spec'];
  const [route] = isObject(spec) && Array.isArray(spec['http']) ? (spec['http'] as Route[]) : [];
  const list = destinationsOf(route ?? {});
  const shares = effectiveShares(list);
  const position = list.findIndex(({ destination }) => destination.subset !== 'stable');
  return position < 0 ? 0 : (shares[position] ?? 0) / 100;
}

/** Each time that it is asked, 4,000 more requests have come, by the weights that there are then. */
function countingPrometheus(server: FakeServer, failures: number): Promise<FakePrometheus> {
  const counters = new Map<string, number>([
    ['api-1 200', 1_000],
    ['api-2 200', 1_000],
  ]);
  const add = (pod: string, code: string, more: number): void => {
    const key = `${pod} ${code}`;
    if (more > 0) counters.set(key, (counters.get(key) ?? 0) + more);
  };
  return startPrometheus((query) => {
    if (query.startsWith('count by (reporter'))
      return vector(...['api-1', 'api-2'].map((pod) => [{ reporter: 'destination', pod }, 1] as const));
    if (query.includes('count_over_time')) return vector([{ seconds: '60' }, 60]);
    const share = shareIn(server);
    add('api-1', '200', 2_000 * (1 - share));
    add('api-2', '200', 2_000 * (1 - share));
    add('api-pr-10', '503', Math.round(4_000 * share * failures));
    add('api-pr-10', '200', Math.round(4_000 * share * (1 - failures)));
    return vector(
      ...[...counters].map(([key, value]) => {
        const [pod = '', response_code = ''] = key.split(' ');
        return [{ pod, response_code }, value] as const;
      }),
    );
  });
}

interface Job extends AsyncDisposable {
  readonly server: FakeServer;
  readonly prometheus: FakePrometheus;
  readonly temp: string;
  main(around?: Around, more?: Readonly<Record<string, string>>): Promise<Ended>;
  post(main: Pick<Ended, 'state'>, around?: Around, more?: Readonly<Record<string, string>>): Promise<Ended>;
  isAsBefore(): boolean;
}

async function startJob({ failures = 0 }: { readonly failures?: number } = {}): Promise<Job> {
  const server = await startServer(serverOptions());
  const prometheus = await countingPrometheus(server, failures);
  const temp = await mkdtemp(join(tmpdir(), 'istiops-canary-'));
  const before = traffic(server);
  const inputs = { ...CANARY, metrics: prometheus.url, kubeconfig: secretKubeconfig(server) };
  const inJob = (around: Around = {}): Around => ({ ...around, env: { RUNNER_TEMP: temp, ...around.env } });
  return {
    server,
    prometheus,
    temp,
    main: (around, more) => runAction({ ...inputs, ...more }, inJob(around)),
    post: (main, around, more) => runPost({ ...inputs, ...more }, main, inJob(around)),
    isAsBefore: () => sameJson(before, traffic(server)),
    [Symbol.asyncDispose]: async () => {
      await server.close();
      await prometheus[Symbol.asyncDispose]();
      await rm(temp, { recursive: true });
    },
  };
}

/** Sends signals once the log has the words. */
function when(words: string, ...signals: readonly NodeJS.Signals[]): Around {
  return {
    onStart: (child: ChildProcess) => {
      let said = '';
      child.stdout?.on('data', (text: Buffer) => {
        said += text.toString();
        if (child.killed || !said.includes(words)) return;
        for (const signal of signals) child.kill(signal);
      });
    },
  };
}

describe.concurrent('a canary as a step of a job', () => {
  test('goes through its stages, is promoted, and says what was seen', async ({ expect }) => {
    await using job = await startJob();
    const ended = await job.main();
    expect(ended.code, ended.stdout).toBe(0);
    expect(ended.outputs).toMatchObject({
      changed: 'true',
      operation: 'canary',
      // A slow machine has few looks, and calls nothing good.
      verdict: expect.stringMatching(/^(?:good|unclear)$/) as string,
      stage: '3',
      'safe-to-scale-down': '["app=api-domain,version=1.0.0"]',
      'failure-reason': '',
    });
    const canary: unknown = JSON.parse(ended.outputs['canary'] ?? '');
    expect(canary).toMatchObject({
      end: 'promoted',
      stages: [{ weight: 10 }, { weight: 50 }, { weight: 100 }],
    });
    expect(shareIn(job.server)).toBe(1);
    expect(ended.stdout).toContain('::group::Stage 2 of 3: 50 %25, 2s, a look every 500ms');
    expect(ended.summary).toContain('xychart-beta');
    expect(leaksOf({ ...ended, requests: job.server.requests })).toEqual([]);
    // Nothing is left for the post step.
    const post = await job.post(ended);
    expect(post.code, post.stdout).toBe(0);
    expect(shareIn(job.server)).toBe(1);
  });

  test('a look is at most three calls to the API server, and one query for its gate', async ({ expect }) => {
    const calls = async (steps: string) => {
      await using job = await startJob();
      const ended = await job.main({}, { steps, finish: 'keep' });
      expect(ended.code, ended.stdout).toBe(0);
      const canary = JSON.parse(ended.outputs['canary'] ?? '') as { stages: { looks: number }[] };
      return {
        looks: canary.stages[0]?.looks ?? 0,
        requests: job.server.requests.length,
        queries: job.prometheus.asked.length,
      };
    };
    const few = await calls('10%:1s');
    let many = few;
    // A busy machine looks less often in the same time.
    for (let seconds = 10; many.looks <= few.looks; seconds *= 2) many = await calls(`10%:${seconds}s`);
    const looks = many.looks - few.looks;
    expect(many.requests - few.requests).toBeLessThanOrEqual(3 * looks);
    expect(many.queries - few.queries).toBeLessThanOrEqual(looks);
  });

  test('asks with the login, which nobody sees', async ({ expect }) => {
    await using job = await startJob();
    const ended = await job.main();
    expect(leaksOf({ ...ended, requests: job.server.requests }, [LOGIN])).toEqual([]);
    expect(new Set(job.prometheus.asked.map(({ headers }) => headers.authorization))).toEqual(
      new Set([`Bearer ${LOGIN}`]),
    );
  });

  test('that is bad is taken back, and fails', async ({ expect }) => {
    await using job = await startJob({ failures: 0.2 });
    // One look is enough for an absolute line.
    const ended = await job.main({}, { gates: 'errors < 2%' });
    expect(ended.code, ended.stdout).toBe(1);
    expect(ended.outputs).toMatchObject({
      changed: 'false',
      verdict: 'bad',
      stage: '1',
      'failure-reason': 'check-failed',
    });
    expect(ended.stdout).toMatch(/::error title=istiops canary%3A failed::check-failed: .*Taken back/);
    expect(job.isAsBefore()).toBe(true);
    const post = await job.post(ended);
    expect(post.code, post.stdout).toBe(0);
    expect(job.isAsBefore()).toBe(true);
  });

  test.for(['Stage 1 of 3: 10 %25', 'Stage 2 of 3: 50 %25', 'Stage 3 of 3: 100 %25'])(
    'cancelled at "%s": all is as it was',
    async (words, { expect }) => {
      await using job = await startJob();
      const ended = await job.main(when(`::group::${words}`, 'SIGINT', 'SIGTERM'));
      expect(ended.code, ended.stdout).toBe(1);
      expect(ended.outputs).toMatchObject({ changed: 'false', 'failure-reason': 'cancelled' });
      expect(job.isAsBefore()).toBe(true);
      expect(leaksOf({ ...ended, requests: job.server.requests })).toEqual([]);
    },
  );

  test('killed in stage 2: the post step takes everything back', async ({ expect }) => {
    await using job = await startJob();
    const ended = await job.main(when('::group::Stage 2 of 3', 'SIGKILL'));
    expect(ended.code).not.toBe(0);
    expect(shareIn(job.server)).toBe(0.5);
    const post = await job.post(ended);
    expect(post.code, post.stdout).toBe(0);
    expect(job.isAsBefore()).toBe(true);
    expect(await readdir(job.temp)).toEqual([]);
  });

  test('has a row and a deployment on GitHub while it goes on, which say that it was taken back', async ({
    expect,
  }) => {
    await using github = await startGitHub();
    await using job = await startJob();
    const told = { comment: 'true', deployment: 'canary/api', 'github-token': 'ghs_0123456789abcdef' };
    const event = {
      pull_request: { number: 10, head: { sha: 'c'.repeat(40), repo: { full_name: 'shop/api' } } },
    };
    const around: Around = {
      env: { GITHUB_API_URL: github.url, GITHUB_EVENT_PATH: '~/event.json' },
      files: { 'event.json': JSON.stringify(event) },
    };
    const ended = await job.main({ ...around, ...when('::group::Stage 2 of 3', 'SIGKILL') }, told);
    expect(ended.code).not.toBe(0);
    const states = (): unknown =>
      github.deployments.map(({ statuses }) =>
        statuses.map(({ state, description }) => [state, description ?? null]),
      );
    expect(github.comments.map(({ body }) => body)).toEqual([
      expect.stringMatching(/<code>10 % of all requests<\/code>; stage 1 of 3, watched 0:00 of 0:02 \|/),
    ]);
    expect(states()).toEqual([
      expect.arrayContaining([['in_progress', 'stage 1 of 3, watched 0:00 of 0:02']]),
    ]);
    const post = await job.post(ended, around, told);
    expect(post.code, post.stdout).toBe(0);
    expect(job.isAsBefore()).toBe(true);
    expect(github.comments.map(({ body }) => /\| (taken \w+) \|/.exec(body)?.[1])).toEqual(['taken back']);
    expect(github.deployments.map(({ statuses }) => statuses[0]?.['state'])).toEqual(['failure']);
  });

  test('killed in stage 2 with its runner: the next run goes on there', async ({ expect }) => {
    await using job = await startJob();
    await job.main(when('::group::Stage 2 of 3', 'SIGKILL'));
    const next = await job.main();
    expect(next.code, next.stdout).toBe(0);
    expect(next.stdout).toContain('it goes on with stage 2 of 3');
    expect(JSON.parse(next.outputs['canary'] ?? '')).toMatchObject({ end: 'promoted', resumedAt: 2 });
    expect(shareIn(job.server)).toBe(1);
  });

  test('that needs longer than a job of GitHub may last is refused before anything is asked', async ({
    expect,
  }) => {
    await using job = await startJob();
    const ended = await job.main(
      { env: { RUNNER_ENVIRONMENT: 'github-hosted' } },
      { steps: '10%:3h, 100%:3h' },
    );
    expect(ended.outputs['failure-reason'], ended.stdout).toBe('invalid-input');
    expect(job.server.requests).toEqual([]);
  });
});

test('on the command line: lines on stderr, one object on stdout', async ({ expect }) => {
  await using job = await startJob();
  const { operation: _, ...words } = CANARY;
  const flags = Object.entries({ ...words, metrics: job.prometheus.url, steps: '20%:2s', finish: 'keep' });
  const ended = await runCli(
    ['traffic', 'canary', '--kubeconfig', '~/kubeconfig', '--output', 'json'].concat(
      flags.flatMap(([name, text]) => [`--${name}`, text]),
    ),
    { files: { kubeconfig: secretKubeconfig(job.server) } },
  );
  expect(ended.code, ended.stderr).toBe(0);
  expect(JSON.parse(ended.stdout)).toMatchObject({
    operation: 'canary',
    changed: true,
    canary: { end: 'kept', stages: [{ weight: 20, state: 'over' }] },
    failure: null,
  });
  expect(ended.stderr).toMatch(/^[✔·] .*0:02/m);
  expect(leaksOf({ ...ended, args: [], requests: job.server.requests }, [LOGIN])).toEqual([]);
  expect(shareIn(job.server)).toBe(0.2);
});

/** A moment of a canary, as a terminal shows it. */
test.for(['10 %  \u2591', 'Stage 2 of 3'])(
  'on a terminal at "%s": Ctrl-C takes back and says so, and a second one does not disturb it',
  async (moment, { expect }) => {
    await using job = await startJob();
    const { operation: _, ...words } = CANARY;
    const flags = Object.entries({ ...words, metrics: job.prometheus.url, 'propagation-wait': '300ms' });
    const typed: string[] = [];
    const { code, screen } = await runOnTerminal(
      ['traffic', 'canary', '--kubeconfig', '~/kubeconfig'].concat(
        flags.flatMap(([name, text]) => [`--${name}`, text]),
      ),
      {
        files: { kubeconfig: secretKubeconfig(job.server) },
        onShown: (shown, type) => {
          const next = [moment, 'Taking back what this canary did'][typed.length];
          if (next === undefined || !shown.includes(next)) return;
          typed.push(next);
          type('\u0003');
        },
      },
    );
    expect(typed, screen).toHaveLength(2);
    expect(code, screen).toBe(1);
    expect(screen).toMatch(
      /The run was cancelled \(SIGINT\)\.(?: Nothing more was changed\.)? Taken back in \d+\.\d s: everything is as it was\./,
    );
    expect(job.isAsBefore()).toBe(true);
  },
);
