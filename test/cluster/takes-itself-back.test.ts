import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { kubeconfigText } from './plane/kubeconfig.ts';
import { answersOf, failedOf, startLoad, type Load } from './plane/load.ts';
import type { SampleApp } from './plane/sample-app.ts';
import { prepareAct, startWorkflow, type Act, type WorkflowRan, type WorkflowRun } from './support/act.ts';
import { action, type Inputs } from './support/doors.ts';
import { read, traces, type Both } from './support/objects.ts';
import { sharedPlane, WAIT, type Plane } from './support/plane.ts';

const ME = { 'x-cid': 'me' };

let plane: Plane;
let act: Act;
let app: SampleApp;
let start: Both;
let inputs: Inputs;
let load: Load;
let isLoaded = false;

beforeAll(async () => {
  plane = await sharedPlane();
  act = await prepareAct(plane, { doors: inject('doors'), defaults: { 'propagation-wait': WAIT } });
});

beforeEach(async () => {
  const namespace = await plane.namespace('back');
  app = await plane.deployBuilds({ namespace, app: 'api', builds: ['v1', 'v2'] });
  start = await read(plane, namespace);
  inputs = {
    namespace,
    'label-selector': 'app=api',
    'pod-selector': 'app=api,build=v2',
    'propagation-wait': WAIT,
  };
  load = await startLoad(plane, [
    { name: 'all', host: app.host, rate: 400 },
    { name: 'me', host: app.host, rate: 50, headers: ME },
  ]);
  isLoaded = true;
});

afterEach(async () => {
  if (isLoaded) await load.stop();
});

const HEADERS = { operation: 'headers', headers: 'x-cid=me' };
const WEIGHT = { operation: 'weight', weight: '20' };

/** No request was lost, and those without the header always were at these builds. */
async function expectAnswered(...builds: readonly string[]): Promise<void> {
  isLoaded = false;
  const report = await load.stop();
  expect(failedOf(report)).toBe(0);
  for (const answer of Object.keys(answersOf(report, 'all'))) expect(builds).toContain(answer);
}

async function expectAsBefore(): Promise<void> {
  expect(traces(await read(plane, app.namespace))).toEqual(traces(start));
}

describe('a probe of the gateway', () => {
  const probe = (): Inputs => ({
    'probe-url': `http://127.0.0.1:${plane.gateway.http.port}/health`,
    'probe-headers': `host: ${app.host}`,
    'probe-expect': 'header x-build=v2\nbody~="build":"v2"',
  });

  test('of a build that answers well: the preview is there, and nobody else saw it', async () => {
    const ran = await action(plane, { ...inputs, ...HEADERS, ...probe(), 'probe-count': '5' });
    expect(ran.code, ran.stdout).toBe(0);
    expect(ran.stdout).toContain('Good answer 5 of 5: status 200');
    await expectAnswered('200 v1');
  });

  test('of a build that answers 500: it is taken back', async () => {
    await app.behave('v2', { status: 500 });
    const ran = await action(plane, { ...inputs, ...HEADERS, ...probe() });
    expect(ran.outputs['failure-reason'], ran.stdout).toBe('check-failed');
    expect(ran.stdout).toContain('the status is 500');
    await expectAsBefore();
    isLoaded = false;
    const report = await load.stop();
    expect(Object.keys(answersOf(report, 'all'))).toEqual(['200 v1']);
  });

  test('of a build that hangs: it is taken back when the time is up', async () => {
    await app.behave('v2', { delayMs: 8_000 });
    const ran = await action(plane, { ...inputs, ...HEADERS, ...probe(), 'probe-timeout': '2s' });
    expect(ran.outputs['failure-reason'], ran.stdout).toBe('timeout');
    await expectAsBefore();
  });

  test('of a build with a share that answers only sometimes: it is taken back', async () => {
    let isWell = true;
    const moody = setInterval(() => {
      isWell = !isWell;
      void app.behave('v2', isWell ? {} : { status: 500 });
    }, 700);
    try {
      const { 'probe-expect': _, ...more } = probe();
      const words = {
        ...inputs,
        ...WEIGHT,
        weight: '50',
        ...more,
        'probe-count': '100',
        'probe-timeout': '1m',
      };
      const ran = await action(plane, words);
      expect(ran.outputs['failure-reason'], ran.stdout).toBe('check-failed');
      expect(ran.stdout).toMatch(/got a bad answer( after \d+ good ones?)?: the status is 500/);
    } finally {
      clearInterval(moody);
    }
    await expectAsBefore();
  });
});

/** As the runner cancels: SIGINT, 7.5 s later SIGTERM, 2.5 s later SIGKILL. */
async function cancelledAt(
  words: RegExp,
  more: Inputs,
): Promise<{ readonly took: number; readonly stdout: string }> {
  const timers: NodeJS.Timeout[] = [];
  let at = 0;
  const ran = await action(
    plane,
    { ...inputs, ...more },
    {
      onOutput: (text, child) => {
        if (at > 0 || !words.test(text)) return;
        at = performance.now();
        child.kill('SIGINT');
        timers.push(
          setTimeout(() => child.kill('SIGTERM'), 7_500),
          setTimeout(() => child.kill('SIGKILL'), 10_000),
        );
      },
    },
  );
  for (const timer of timers) clearTimeout(timer);
  expect(at, ran.stdout).toBeGreaterThan(0);
  expect(ran.signal).toBeNull();
  expect(ran.outputs['failure-reason'], ran.stdout).toBe('cancelled');
  return { took: performance.now() - at, stdout: ran.stdout };
}

describe('cancelled as the runner does', () => {
  test.for([
    ['while it reads', /Read cluster/],
    ['while it rehearses', /Rehearse/],
    ['after the DestinationRule', /Wrote DestinationRule/],
    ['in the first wait', /Waiting/],
    ['after the VirtualService', /Wrote VirtualService/],
  ] as const)('%s: nothing is left, nothing was lost', async ([, words]) => {
    await cancelledAt(words, WEIGHT);
    await expectAsBefore();
    await expectAnswered('200 v1', '200 v2');
  });

  test('with the default wait it is done before it would be killed', async () => {
    const { took } = await cancelledAt(/Wrote VirtualService/, { ...WEIGHT, 'propagation-wait': '5s' });
    expect(took).toBeGreaterThan(5_000);
    expect(took).toBeLessThan(9_500);
    await expectAsBefore();
    await expectAnswered('200 v1', '200 v2');
  });
});

describe('a job', () => {
  async function startJob(more: Inputs, script: string): Promise<WorkflowRun> {
    const { server, ca, token } = plane.restConfig();
    const kubeconfig = kubeconfigText({ server, ca, user: { token }, namespace: app.namespace });
    const { namespace: _, ...others } = inputs;
    const file = join(plane.dir, `job-${app.namespace}.yml`);
    const steps = [
      { uses: 'actions/checkout@v7' },
      {
        id: 'traffic',
        uses: 'org/istiops-action@v1',
        with: { ...others, ...more, kubeconfig: '${{ secrets.KUBECONFIG }}' },
      },
      { run: script },
    ];
    await writeFile(file, stringify({ on: 'push', jobs: { ship: { 'runs-on': 'ubuntu-latest', steps } } }));
    return startWorkflow(act, { file, event: 'push', secrets: { KUBECONFIG: kubeconfig } });
  }

  const postOf = ({ steps }: WorkflowRan): string =>
    steps
      .filter(({ step, stage }) => step === 'traffic' && stage === 'Post')
      .map(({ log }) => log)
      .join('\n');

  const BACK = { 'on-failure': 'rollback' };

  test.for([HEADERS, WEIGHT, { operation: 'promote' }] as const)(
    'whose later step fails: $operation is taken back, and no request was lost',
    async (words) => {
      const ran = await (await startJob({ ...words, ...BACK }, 'exit 1')).done;
      expect(ran.jobs, ran.log).toEqual({ ship: 'failure' });
      expect(postOf(ran)).toContain(`Took back the ${words.operation} for `);
      await expectAsBefore();
      await expectAnswered('200 v1', '200 v2');
    },
  );

  test('whose later step fails, by default: it is kept', async () => {
    const ran = await (await startJob(WEIGHT, 'exit 1')).done;
    expect(ran.jobs, ran.log).toEqual({ ship: 'failure' });
    expect(traces(await read(plane, app.namespace))).not.toEqual(traces(start));
  });

  test('that goes well keeps it', async () => {
    const ran = await (await startJob({ ...WEIGHT, ...BACK }, 'true')).done;
    expect(ran.jobs, ran.log).toEqual({ ship: 'success' });
    expect(postOf(ran)).not.toContain('Took back');
    expect(traces(await read(plane, app.namespace))).not.toEqual(traces(start));
  });

  test('cancelled in a later step: it is taken back', async () => {
    const run = await startJob({ ...WEIGHT, ...BACK }, 'echo smoke; sleep 60');
    await run.seen(/\| smoke/);
    run.signal('SIGINT');
    const ran = await run.done;
    expect(postOf(ran), ran.log).toContain('Took back the weight for ');
    await expectAsBefore();
    await expectAnswered('200 v1', '200 v2');
  });

  // What `act` cancels is killed at once, as the runner does after ten seconds.
  test.for([/Wrote DestinationRule/, /Wrote VirtualService/])(
    'killed in the main step at %s: the post step takes it back',
    async (words) => {
      const run = await startJob({ ...WEIGHT, ...BACK, 'propagation-wait': '3s' }, 'true');
      await run.seen(words);
      run.signal('SIGINT');
      const ran = await run.done;
      expect(postOf(ran), ran.log).not.toBe('');
      await sleep(200);
      await expectAsBefore();
      await expectAnswered('200 v1', '200 v2');
    },
  );
});
