import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { answersOf, failedOf, startLoad, type Load } from './plane/load.ts';
import type { SampleApp } from './plane/sample-app.ts';
import { ask } from './plane/traffic.ts';
import { action, istiops, type Inputs } from './support/doors.ts';
import { read, traces, type Both } from './support/objects.ts';
import { sharedPlane, WAIT, type Plane } from './support/plane.ts';

const ME = { 'x-cid': 'me' };

let plane: Plane;
let app: SampleApp;
let start: Both;
let inputs: Inputs;
let load: Load;
let isLoaded = false;

beforeAll(async () => {
  plane = await sharedPlane();
  const namespace = await plane.namespace('killed');
  app = await plane.deployBuilds({ namespace, app: 'api', builds: ['v1', 'v2'] });
  start = await read(plane, namespace);
  inputs = {
    namespace,
    'label-selector': 'app=api',
    'pod-selector': 'app=api,build=v2',
    'propagation-wait': WAIT,
  };
});

beforeEach(async () => {
  load = await startLoad(plane, [
    { name: 'all', host: app.host, rate: 100 },
    { name: 'me', host: app.host, rate: 100, headers: ME },
  ]);
  isLoaded = true;
});

afterEach(async () => {
  if (isLoaded) await load.stop();
});

/** Runs the Action and kills it as soon as its log says so. */
async function killedAt(
  words: RegExp,
  operation: string,
  more: Inputs,
  signal: NodeJS.Signals,
): Promise<string> {
  const ran = await action(
    plane,
    { ...inputs, ...more, operation },
    {
      onOutput: (text, child) => {
        if (!child.killed && words.test(text)) child.kill(signal);
      },
    },
  );
  expect(ran.stdout).toMatch(words);
  expect(ran.code === 0, 'it ended well before it was killed').toBe(false);
  return ran.stdout;
}

/** The data plane answered all the time, and rightly: everybody at v1, the header at v1 or v2. */
async function expectAnswered(): Promise<void> {
  isLoaded = false;
  const report = await load.stop();
  expect(failedOf(report)).toBe(0);
  expect(Object.keys(answersOf(report, 'all'))).toEqual(['200 v1']);
  for (const answer of Object.keys(answersOf(report, 'me'))) expect(['200 v1', '200 v2']).toContain(answer);
}

const HEADERS = { headers: 'x-cid=me' };
const MOMENTS = [
  { moment: 'while it reads', words: /Read cluster/ },
  { moment: 'while it rehearses', words: /Rehearse/ },
  { moment: 'after the DestinationRule', words: /Wrote DestinationRule/ },
  { moment: 'in the first wait', words: /Waiting/ },
  { moment: 'after the VirtualService', words: /Wrote VirtualService/ },
] as const;

test.for(MOMENTS)(
  'headers, SIGKILL $moment: the same again does it, rollback leaves no trace',
  async ({ words }) => {
    await killedAt(words, 'headers', HEADERS, 'SIGKILL');
    const again = await action(plane, { ...inputs, ...HEADERS, operation: 'headers' });
    expect(again.code, again.stdout).toBe(0);
    expect((await ask(plane, { host: app.host, headers: ME })).build).toBe('v2');
    const back = await istiops(plane, 'rollback', inputs);
    expect(back.code, back.stderr).toBe(0);
    expect(traces(await read(plane, app.namespace))).toEqual(traces(start));
    await expectAnswered();
  },
);

test.for([
  { operation: 'rollback', words: /Wrote DestinationRule/ },
  { operation: 'clear', words: /Wrote DestinationRule/ },
  { operation: 'rollback', words: /Wrote VirtualService/ },
  { operation: 'clear', words: /Wrote VirtualService/ },
])('headers, SIGKILL at $words: $operation alone leaves no trace, too', async ({ operation, words }) => {
  await killedAt(words, 'headers', HEADERS, 'SIGKILL');
  const { 'pod-selector': build = '', ...common } = inputs;
  const back = await action(plane, {
    ...common,
    ...(operation === 'rollback' ? { 'pod-selector': build } : {}),
    operation,
  });
  expect(back.code, back.stdout).toBe(0);
  expect(traces(await read(plane, app.namespace))).toEqual(traces(start));
  await expectAnswered();
});

test('rollback, SIGKILL after the VirtualService: the same again takes the subset, too', async () => {
  const first = await istiops(plane, 'headers', { ...inputs, ...HEADERS });
  expect(first.code, first.stderr).toBe(0);
  await killedAt(/Wrote VirtualService/, 'rollback', {}, 'SIGKILL');
  expect(traces(await read(plane, app.namespace))).not.toEqual(traces(start));
  const again = await istiops(plane, 'rollback', inputs);
  expect(again.code, again.stderr).toBe(0);
  expect(traces(await read(plane, app.namespace))).toEqual(traces(start));
  await expectAnswered();
});

test('headers, SIGTERM in the first wait: nothing is half done for good', async () => {
  await killedAt(/Waiting/, 'headers', HEADERS, 'SIGTERM');
  const again = await istiops(plane, 'rollback', inputs);
  expect(again.code, again.stderr).toBe(0);
  expect(traces(await read(plane, app.namespace))).toEqual(traces(start));
  await expectAnswered();
});
