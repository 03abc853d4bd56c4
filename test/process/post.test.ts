import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { isObject, sameJson, type JsonObject } from '../../src/base/json.ts';
import { change, secretKubeconfig, traffic } from '../support/process/cluster.ts';
import { leaksOf } from '../support/process/leaks.ts';
import { runAction, runPost, type Around, type Ended } from '../support/process/processes.ts';
import { serverOptions } from '../support/process/scenarios.ts';
import { answers, startServer, type FakeServer, type Pattern } from '../support/api-server/server.ts';

// The mesh is none that needs time; without this, each phase waits five seconds.
const ALL = { 'label-selector': 'app=api-domain', 'propagation-wait': '50ms' };
const BUILD = { ...ALL, 'pod-selector': 'app=api-domain,build=PR-10' };
const BACK = { 'on-failure': 'rollback' };
const WEIGHT = { operation: 'weight', ...BUILD, weight: '20', ...BACK };
const HEADERS = { operation: 'headers', ...BUILD, headers: 'x-cid=seu_madruga', ...BACK };

interface Job extends AsyncDisposable {
  readonly server: FakeServer;
  readonly temp: string;
  readonly before: unknown;
  main(inputs: Readonly<Record<string, string>>, around?: Around): Promise<Ended>;
  post(inputs: Readonly<Record<string, string>>, main: Pick<Ended, 'state'>, around?: Around): Promise<Ended>;
  isAsBefore(): boolean;
}

/** A job on a cluster: its steps share a folder for what is temporary. */
async function startJob(...earlier: readonly Readonly<Record<string, string>>[]): Promise<Job> {
  const server = await startServer(serverOptions());
  const temp = await mkdtemp(join(tmpdir(), 'istiops-job-'));
  await change(server, ...earlier);
  const before = traffic(server);
  const inJob = (around: Around = {}): Around => ({ ...around, env: { RUNNER_TEMP: temp, ...around.env } });
  const given = { kubeconfig: secretKubeconfig(server) };
  return {
    server,
    temp,
    before,
    main: (inputs, around) => runAction({ ...given, ...inputs }, inJob(around)),
    post: (inputs, main, around) => runPost({ ...given, ...inputs }, main, inJob(around)),
    isAsBefore: () => sameJson(before, traffic(server)),
    [Symbol.asyncDispose]: async () => {
      await server.close();
      await rm(temp, { recursive: true });
    },
  };
}

describe.concurrent('after a failure later in the job', () => {
  test.for<[string, Readonly<Record<string, string>>, readonly Readonly<Record<string, string>>[]]>([
    ['headers', HEADERS, []],
    ['weight', WEIGHT, []],
    ['weight on a preview', WEIGHT, [HEADERS]],
    ['promote', { operation: 'promote', ...BUILD, ...BACK }, [HEADERS, { ...WEIGHT }]],
    ['rollback', { operation: 'rollback', ...BUILD, ...BACK }, [HEADERS, WEIGHT]],
    ['clear', { operation: 'clear', ...ALL, ...BACK }, [HEADERS, WEIGHT]],
  ])('%s is taken back', async ([, inputs, earlier], { expect }) => {
    await using job = await startJob(...earlier);
    const main = await job.main(inputs);
    expect(main.code, main.stdout).toBe(0);
    expect(job.isAsBefore()).toBe(false);
    const post = await job.post(inputs, main);
    expect(post.code, post.stdout).toBe(0);
    expect(traffic(job.server)).toEqual(job.before);
    expect(post.summary).toMatch(/Took back the \w+/);
    expect(post.stdout).toMatch(/^::notice title=istiops undo%3A changed::Took back the \w+/m);
    expect(await readdir(job.temp)).toEqual([]);
    expect(leaksOf({ ...post, requests: job.server.requests })).toEqual([]);
    expect(leaksOf({ ...main, requests: [] })).toEqual([]);
  });

  test('by default it is kept, without a word', async ({ expect }) => {
    await using job = await startJob();
    const { 'on-failure': _, ...inputs } = WEIGHT;
    const main = await job.main(inputs);
    expect(main.state).toEqual({});
    const after = traffic(job.server);
    const post = await job.post(inputs, main);
    expect(post).toMatchObject({ code: 0, stderr: '', summary: '' });
    expect(post.stdout.replaceAll(/^::add-mask::.*\n/gm, '')).toBe('');
    expect(traffic(job.server)).toEqual(after);
  });

  test('the kept state is readable by nobody else, and holds no secret', async ({ expect }) => {
    await using job = await startJob();
    await job.main(WEIGHT);
    const [file = ''] = await readdir(job.temp);
    expect((await stat(join(job.temp, file))).mode & 0o777).toBe(0o600);
    const text = await readFile(join(job.temp, file), 'utf8');
    expect(
      leaksOf({
        args: [],
        code: 0,
        stdout: text,
        stderr: '',
        outputs: {},
        summary: '',
        state: {},
        requests: [],
      }),
    ).toEqual([]);
  });

  test('what others changed meanwhile stays, and is named', async ({ expect }) => {
    await using job = await startJob();
    const main = await job.main(HEADERS);
    job.server.objects.edit('VirtualService', 'api-domain', (object) => ({
      ...object,
      spec: {
        ...(isObject(object['spec']) && object['spec']),
        gateways: ['mesh', 'public'],
        http: httpOf(object).map((route) =>
          route['name'] === 'master-route'
            ? { ...route, timeout: '9s' }
            : { ...route, retries: { attempts: 2 } },
        ),
      },
    }));
    const post = await job.post(HEADERS, main);
    expect(post.code, post.stdout).toBe(0);
    const now = job.server.objects.find('VirtualService', 'default', 'api-domain') ?? {};
    expect(now['spec']).toMatchObject({ gateways: ['mesh', 'public'] });
    expect(httpOf(now).map(({ name, timeout, retries }) => [name, timeout, retries])).toEqual([
      [expect.stringContaining('pr-10'), '3s', { attempts: 2 }],
      ['master-route', '9s', undefined],
    ]);
    expect(post.stdout).toMatch(
      /::warning title=[^:]*::Not taken back: .*istiops-api-domain-pr-10.*somebody else changed it since/,
    );
  });

  test('somebody writes while it is reverted: it tries again', async ({ expect }) => {
    await using job = await startJob();
    const main = await job.main(WEIGHT);
    job.server.on('PUT virtualservices', answers.conflict, answers.conflict);
    const post = await job.post(WEIGHT, main);
    expect(post.code, post.stdout).toBe(0);
    expect(job.isAsBefore()).toBe(true);
  });

  test('a main step that failed and undid its change by itself: nothing is left to do', async ({
    expect,
  }) => {
    await using job = await startJob();
    job.server.on('PUT virtualservices', answers.denied('no', 422));
    const main = await job.main(WEIGHT);
    expect(main.code).toBe(1);
    expect(job.isAsBefore()).toBe(true);
    const asked = job.server.requests.length;
    const post = await job.post(WEIGHT, main);
    expect(post).toMatchObject({ code: 0, summary: '' });
    expect(post.stdout).toContain(
      'Nothing to take back: this step changed nothing, or has undone it by itself.',
    );
    expect(job.server.requests).toHaveLength(asked);
  });

  test('a main step that changed nothing, or never got as far', async ({ expect }) => {
    await using job = await startJob(WEIGHT);
    const main = await job.main(WEIGHT);
    expect((await job.post(WEIGHT, main)).stdout).toContain('Nothing to take back');
    const never = await job.post(WEIGHT, { state: {} });
    expect(never.stdout).toContain('Nothing to take back');
    expect(never.code).toBe(0);
    expect(job.isAsBefore()).toBe(true);
  });
});

describe.concurrent('a main step that is killed', () => {
  const moments: readonly Pattern[] = [
    'LIST pods',
    'DRYRUN virtualservices',
    'PUT destinationrules',
    'PUT virtualservices',
  ];
  test.for(moments)('at %s: the post step reverts what it did', async (pattern, { expect }) => {
    await using job = await startJob();
    let child: ChildProcess | undefined;
    job.server.on(pattern, {
      meanwhile: () => {
        child?.kill('SIGKILL');
      },
    });
    const main = await job.main(WEIGHT, {
      onStart: (started) => {
        child = started;
      },
    });
    expect(main.code).toBeNull();
    const post = await job.post(WEIGHT, main);
    expect(post.code, post.stdout).toBe(0);
    expect(traffic(job.server)).toEqual(job.before);
  });

  test('in a wait that a cancellation has no time for: the subsets go, too', async ({ expect }) => {
    await using job = await startJob();
    const inputs = { ...WEIGHT, 'propagation-wait': '10m' };
    let said = '';
    const main = await job.main(inputs, {
      onStart: (child) => {
        child.stdout?.on('data', (text: Buffer) => {
          said += text.toString();
          if (/Wrote DestinationRule/.test(said) && !child.killed) child.kill('SIGINT');
        });
      },
    });
    expect(main.outputs['failure-reason']).toBe('cancelled');
    const post = await job.post({ ...inputs, 'propagation-wait': '50ms' }, main);
    expect(post.code, post.stdout).toBe(0);
    expect(traffic(job.server)).toEqual(job.before);
  });
});

describe.concurrent('when it can not be reverted, it says so loudly', () => {
  test('the old build has no pod any more', async ({ expect }) => {
    await using job = await startJob();
    const inputs = { operation: 'promote', ...BUILD, ...BACK };
    const main = await job.main(inputs);
    for (const name of ['api-1', 'api-2']) job.server.objects.remove('Pod', name);
    const after = traffic(job.server);
    const post = await job.post(inputs, main);
    expect(post.code).toBe(1);
    expect(post.stdout).toMatch(
      /::error title=istiops undo%3A failed::check-failed: What this step did was not taken back: .*none of its pods .* is ready/,
    );
    expect(post.stdout).toContain('The traffic still goes as this step left it: use `undo`');
    expect(post.summary).toContain('❌');
    expect(traffic(job.server)).toEqual(after);
  });

  test('of two steps on two clusters, the second fails: the first takes its own change back', async ({
    expect,
  }) => {
    await using east = await startJob();
    await using west = await startJob();
    const env = { RUNNER_TEMP: east.temp };
    const first = await east.main(WEIGHT);
    west.server.always('PUT virtualservices', answers.denied('a change freeze'));
    const second = await west.main(WEIGHT, { env });
    expect([first.code, second.code]).toEqual([0, 1]);
    // The last step's comes first.
    const posts = [await west.post(WEIGHT, second, { env }), await east.post(WEIGHT, first)];
    expect(posts.map(({ code }) => code)).toEqual([0, 0]);
    expect([east.isAsBefore(), west.isAsBefore()]).toEqual([true, true]);
  });

  test('another cluster by now', async ({ expect }) => {
    await using job = await startJob();
    await using other = await startServer(serverOptions());
    const main = await job.main(WEIGHT);
    const post = await job.post({ ...WEIGHT, kubeconfig: secretKubeconfig(other) }, main);
    expect(post.code).toBe(1);
    expect(post.stdout).toContain('and its credentials are now for');
    expect(other.requests).toEqual([]);
  });

  test('credentials that are no longer valid', async ({ expect }) => {
    await using job = await startJob();
    const main = await job.main(WEIGHT);
    job.server.always('* *', answers.unauthorized);
    const post = await job.post(WEIGHT, main);
    expect(post.code).toBe(1);
    expect(post.stdout).toContain(
      '::error title=istiops undo%3A failed::unauthorized: What this step did was not taken back:',
    );
  });

  test('cancelled once more: it is finished all the same', async ({ expect }) => {
    await using job = await startJob();
    const main = await job.main(WEIGHT);
    let child: ChildProcess | undefined;
    job.server.on('LIST virtualservices', {
      meanwhile: () => {
        child?.kill('SIGINT');
        child?.kill('SIGTERM');
      },
    });
    const post = await job.post(WEIGHT, main, {
      onStart: (started) => {
        child = started;
      },
    });
    expect(post.code, post.stdout).toBe(0);
    expect(job.isAsBefore()).toBe(true);
  });
});

function httpOf(object: JsonObject): JsonObject[] {
  const { spec } = object;
  const http = isObject(spec) ? spec['http'] : undefined;
  return Array.isArray(http) ? http.filter(isObject) : [];
}

test('a folder for what is temporary that can not be written: nothing is changed, and it is said why', async ({
  expect,
}) => {
  await using job = await startJob();
  const main = await job.main(WEIGHT, { env: { RUNNER_TEMP: '/nowhere/at/all' } });
  expect(main.code).toBe(1);
  expect(main.stdout).toContain("What takes this change back can't be kept for the post step (ENOENT");
  expect(main.stdout).toContain('RUNNER_TEMP names the folder');
  expect(job.isAsBefore()).toBe(true);
});

test('outputs that can not be written: nothing is read, and no stack of calls is shown', async ({
  expect,
}) => {
  await using job = await startJob();
  const main = await job.main(WEIGHT, { env: { GITHUB_OUTPUT: '/nowhere/at/all' } });
  expect(main.code).toBe(1);
  expect(main.stdout).toContain("::error::internal: The outputs of this step can't be written (Missing file");
  expect(main.stdout).not.toMatch(/ at .*\.js:/);
  expect(job.server.requests).toEqual([]);
});

test('a state for the post step that can not be written: nothing is changed, and it is said why', async ({
  expect,
}) => {
  await using job = await startJob();
  const main = await job.main(WEIGHT, { env: { GITHUB_STATE: '/nowhere/at/all' } });
  expect(main.code).toBe(1);
  expect(main.stdout).toContain("internal: What the post step needs can't be kept (Missing file");
  expect(main.stdout).toContain('so nothing was changed. GITHUB_STATE names the file.');
  expect(main.outputs['failure-reason']).toBe('internal');
  expect(job.isAsBefore()).toBe(true);
});

test('no runner that reads outputs: none are in the log, where they would be commands', async ({
  expect,
}) => {
  await using job = await startJob();
  const main = await job.main(WEIGHT, { env: { GITHUB_OUTPUT: '', GITHUB_STATE: '' } });
  expect(main.code, main.stdout).toBe(0);
  expect(main.stdout).not.toMatch(/::(?:set-output|save-state)/);
});
