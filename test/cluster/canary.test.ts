/** Canaries on the real plane, judged by a real Prometheus, under load. */
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { paths } from './plane/api.ts';
import { answersOf, lastSentTo, startLoad, type LoadReport } from './plane/load.ts';
import { until } from './plane/processes.ts';
import type { Prometheus } from './plane/prometheus.ts';
import type { SampleApp } from './plane/sample-app.ts';
import { untilCounted } from './support/counted.ts';
import { action, type ActionRan, type Inputs, type Options } from './support/doors.ts';
import { read, traces } from './support/objects.ts';
import { sharedPlane, WAIT, type Plane } from './support/plane.ts';

/** Requests a second. */
const RATE = 200;

let plane: Plane;
let prometheus: Prometheus;

beforeAll(async () => {
  plane = await sharedPlane();
  prometheus = await plane.prometheus();
}, 600_000);

interface Watched {
  readonly app: SampleApp;
  readonly before: unknown;
  run(more?: Inputs, options?: Options): Promise<ActionRan>;
  state(): Promise<unknown>;
  /** Ends the load, and says what came of it. */
  stop(): Promise<LoadReport>;
}

async function watched(): Promise<Watched> {
  const namespace = await plane.namespace('canary');
  const app = await plane.deployBuilds({ namespace, app: 'api', builds: ['v1', 'v2'] });
  const load = await startLoad(plane, [{ name: 'all', host: app.host, rate: RATE }]);
  await untilCounted(prometheus, namespace);
  const state = async (): Promise<unknown> => traces(await read(plane, namespace));
  const inputs = {
    operation: 'canary',
    namespace,
    'label-selector': 'app=api',
    'pod-selector': 'app=api,build=v2',
    steps: '20%:8s, 50%:8s, 100%:4s',
    interval: '1s',
    metrics: prometheus.url,
    gates: 'errors\nslower than 400ms',
    'propagation-wait': WAIT,
  };
  return {
    app,
    before: await state(),
    run: (more, options) => action(plane, { ...inputs, ...more }, options),
    state,
    stop: () => load.stop(),
  };
}

/** Answers that no build gave: what a change of routes has lost. */
function lostIn(report: LoadReport): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(answersOf(report, 'all')).filter(([what]) => /^error |^\d+ -$/.test(what)),
  );
}

/** Sends a signal once the log has the words. */
function when(words: string, ...signals: readonly NodeJS.Signals[]): Options {
  return {
    onOutput: (text, child) => {
      if (child.killed || !text.includes(words)) return;
      for (const signal of signals) child.kill(signal);
    },
  };
}

describe.concurrent('a canary', () => {
  test('of a healthy build is promoted', async () => {
    const canary = await watched();
    // Through the API server, as docs/canary.md has it.
    const ran = await canary.run({ metrics: 'istio-system/prometheus:9090' });
    expect(ran.code, ran.stdout).toBe(0);
    expect(ran.outputs).toMatchObject({ changed: 'true', stage: '3' });
    const report = await canary.stop();
    expect(lostIn(report)).toEqual({});
    const { virtualService } = await read(plane, canary.app.namespace);
    expect(virtualService.metadata.annotations).not.toHaveProperty(['istiops/canary']);
    expect(virtualService.spec.http?.[0]?.route).toHaveLength(1);
  });

  const bad: Readonly<Record<string, (canary: Watched) => Promise<void>>> = {
    'fails now and then': ({ app }) => app.behave('v2', { status: 500, share: 0.05 }),
    'is slow': ({ app }) => app.behave('v2', { delayMs: 700, share: 0.6 }),
    // Once the stage has begun.
    restarts: ({ app }) => app.restart('v2', 1),
  };

  test.for(Object.entries(bad))('of a build that %s is taken back', async ([what, spoil]) => {
    const canary = await watched();
    let isSpoilt: Promise<void> | undefined;
    let badAt = 0;
    const ran = await canary.run(
      { steps: '20%:30s, 100%:4s' },
      {
        onOutput: (text) => {
          if (text.includes('::group::Stage 1')) isSpoilt ??= sleep(1_000).then(() => spoil(canary));
          if (text.includes('✘')) badAt ||= Date.now();
        },
      },
    );
    await isSpoilt;
    const endedAt = Date.now();
    expect(ran.outputs, ran.stdout).toMatchObject({ 'failure-reason': 'check-failed', changed: 'false' });
    expect(await canary.state()).toEqual(canary.before);
    const report = await canary.stop();
    expect(lostIn(report)).toEqual({});
    const last = lastSentTo(report, 'all', 'v2');
    console.log(`A build that ${what}: its last request ${last - badAt} ms after the look that said bad`);
    expect(badAt).toBeGreaterThan(0);
    expect(last).toBeLessThan(endedAt);
  });

  test('that another VirtualService shadows is taken back', async () => {
    const canary = await watched();
    const { namespace, host } = canary.app;
    const { virtualService } = await read(plane, namespace);
    // Its own requests go to the stable build, whatever the shares of the other one.
    let isShadowed: Promise<void> | undefined;
    const ran = await canary.run(
      { force: 'true' },
      {
        onOutput: (text) => {
          if (!text.includes('::group::Stage 1')) return;
          isShadowed ??= plane.api
            .patch(`${paths.virtualServices(namespace)}/api`, { spec: { hosts: [`not-${host}`] } })
            .then(() =>
              plane.api.post(paths.virtualServices(namespace), {
                ...virtualService,
                metadata: { name: 'shadow' },
              }),
            )
            .then(() => undefined);
        },
      },
    );
    await isShadowed;
    expect(ran.outputs['failure-reason'], ran.stdout).toBe('check-failed');
    expect(ran.stdout).toContain('they do not arrive');
    await canary.stop();
  });

  test('cancelled in its second stage: all is as it was within ten seconds, and nothing is lost', async () => {
    const canary = await watched();
    let cancelled = 0;
    const { onOutput } = when('::group::Stage 2', 'SIGINT', 'SIGTERM');
    const ran = await canary.run(
      {},
      {
        onOutput: (text, child) => {
          if (text.includes('::group::Stage 2')) cancelled ||= Date.now();
          onOutput?.(text, child);
        },
      },
    );
    expect(ran.outputs, ran.stdout).toMatchObject({ 'failure-reason': 'cancelled', changed: 'false' });
    expect(cancelled).toBeGreaterThan(0);
    expect(await canary.state()).toEqual(canary.before);
    expect(lostIn(await canary.stop())).toEqual({});
  });

  test('killed in its second stage: the next run goes on there, and nothing is lost', async () => {
    const canary = await watched();
    await canary.run({}, when('::group::Stage 2', 'SIGKILL'));
    const next = await canary.run();
    expect(next.code, next.stdout).toBe(0);
    expect(JSON.parse(next.outputs['canary'] ?? '')).toMatchObject({ end: 'promoted', resumedAt: 2 });
    expect(lostIn(await canary.stop())).toEqual({});
  });
});

test('while Prometheus is away, a stage is unclear, and goes back where that is asked', async () => {
  const canary = await watched();
  let isAway: Promise<void> | undefined;
  const ran = await canary.run(
    { 'on-unclear': 'rollback' },
    {
      onOutput: (text) => {
        if (text.includes('::group::Stage 1')) isAway ??= prometheus.stop();
      },
    },
  );
  await isAway;
  await prometheus.start();
  expect(ran.outputs['failure-reason'], ran.stdout).toBe('check-failed');
  expect(ran.stdout).toContain('the last numbers are missing');
  expect(await canary.state()).toEqual(canary.before);
  expect(lostIn(await canary.stop())).toEqual({});
  await until('Prometheus is there again', async () => (await fetch(`${prometheus.url}/-/ready`)).ok);
});
