/**
 * Confirmed by the proxies: through port-forwards of the real API server, with its RBAC, to two Envoys that share the
 * ports of one gateway, to a sidecar, and to istiod.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { roleYaml } from '../../src/stores/kubernetes/role.ts';
import { ensure, paths } from './plane/api.ts';
import { GATEWAY } from './plane/envoy.ts';
import { answersOf, failedOf, lastSentTo, startLoad } from './plane/load.ts';
import { boot } from './plane/plane.ts';
import { until } from './plane/processes.ts';
import type { SampleApp } from './plane/sample-app.ts';
import { ask } from './plane/traffic.ts';
import { prepareAct, runWorkflow } from './support/act.ts';
import { untilCounted } from './support/counted.ts';
import { DEFAULT_RATE, HEADER_RATE } from './support/cycles.ts';
import { action, doctor, istiops, type Inputs } from './support/doors.ts';
import { edit, read, traces } from './support/objects.ts';
import type { Plane } from './support/plane.ts';

/** Far longer than any confirmation here: a change that waits for it shows itself by `confirmed=waited`. */
const LONG_WAIT = '4s';
const QUICK = { debounceAfter: '100ms', debounceMax: '200ms' };
const SLOW = { debounceAfter: '3s', debounceMax: '10s' };
const BUILD = { 'pod-selector': 'app=api,build=v2' };
const ME = { 'x-cid': 'me' };

let plane: Plane;

beforeAll(async () => {
  plane = await boot({
    gateways: 2,
    // It refuses what Envoy would refuse, and is istiod, which is held here.
    webhook: false,
    istiodDebounceAfter: QUICK.debounceAfter,
    istiodDebounceMax: QUICK.debounceMax,
  });
});

afterAll(() => plane.stop());

async function deploy(): Promise<{ readonly app: SampleApp; readonly common: Inputs }> {
  const namespace = await plane.namespace('confirm');
  const app = await plane.deployBuilds({ namespace, app: 'api', builds: ['v1', 'v2'] });
  // The first answer is that of one gateway; each connection gets one of them.
  await until('both gateways answer', async () => {
    const answers = await Promise.all(Array.from({ length: 16 }, () => ask(plane, { host: app.host })));
    return answers.every(({ build }) => build === 'v1');
  });
  return { app, common: { namespace, 'label-selector': 'app=api', 'propagation-wait': LONG_WAIT } };
}

/** A user with the docs' Role in the app's namespace, and these verbs on port-forwards to gateways and istiod. */
async function userWith(namespace: string, name: string, verbs: readonly string[]): Promise<string> {
  const token = await plane.serviceAccountToken(namespace, name);
  const subject = { kind: 'ServiceAccount', name, namespace };
  const give = async (place: string, rules: unknown): Promise<void> => {
    await ensure(plane.api, paths.roles(place), { metadata: { name }, rules });
    await ensure(plane.api, paths.roleBindings(place), {
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
      subjects: [subject],
    });
  };
  const [role] = parseAllDocuments(roleYaml(namespace));
  await give('istio-system', [
    { apiGroups: ['networking.istio.io'], resources: ['gateways'], verbs: ['get'] },
    { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
    ...(verbs.length === 0 ? [] : [{ apiGroups: [''], resources: ['pods/portforward'], verbs }]),
  ]);
  await give(namespace, (role?.toJS() as { readonly rules: unknown }).rules);
  await until(`${name} has its rights`, async () => {
    const spec = {
      user: `system:serviceaccount:${namespace}:${name}`,
      resourceAttributes: { namespace, verb: 'list', resource: 'pods' },
    };
    const reviews = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
    return (await plane.api.post<{ status: { allowed: boolean } }>(reviews, { spec })).status.allowed;
  });
  return await plane.writeKubeconfig(`${namespace}-${name}`, { user: { token } });
}

describe('rights', () => {
  let app: SampleApp;
  let common: Inputs;
  beforeAll(async () => ({ app, common } = await deploy()));

  test('with get and create the proxies confirm, and nobody waits', async () => {
    const KUBECONFIG = await userWith(app.namespace, 'both', ['get', 'create']);
    const env = { KUBECONFIG };
    const given = await istiops(plane, 'headers', { ...common, ...BUILD, headers: 'x-cid=me' }, { env });
    expect(given.code, given.stderr).toBe(0);
    expect(given.result.confirmed).toBe('proxies');
    expect(given.result.confirmation).toMatch(/^Routes are in 2 of 2 gateway pods after \d+\.\d s/);
    for (let turn = 0; turn < 20; turn++)
      expect((await ask(plane, { host: app.host, headers: ME })).build).toBe('v2');
    const back = await action(plane, { ...common, ...BUILD, operation: 'rollback' }, { env });
    expect(back.code, back.stdout).toBe(0);
    expect(back.outputs['confirmed']).toBe('proxies');
  });

  test('through a workflow, whose next step reads the output', async () => {
    const kubeconfig = await readFile(await userWith(app.namespace, 'workflow', ['get', 'create']), 'utf8');
    const ran = await runWorkflow(await prepareAct(plane, { doors: inject('doors') }), {
      file: join(import.meta.dirname, 'support/confirmed.yml'),
      event: 'workflow_dispatch',
      inputs: { namespace: app.namespace },
      secrets: { KUBECONFIG: kubeconfig },
    });
    expect(ran.code, ran.log).toBe(0);
    const [preview, next] = ran.steps.filter(({ stage }) => stage === 'Main');
    expect(preview?.outputs['confirmed']).toBe('proxies');
    expect(preview?.summary).toContain('Routes are in 2 of 2 gateway pods after');
    expect(next?.log).toContain('answered by v2 from here on');
    expect((await ask(plane, { host: app.host, headers: ME })).build).toBe('v2');
    await istiops(plane, 'rollback', { ...common, ...BUILD });
  });

  test.each([
    ['neither', [], ['get pods/portforward', 'create pods/portforward']],
    ['get-alone', ['get'], ['create pods/portforward']],
    ['create-alone', ['create'], ['get pods/portforward']],
  ] as const)('with %s it waits, and says what is missing', async (name, verbs, missing) => {
    const env = { KUBECONFIG: await userWith(app.namespace, name, verbs) };
    const waiting = { ...common, ...BUILD, 'propagation-wait': '300ms' };
    const headers = { ...waiting, headers: 'x-cid=me' };
    const before = await read(plane, app.namespace);
    const refused = await istiops(plane, 'headers', { ...headers, confirm: 'proxies' }, { env });
    expect(refused.result.failure?.reason).toBe('forbidden');
    expect(refused.result.failure?.message).toContain('kind: Role');
    expect(await read(plane, app.namespace)).toEqual(before);

    const given = await istiops(plane, 'headers', headers, { env });
    expect(given.code, given.stderr).toBe(0);
    expect(given.result.confirmed).toBe('waited');
    const notices = given.result.findings.filter(({ code }) => code === 'proxies-not-asked');
    expect(notices).toHaveLength(1);
    for (const right of missing) expect(notices[0]?.message).toContain(right);
    await istiops(plane, 'rollback', waiting, { env });
  });
});

test('a change is confirmed soon, whatever propagation-wait says, and none of its requests is lost', async () => {
  const { app, common } = await deploy();
  const load = await startLoad(plane, [
    { name: 'all', host: app.host, rate: DEFAULT_RATE },
    { name: 'me', host: app.host, rate: HEADER_RATE, headers: ME },
  ]);
  const took: string[] = [];
  for (const [operation, inputs] of [
    ['headers', { headers: 'x-cid=me' }],
    ['weight', { weight: '20' }],
    ['rollback', {}],
  ] as const) {
    const ran = await action(plane, { ...common, ...BUILD, ...inputs, operation });
    expect(ran.code, ran.stdout).toBe(0);
    expect(ran.outputs['confirmed']).toBe('proxies');
    took.push(`${operation} ${(ran.took / 1000).toFixed(2)} s`);
  }
  expect(failedOf(await load.stop())).toBe(0);
  console.log(`confirmed by two gateways: ${took.join(', ')}`);
});

test('a bad canary is taken back as soon as both gateways have it, and nothing is lost', async () => {
  const { app, common } = await deploy();
  const prometheus = await plane.prometheus();
  const load = await startLoad(plane, [{ name: 'all', host: app.host, rate: DEFAULT_RATE }]);
  await untilCounted(prometheus, app.namespace);
  let isSpoilt: Promise<void> | undefined;
  let badAt = 0;
  const canary = { operation: 'canary', steps: '20%:30s, 100%:4s', interval: '1s', confirm: 'proxies' };
  const ran = await action(
    plane,
    { ...common, ...BUILD, ...canary, metrics: prometheus.url, gates: 'errors < 2%' },
    {
      onOutput: (text) => {
        if (text.includes('::group::Stage 1')) isSpoilt ??= app.behave('v2', { status: 500, share: 0.5 });
        if (text.includes('✘')) badAt ||= Date.now();
      },
    },
  );
  const endedAt = Date.now();
  await isSpoilt;
  expect(ran.outputs, ran.stdout).toMatchObject({ 'failure-reason': 'check-failed', changed: 'false' });
  expect(ran.stdout).toContain('Taken back in');
  // Each write was confirmed, on the way there and back.
  expect(ran.stdout).not.toContain('for istiod and Envoy to catch up');
  const report = await load.stop();
  const lost = Object.keys(answersOf(report, 'all')).filter((what) => /^error |^\d+ -$/.test(what));
  expect(lost).toEqual([]);
  const last = lastSentTo(report, 'all', 'v2');
  console.log(
    `a bad build behind two gateways: its last request ${last - badAt} ms after the look that said bad`,
  );
  expect(badAt).toBeGreaterThan(0);
  expect(last).toBeLessThan(endedAt);
});

test('the sidecars of the mesh acknowledge it, by the word of istiod, and lose nothing', async () => {
  const { app, common } = await deploy();
  await edit(plane, `${paths.virtualServices(app.namespace)}/api`, (spec) => ({
    ...spec,
    gateways: [GATEWAY, 'mesh'],
  }));
  const http = await plane.mesh.addSidecar(app.namespace);
  const mesh = { dir: plane.dir, ca: plane.ca, gateway: { ...plane.gateway, http } };
  const build = async (headers = {}): Promise<string | undefined> =>
    (await ask(mesh, { host: app.host, headers })).build;
  await until('the sidecar has the routes', async () => (await build()) === 'v1');
  const load = await startLoad(mesh, [
    { name: 'all', host: app.host, rate: DEFAULT_RATE },
    { name: 'me', host: app.host, rate: HEADER_RATE, headers: ME },
  ]);
  for (const [operation, inputs, mine] of [
    ['headers', { headers: 'x-cid=me' }, 'v2'],
    ['rollback', {}, 'v1'],
  ] as const) {
    const ran = await istiops(plane, operation, { ...common, ...BUILD, ...inputs });
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.result.confirmed).toBe('proxies');
    expect(ran.result.confirmation).toMatch(
      /2 of 2 gateway pods .*acknowledged by 1 of 1 sidecar \(1 istiod\)/,
    );
    for (let turn = 0; turn < 20; turn++) expect(await build(ME)).toBe(mine);
  }
  expect(failedOf(await load.stop())).toBe(0);
});

/** A regex that istiod's webhook accepts, and an Envoy with a low limit refuses. */
const HEAVY = 'x-cid~="(me|you|them|everybody|nobody|somebody|anybody|whoever){1,4}"';

describe('an Envoy that refuses the routes', () => {
  let app: SampleApp;
  let common: Inputs;
  beforeAll(async () => ({ app, common } = await deploy()));

  test('all of them: it is named, in its words, and undone, and nothing is lost', async () => {
    await Promise.all(plane.mesh.gateways.map((one) => plane.mesh.limitRegexes(one, 100)));
    try {
      const before = await read(plane, app.namespace);
      const load = await startLoad(plane, [{ name: 'all', host: app.host, rate: DEFAULT_RATE }]);
      const ran = await istiops(plane, 'headers', { ...common, ...BUILD, headers: HEAVY });
      expect(failedOf(await load.stop())).toBe(0);
      expect(ran.code).toBe(1);
      expect(ran.result.failure?.reason).toBe('rejected');
      expect(ran.result.failure?.message).toMatch(/Envoy in gateway(-2)?\.istio-system .*RE2 program size/);
      expect(traces(await read(plane, app.namespace))).toEqual(traces(before));
      // It is named, then undone: nothing has to be waited for, because both take what comes after it.
      const [, named = ''] =
        /refuses, (\d+\.\d) s after the write/.exec(ran.result.failure?.message ?? '') ?? [];
      expect(named).not.toBe('');
      expect(ran.result.failure?.message).toContain('was undone');
      console.log(`named ${named} s after the write, ${(ran.took / 1000).toFixed(2)} s with the undoing`);
    } finally {
      await Promise.all(plane.mesh.gateways.map((one) => plane.mesh.limitRegexes(one, 32_768)));
    }
  });

  test('one of them: show --proxies and doctor say which, and why requests go the old way', async () => {
    const place = { namespace: app.namespace, 'label-selector': 'app=api' };
    const unasked = { ...common, confirm: 'wait', 'propagation-wait': '500ms' };
    await plane.mesh.limitRegexes('gateway-2', 100);
    try {
      await istiops(plane, 'headers', { ...unasked, ...BUILD, headers: HEAVY });
      const shown = await istiops(plane, 'show', { ...place, proxies: 'true' });
      const states = shown.result.proxies?.map(({ proxy, state }) => `${proxy} ${state}`);
      expect(states?.toSorted()).toEqual(['istio-system/gateway has', 'istio-system/gateway-2 differs']);
      const looked = await doctor(plane, { namespace: app.namespace });
      expect(looked.stdout).toContain('istio-system/gateway-2');
    } finally {
      await plane.mesh.limitRegexes('gateway-2', 32_768);
    }
    // gateway-2 shows the old routes all along, and proves itself by what it takes after those that it refused.
    const back = await istiops(plane, 'rollback', { ...common, ...BUILD });
    expect(back.code, back.stderr).toBe(0);
    expect(back.result.confirmed).toBe('proxies');
  });
});

describe('who is asked', () => {
  let common: Inputs;
  beforeAll(async () => ({ common } = await deploy()));
  const change = (inputs: Inputs) =>
    istiops(plane, 'headers', { ...common, ...BUILD, headers: 'x-cid=me', ...inputs });
  const goBack = () => istiops(plane, 'rollback', { ...common, ...BUILD });

  test('a gateway pod without an Envoy can be asked nothing: the others are, and a wait stands for it', async () => {
    await plane.mesh.addStranger('not-envoy', 'gateway');
    try {
      const ran = await change({ 'propagation-wait': '500ms' });
      expect(ran.code, ran.stderr).toBe(0);
      expect(ran.result.confirmed).toBe('waited');
    } finally {
      await plane.mesh.removeStranger('not-envoy');
      await goBack();
    }
  });

  test('one that is not ready gets no requests, and is not asked', async () => {
    await plane.mesh.addStranger('not-ready', 'gateway');
    try {
      await plane.mesh.setReady('not-ready', false);
      const ran = await change({});
      expect(ran.result.confirmation).toContain('in 2 of 2 gateway pods');
      expect(ran.result.confirmed).toBe('proxies');
    } finally {
      await plane.mesh.removeStranger('not-ready');
      await goBack();
    }
  });

  test('an istiod that hangs: the new subset is undone in time, and the proxies are named', async () => {
    // Of its own: gateways that still had the subset of an earlier test would not lack it.
    const own = await deploy();
    const inputs = { ...own.common, ...BUILD, headers: 'x-cid=me' };
    const before = await read(plane, own.app.namespace);
    plane.holdIstiod(true);
    try {
      const hurried = { ...inputs, 'confirm-timeout': '3s', 'propagation-wait': '1s' };
      const ran = await istiops(plane, 'headers', hurried);
      expect(ran.code).toBe(1);
      expect(ran.result.failure?.reason).toBe('timeout');
      expect(ran.result.failure?.message).toContain('istio-system/gateway-2');
      expect(traces(await read(plane, own.app.namespace))).toEqual(traces(before));
      console.log(`istiod hangs, confirm-timeout 3 s: ${(ran.took / 1000).toFixed(1)} s with the undoing`);
    } finally {
      plane.holdIstiod(false);
    }
    const after = await istiops(plane, 'headers', inputs);
    expect(after.result.confirmed, after.stderr).toBe('proxies');
  });
});

describe('with an istiod that collects changes for three seconds', () => {
  beforeAll(() => plane.restartIstiod(SLOW));
  afterAll(() => plane.restartIstiod(QUICK));

  interface Loss {
    readonly lost: number;
    /** Milliseconds. */
    readonly took: number;
  }

  /** Requests that are lost or go astray while a build gets its header and loses it again. */
  async function lostBy(inputs: Inputs): Promise<Loss> {
    const { app, common } = await deploy();
    // What is lost is lost within some hundredths of a second.
    const load = await startLoad(plane, [{ name: 'me', host: app.host, rate: DEFAULT_RATE, headers: ME }]);
    const began = performance.now();
    const ran = await istiops(plane, 'headers', { ...common, ...BUILD, headers: 'x-cid=me', ...inputs });
    expect(ran.code, ran.stderr).toBe(0);
    await until(
      'the header reaches v2',
      async () => (await ask(plane, { host: app.host, headers: ME })).build === 'v2',
    );
    await istiops(plane, 'rollback', { ...common, ...BUILD, ...inputs });
    const took = performance.now() - began;
    await sleep(4_000);
    return { lost: failedOf(await load.stop()), took };
  }

  const lostByBoth = (): Promise<[Loss, Loss]> =>
    Promise.all([
      lostBy({ confirm: 'wait', 'propagation-wait': '2s' }),
      lostBy({ 'propagation-wait': '2s' }),
    ]);

  test('a wait of two seconds loses requests, and the proxies’ word none', { timeout: 300_000 }, async () => {
    let [waited, confirmed] = await lostByBoth();
    // Which changes istiod collects together depends on when it was last asked for one.
    for (let more = 4; more > 0 && waited.lost === 0 && confirmed.lost === 0; more -= 1)
      [waited, confirmed] = await lostByBoth();
    expect(waited.lost).toBeGreaterThan(0);
    expect(confirmed.lost).toBe(0);
    console.log(
      `debounce 3 s: a wait of 2 s lost ${waited.lost} requests, confirmation 0 (${(confirmed.took / 1000).toFixed(1)} s)`,
    );
  });

  test('a gateway pod that comes meanwhile is asked, too, and one that goes is not waited for', async () => {
    const { common } = await deploy();
    const headers = { ...common, ...BUILD, headers: 'x-cid=me' };
    const [more, name] = await Promise.all([
      istiops(plane, 'headers', headers),
      sleep(1_500).then(() => plane.mesh.addGateway()),
    ]);
    expect(more.result.confirmed, more.stderr).toBe('proxies');
    expect(more.result.confirmation).toContain('in 3 of 3 gateway pods');
    const [fewer] = await Promise.all([
      istiops(plane, 'rollback', { ...common, ...BUILD }),
      sleep(1_500).then(() => plane.mesh.removeGateway(name)),
    ]);
    expect(fewer.result.confirmed, fewer.stderr).toBe('proxies');
    expect(fewer.result.confirmation).toContain('in 2 of 2 gateway pods');
  });
});
