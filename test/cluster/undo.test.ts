import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { paths } from './plane/api.ts';
import { failedOf, startLoad, type LoadReport } from './plane/load.ts';
import type { SampleApp } from './plane/sample-app.ts';
import { ask } from './plane/traffic.ts';
import { action, istiops, type Inputs } from './support/doors.ts';
import { askMany } from './support/many.ts';
import { edit, read, to, traces, type Both } from './support/objects.ts';
import { sharedPlane, WAIT, type Plane } from './support/plane.ts';

const ME = { 'x-cid': 'me' };

let plane: Plane;
let app: SampleApp;
let start: Both;
let common: Inputs;
const v2 = { 'pod-selector': 'app=api,build=v2' };

beforeAll(async () => {
  plane = await sharedPlane();
});

beforeEach(async () => {
  const namespace = await plane.namespace('undo');
  app = await plane.deployBuilds({ namespace, app: 'api', builds: ['v1', 'v2'] });
  start = await read(plane, namespace);
  common = { namespace, 'label-selector': 'app=api', 'propagation-wait': WAIT };
});

async function done(operation: string, inputs: Inputs): Promise<void> {
  const { code, stderr, stdout } = await istiops(plane, operation, { ...common, ...inputs });
  expect(code, stderr + stdout).toBe(0);
}

/** Under steady requests of everybody and of some with the header. */
async function underLoad(body: () => Promise<void>): Promise<LoadReport> {
  const load = await startLoad(plane, [
    { name: 'all', host: app.host, rate: 200 },
    { name: 'me', host: app.host, rate: 50, headers: ME },
  ]);
  let report: LoadReport | undefined;
  try {
    await body();
  } finally {
    report = await load.stop();
  }
  return report;
}

type Spec = Record<string, unknown> & { readonly http?: readonly Record<string, unknown>[] };

/** What people do by hand elsewhere, one after the other. */
const LATER: readonly (() => Promise<void>)[] = [
  async () => {
    const annotations = { 'team/note': 'reviewed' };
    await plane.api.patch(`${paths.virtualServices(app.namespace)}/api`, { metadata: { annotations } });
  },
  () => editRoutes((http) => http.map((route) => (isPreview(route) ? route : { ...route, timeout: '7s' }))),
  () =>
    editRoutes((http) => [
      { name: 'health', match: [{ uri: { exact: '/healthz' } }], directResponse: { status: 200 } },
      ...http,
    ]),
  () =>
    edit(plane, `${paths.destinationRules(app.namespace)}/api`, (spec) => ({
      ...spec,
      subsets: [...(Array.isArray(spec['subsets']) ? (spec['subsets'] as unknown[]) : []), QA],
    })),
  () =>
    editRoutes((http) => [
      { name: 'qa', match: [{ headers: { 'x-qa': { exact: '1' } } }], route: [to(app.host, 'v2-by-hand')] },
      ...http,
    ]),
];
const QA = { name: 'v2-by-hand', labels: { build: 'v2' } };

function editRoutes(
  change: (http: readonly Record<string, unknown>[]) => readonly Record<string, unknown>[],
): Promise<void> {
  return edit(plane, `${paths.virtualServices(app.namespace)}/api`, (spec: Spec) => ({
    ...spec,
    http: change(spec.http ?? []),
  }));
}

function isPreview({ name }: Readonly<Record<string, unknown>>): boolean {
  return typeof name === 'string' && name.startsWith('istiops-');
}

describe('undo takes back the last change, and loses no request', () => {
  test.for([1, 2, 5])('after %i later changes by others, which stay', async (count) => {
    const others = LATER.slice(0, count);
    for (const other of others) await other();
    const wanted = traces(await read(plane, app.namespace));
    // The same from the start, with the change in between.
    await plane.api.put(`${paths.virtualServices(app.namespace)}/api`, await fresh('virtualService'));
    await plane.api.put(`${paths.destinationRules(app.namespace)}/api`, await fresh('destinationRule'));
    expect(traces(await read(plane, app.namespace))).toEqual(traces(start));

    const report = await underLoad(async () => {
      await done('weight', { ...v2, weight: '30' });
      for (const other of others) await other();
      const ran = await action(plane, { ...common, operation: 'undo' });
      expect(ran.code, ran.stdout).toBe(0);
      expect(ran.outputs).toMatchObject({ changed: 'true', subset: 'api-v2' });
      expect(ran.summary).toContain('Took back the weight for api-v2 that tester ran on ');
    });
    expect(failedOf(report)).toBe(0);
    expect(traces(await read(plane, app.namespace))).toEqual(wanted);
    expect(await askMany(plane, { host: app.host }, 200)).toEqual({ '200 v1': 200 });
  });

  test(
    'after a promote: the old build has its share, the preview its header, and once more it is promoted',
    { timeout: 240_000 },
    async () => {
      await done('headers', { ...v2, headers: 'x-cid=me' });
      await done('weight', { ...v2, weight: '50' });
      const before = traces(await read(plane, app.namespace));
      await done('promote', v2);
      const promoted = traces(await read(plane, app.namespace));
      expect(await askMany(plane, { host: app.host }, 100)).toEqual({ '200 v2': 100 });

      const report = await underLoad(async () => {
        await done('undo', {});
        expect(traces(await read(plane, app.namespace))).toEqual(before);
        await done('undo', {});
        expect(traces(await read(plane, app.namespace))).toEqual(promoted);
        await done('undo', {});
      });
      expect(failedOf(report)).toBe(0);
      expect(await askMany(plane, { host: app.host, headers: ME }, 100)).toEqual({ '200 v2': 100 });
      const counts = await askMany(plane, { host: app.host }, 400);
      expect(counts['200 v1']).toBeGreaterThan(100);
      expect(counts['200 v2']).toBeGreaterThan(100);
    },
  );

  test('a promote is not taken back while the old build has no ready pod', async () => {
    await done('promote', v2);
    const promoted = await read(plane, app.namespace);
    await app.setReady('v1', false);
    const refused = await istiops(plane, 'undo', common);
    expect(refused.code).toBe(1);
    expect(refused.result.failureReason).toBe('check-failed');
    expect(refused.result.findings.map(({ code }) => code)).toContain('no-ready-pod');
    expect(await read(plane, app.namespace)).toEqual(promoted);

    await app.setReady('v1', true);
    await done('undo', {});
    expect(traces(await read(plane, app.namespace))).toEqual(traces(start));
    expect((await ask(plane, { host: app.host })).build).toBe('v1');
  });

  test('what somebody else made of the same route is left alone', async () => {
    await done('weight', { ...v2, weight: '30' });
    await editRoutes((http) => http.map((route) => ({ ...route, route: [to(app.host, 'api-v2')] })));
    const edited = await read(plane, app.namespace);
    const refused = await istiops(plane, 'undo', common);
    expect(refused.code).toBe(1);
    expect(refused.result.failure?.message).toContain('somebody else changed them since');
    expect(await read(plane, app.namespace)).toEqual(edited);
  });
});

/** The object as it was at the start, to be put in place of what is there. */
async function fresh(which: 'virtualService' | 'destinationRule'): Promise<Record<string, unknown>> {
  const now = await read(plane, app.namespace);
  const { annotations: _, ...metadata } = now[which].metadata;
  const { annotations } = start[which].metadata;
  return {
    ...now[which],
    spec: start[which].spec,
    metadata: { ...metadata, ...(annotations && { annotations }) },
  };
}
