/** Runs that ask the proxies whether they have what was written. */
import { describe, expect, test } from 'vitest';
import { TrafficError } from '../../src/base/errors.ts';
import type { VirtualService } from '../../src/istio/types.ts';
import { parseWords } from '../../src/operations/parse-words.ts';
import { API, BUILD, DR, podOf, ROLLBACK, RULE, VS, WEIGHT } from '../support/api-service.ts';
import { withMesh, type FakeMesh } from '../support/fake-mesh.ts';
import { clusterOf, type Cluster } from '../support/memory-store.ts';

const HEADERS = { operation: 'headers', ...BUILD, headers: 'x-cid=a' };
const PROMOTE = { operation: 'promote', ...BUILD };
const pods = ['1', '2'].map((build) => podOf(build));

interface Scene {
  readonly made: Cluster;
  readonly mesh: FakeMesh;
  /** Writes and pauses of five seconds, in order. */
  readonly steps: () => readonly string[];
}

function scene(
  gateways: readonly string[] = ['shop/edge'],
  options: Partial<FakeMesh> = {},
  signal?: AbortSignal,
): Scene {
  const api: VirtualService = { ...API, spec: { ...API.spec, gateways } };
  const made = Object.assign(clusterOf([api, RULE], signal === undefined ? {} : { signal }), { pods });
  const mesh = withMesh(made, options);
  const steps = (): readonly string[] =>
    made.journal.filter((entry) => entry.startsWith('write') || entry === 'sleep 5000');
  return { made, mesh, steps };
}

const codes = ({
  findings,
}: {
  readonly findings: readonly { readonly code: string }[];
}): readonly string[] => findings.map(({ code }) => code);

describe('gateways that may be asked', () => {
  test('say when they have it, and nobody waits any longer', async () => {
    const { made, mesh, steps } = scene();
    mesh.gateways.push({ name: 'gw-2', lag: 250 });
    const outcome = await made.run(WEIGHT);
    expect(outcome.failure).toBeNull();
    expect(outcome.confirmation).toEqual({
      how: 'proxies',
      words: 'Routes are in 2 of 2 gateway pods after 0.3 s',
    });
    expect(steps()).toEqual([`write ${DR}`, `write ${VS}`]);
    // Twice the time that the slower one needs, in whole pauses, and once for the workers.
    expect(made.clock.now().getTime()).toBe(700);
    expect(codes(outcome)).not.toContain('proxies-not-asked');
  });

  test('a subset that is going is left by all of them first', async () => {
    const { made, mesh } = scene();
    mesh.gateways.push({ name: 'gw-2', lag: 250 });
    await made.run(WEIGHT);
    made.journal.length = 0;
    const start = made.clock.now().getTime();
    const outcome = await made.run(PROMOTE);
    expect(outcome).toMatchObject({ failure: null, confirmation: { how: 'proxies' } });
    expect(outcome.safeToScaleDown).toEqual(['app=api,build=1']);
    expect(made.clock.now().getTime() - start).toBe(400);
  });

  test('questions are as many as there are pods, however many routes', async () => {
    const { made, mesh } = scene();
    await made.run(WEIGHT);
    const envoy = mesh.questions.filter((question) => question.includes(':15000'));
    expect(envoy).toEqual([
      'gw-1 :15000/config_dump?resource=dynamic_active_clusters',
      'gw-1 :15000/config_dump?resource=dynamic_active_clusters',
      'gw-1 :15000/config_dump?resource=dynamic_route_configs',
      'gw-1 :15000/config_dump?resource=dynamic_route_configs',
    ]);
  });

  test('one that comes meanwhile is asked as well; it was not seen before, so the wait goes by', async () => {
    const { made, mesh } = scene();
    made.on('sleep 60', () => {
      mesh.gateways.push({ name: 'gw-2', lag: 0 });
    });
    mesh.gateways.push({ name: 'gw-0', lag: 250 });
    const outcome = await made.run({ ...WEIGHT, confirm: 'proxies' });
    expect(outcome.failure).toBeNull();
    expect(outcome.confirmation?.words).toContain('3 of 3 gateway pods');
  });

  test('one that goes meanwhile is not waited for', async () => {
    const { made, mesh } = scene();
    mesh.gateways.push({ name: 'gw-2', lag: Infinity });
    made.on('sleep 500', () => {
      mesh.gateways.pop();
    });
    const outcome = await made.run(WEIGHT);
    expect(outcome).toMatchObject({ failure: null, confirmation: { how: 'proxies' } });
    expect(outcome.confirmation?.words).toContain('1 of 1 gateway pod ');
  });

  test('one that went between the phases is not waited for either', async () => {
    const { made, mesh } = scene();
    mesh.gateways.push({ name: 'gw-2', lag: 0 });
    made.on(`write ${VS}`, () => {
      mesh.gateways.pop();
    });
    const outcome = await made.run(WEIGHT);
    expect(outcome.confirmation).toEqual({
      how: 'proxies',
      words: 'Routes are in 1 of 1 gateway pod after 0.0 s',
    });
  });

  test('one whose first answer breaks off is asked again before the write, which costs no wait', async () => {
    const { made, mesh, steps } = scene();
    let questions = 0;
    mesh.gateways.push({
      name: 'gw-2',
      lag: 0,
      get mute() {
        questions += 1;
        return questions === 1;
      },
    });
    const outcome = await made.run(WEIGHT);
    expect(outcome).toMatchObject({ failure: null, confirmation: { how: 'proxies' } });
    expect(steps()).toEqual([`write ${DR}`, `write ${VS}`]);
  });

  test('one that is not ready does not count', async () => {
    const { made, mesh } = scene();
    mesh.gateways.push({ name: 'gw-2', lag: Infinity, ready: false });
    expect((await made.run(WEIGHT)).confirmation?.words).toContain('1 of 1 gateway pod ');
  });
});

describe('not confirmed in time', () => {
  test('new subsets: nothing gets a request, and all is as it was', async () => {
    const { made, mesh } = scene();
    const before = made.state();
    mesh.gateways.push({ name: 'gw-2', lag: Infinity });
    const outcome = await made.run({ ...WEIGHT, 'confirm-timeout': '8s' });
    expect(outcome.failure?.reason).toBe('timeout');
    expect(outcome.failure?.message).toBe(
      "The proxies may not have the subsets yet: 1 of 2 gateway pods not confirmed: istio-system/gw-2 (it can't send to api-2 of api.shop.svc.cluster.local yet) after 8.1 s. " +
        'What had been written before was undone: everything is as it was.',
    );
    expect(made.state()).toEqual(before);
    expect(outcome.confirmation).toBeUndefined();
  });

  test('routes: the change stays, nothing is safe to scale down, and subsets stay', async () => {
    const { made, mesh } = scene();
    await made.run(WEIGHT);
    mesh.gateways.push({ name: 'gw-2', lag: 0, stuckSince: made.clock.now().getTime() - 1 });
    const outcome = await made.run({ ...ROLLBACK, 'confirm-timeout': '8s' });
    expect(outcome).toMatchObject({ failure: null, changed: true, safeToScaleDown: [] });
    expect(outcome.confirmation).toBeUndefined();
    const [warning] = outcome.findings.filter(({ code }) => code === 'unconfirmed');
    expect(warning?.severity).toBe('warning');
    expect(warning?.message).toContain('1 of 2 gateway pods not confirmed: istio-system/gw-2 (');
    expect(warning?.message).toContain('run the same again to remove them, or `clear`');
    expect(JSON.stringify(made.state()[DR])).toContain('api-2');
    // And then it does.
    mesh.gateways.pop();
    expect((await made.run({ operation: 'clear', 'label-selector': 'app=api' })).failure).toBeNull();
    expect(JSON.stringify(made.state()[DR])).not.toContain('api-2');
  });
});

describe('what an Envoy refuses', () => {
  test('is said in its words, and the change is undone', async () => {
    const { made, mesh } = scene();
    const before = made.state();
    mesh.gateways.push({ name: 'gw-2', lag: 0, refuses: 'istiops-api-2' });
    const outcome = await made.run(HEADERS);
    expect(outcome.failure?.reason).toBe('rejected');
    expect(outcome.failure?.message).toMatch(
      /^Envoy in gw-2\.istio-system refuses, 0\.2 s after the write, the routes that istiod has sent since: "unknown route to istiops-api-2"\./,
    );
    expect(outcome.failure?.message).toContain('everything is as it was');
    expect(made.state()).toEqual(before);
  });

  test('what it never had is undone without a wait, because it takes what comes later', async () => {
    const { made, mesh, steps } = scene();
    mesh.gateways.push({ name: 'gw-2', lag: 0, refuses: 'istiops-api-2' });
    const outcome = await made.run(HEADERS);
    expect(outcome.failure?.reason).toBe('rejected');
    expect(steps()).toEqual([`write ${DR}`, `write ${VS}`, `write ${VS}`, `write ${DR}`]);
  });

  test('as long as it is not known to take what comes later, it is waited for', async () => {
    const { made, mesh, steps } = scene();
    mesh.gateways.push({ name: 'gw-2', lag: 0, refuses: 'istiops-api-2' });
    made.on(
      `write ${VS}`,
      () => undefined,
      // The undoing is never sent to it.
      () => Object.assign(mesh.gateways[1] ?? {}, { stuckSince: made.clock.now().getTime() - 1 }),
    );
    const outcome = await made.run(HEADERS);
    expect(outcome.failure?.reason).toBe('rejected');
    expect(made.clock.now().getTime()).toBeGreaterThanOrEqual(5_000);
    expect(steps().at(-1)).toBe(`write ${DR}`);
  });

  test('since before the change is not taken for its fault', async () => {
    const { made, mesh } = scene();
    mesh.gateways.push({ name: 'gw-2', lag: 0, refuses: 'main' });
    made.edit(API, (current) => current);
    const outcome = await made.run({ ...HEADERS, 'confirm-timeout': '8s' });
    expect(outcome.failure?.reason).not.toBe('rejected');
  });
});

describe('what looks the same before and after proves nothing', () => {
  test('so the wait goes by as well', async () => {
    const both = {
      ...RULE.spec,
      subsets: [...(RULE.spec.subsets ?? []), { name: 'v9', labels: { app: 'api', build: '9' } }],
    };
    const to = (subset: string) => ({ destination: { host: 'api', subset }, weight: 50 });
    const { made, steps } = scene();
    made.edit(RULE, (rule) => ({ ...rule, spec: both }));
    made.edit(API, (api) => ({
      ...api,
      spec: { ...api.spec, http: [{ name: 'main', route: [to('v1'), to('v9')] }] },
    }));
    await made.run(WEIGHT);
    await made.run({ ...WEIGHT, weight: '0' });
    made.journal.length = 0;
    // A third entry of a list, without a share: Envoy never had it.
    const outcome = await made.run(ROLLBACK);
    expect(outcome).toMatchObject({ failure: null, confirmation: { how: 'waited' } });
    expect(steps()).toEqual([`write ${VS}`, 'sleep 5000', `write ${DR}`]);
  });

  test('but a promote of a build that has everything is seen: the list of destinations goes', async () => {
    const { made, steps } = scene();
    await made.run({ ...WEIGHT, weight: '100' });
    made.journal.length = 0;
    const outcome = await made.run(PROMOTE);
    expect(outcome).toMatchObject({ failure: null, confirmation: { how: 'proxies' } });
    expect(steps()).toEqual([`write ${VS}`]);
  });

  test('an undoing of what no proxy ever had, too', async () => {
    const { made, mesh, steps } = scene();
    mesh.gateways[0] = { name: 'gw-1', lag: 10_000 };
    made.on(
      `write ${VS}`,
      () => {
        made.mutate = (object) =>
          object.kind === 'VirtualService'
            ? { ...object, spec: { ...object.spec, gateways: ['x'] } }
            : object;
      },
      () => {
        made.mutate = (object) => object;
      },
    );
    const outcome = await made.run(WEIGHT);
    expect(outcome.failure?.reason).toBe('rejected');
    expect(outcome.failure?.message).toContain('everything is as it was');
    expect(steps().slice(-3)).toEqual([`write ${VS}`, 'sleep 5000', `write ${DR}`]);
  });
});

describe('where nobody may be asked', () => {
  const missing = [{ namespace: 'istio-system', verb: 'create', resource: 'pods/portforward' }];

  test('it is the wait of before, with one notice', async () => {
    const { made, mesh, steps } = scene(['shop/edge'], { missing });
    const outcome = await made.run(WEIGHT);
    expect(outcome).toMatchObject({ failure: null, confirmation: { how: 'waited', words: '' } });
    expect(steps()).toEqual([`write ${DR}`, 'sleep 5000', `write ${VS}`, 'sleep 5000']);
    expect(outcome.findings.filter(({ code }) => code === 'proxies-not-asked')).toEqual([
      expect.objectContaining({
        severity: 'notice',
        message:
          'The proxies could not be asked whether they have the change, so the run waited 5 s (`propagation-wait`) instead: ' +
          'you may not create pods/portforward in namespace istio-system. `istiops doctor` prints the Role that allows it.',
      }),
    ]);
    expect(mesh.questions).toEqual([]);
  });

  test('`confirm: proxies` refuses before anything is written, with the Role', async () => {
    const { made, steps } = scene(['shop/edge'], { missing });
    const { failure } = await made.run({ ...WEIGHT, confirm: 'proxies' });
    expect(failure?.reason).toBe('forbidden');
    expect(failure?.message).toContain('create pods/portforward in namespace istio-system');
    expect(failure?.message).toContain('- pods/portforward');
    expect(steps()).toEqual([]);
  });

  test('`confirm: proxies` refuses likewise where no pod of a gateway can be found', async () => {
    const places = [{ name: 'shop/edge', selector: {}, namespaces: [], areAll: true }];
    const { made, steps } = scene(['shop/edge'], { places });
    const { failure } = await made.run({ ...WEIGHT, confirm: 'proxies' });
    expect(failure?.reason).toBe('check-failed');
    expect(failure?.message).toContain(
      "The proxies can't be asked whether they have the change, as `confirm: proxies` demands: " +
        'Gateway shop/edge has no selector that its pods could be found by. ' +
        'Use `confirm: auto`, which waits instead.',
    );
    expect(steps()).toEqual([]);
  });

  test('`confirm: wait` asks nobody', async () => {
    const { made, mesh, steps } = scene();
    const outcome = await made.run({ ...WEIGHT, confirm: 'wait' });
    expect(outcome).toMatchObject({ failure: null, confirmation: { how: 'waited', words: '' } });
    expect(mesh.questions).toEqual([]);
    expect(steps()).toEqual([`write ${DR}`, 'sleep 5000', `write ${VS}`, 'sleep 5000']);
  });

  test.for([
    ['a gateway without pods', { gateways: [] }],
    ['a Gateway that is not there', { places: [] }],
    [
      'a Gateway without a selector',
      { places: [{ name: 'shop/edge', selector: {}, namespaces: [], areAll: true }] },
    ],
    ['a gateway that is no Envoy', { gateways: [{ name: 'gw-1', lag: 0, mute: true }] }],
  ] as const)('%s: a wait, and no end of it', async ([, options]) => {
    const { made } = scene(['shop/edge'], options as Partial<FakeMesh>);
    const outcome = await made.run(WEIGHT);
    expect(outcome).toMatchObject({ failure: null, confirmation: { how: 'waited' } });
    expect(made.clock.now().getTime()).toBeGreaterThanOrEqual(10_000);
    expect(made.clock.now().getTime()).toBeLessThan(11_000);
  });
});

describe('who can not be asked is not said to have the change', () => {
  const mute = { name: 'gw-1', lag: 0, mute: true };

  test('a gateway that is no Envoy', async () => {
    const { made } = scene(['shop/edge'], { gateways: [mute] });
    const outcome = await made.run(WEIGHT);
    expect(outcome.confirmation).toEqual({
      how: 'waited',
      words: 'Nobody could be asked, so the run waited 5.0 s',
    });
    expect(outcome.findings.map(({ message }) => message)).toEqual([
      "The proxies could not be asked whether they have the change, so the run waited 5 s (`propagation-wait`) instead: istio-system/gw-1 can't be asked (Nothing listens there).",
    ]);
  });

  test('one beside another', async () => {
    const { made } = scene(['shop/edge'], { gateways: [mute, { name: 'gw-2', lag: 0 }] });
    const outcome = await made.run(WEIGHT);
    expect(outcome.confirmation).toEqual({
      how: 'waited',
      words: 'Routes are in 1 of 1 gateway pod after 5.0 s; 1 could not be asked',
    });
  });

  test.each([
    ['a policy against port-forwards', 'rejected', 'admission webhook "no-forward" denied the request'],
    ['no right after all', 'forbidden', 'Not allowed in namespace "istio-system"'],
    ['an istiod that answers no such question', 'rejected', 'Port 15014 answers with status 404'],
  ] as const)('the mesh, where istiod may not be asked: %s', async (_what, reason, words) => {
    const refusal = new TrafficError(reason, words);
    const { made } = scene(['mesh'], { sidecars: [{ name: 'web-1.shop', lag: 0 }], refusal });
    const outcome = await made.run(WEIGHT);
    expect(outcome).toMatchObject({ failure: null, confirmation: { how: 'waited' } });
    expect(outcome.findings.map(({ message }) => message).join()).toContain(
      `those of istiod-1 can't be asked (${words})`,
    );
    expect(made.clock.now().getTime()).toBeLessThan(11_000);
  });

  test('and `confirm: proxies` says so before anything is written', async () => {
    const { made, steps } = scene(['shop/edge'], { gateways: [mute] });
    const outcome = await made.run({ ...WEIGHT, confirm: 'proxies' });
    expect(outcome.failure?.reason).toBe('check-failed');
    expect(outcome.failure?.message).toContain("istio-system/gw-1 can't be asked (Nothing listens there)");
    expect(steps()).toEqual([]);
  });
});

describe('the mesh, by istiod', () => {
  const sidecars = (): FakeMesh['sidecars'] => [
    { name: 'web-1.shop', lag: 0 },
    { name: 'web-2.shop', lag: 250 },
  ];

  test('is confirmed when every sidecar has acknowledged it', async () => {
    const { made, steps } = scene(['mesh'], { sidecars: sidecars() });
    const outcome = await made.run(WEIGHT);
    expect(outcome).toMatchObject({
      failure: null,
      confirmation: {
        how: 'proxies',
        words: 'Routes are acknowledged by 2 of 2 sidecars (1 istiod) after 0.3 s',
      },
    });
    expect(steps()).toEqual([`write ${DR}`, `write ${VS}`]);
  });

  test('beside the gateways', async () => {
    const { made } = scene(['mesh', 'shop/edge'], { sidecars: sidecars() });
    expect((await made.run(WEIGHT)).confirmation).toEqual({
      how: 'proxies',
      words: 'Routes are in 1 of 1 gateway pod after 0.3 s, acknowledged by 2 of 2 sidecars (1 istiod)',
    });
  });

  test('one that is never sent it is named', async () => {
    const { made } = scene(['mesh'], { sidecars: [...sidecars(), { name: 'old-1.shop', lag: Infinity }] });
    const outcome = await made.run({ ...WEIGHT, 'propagation-wait': '1m', 'confirm-timeout': '5s' });
    expect(outcome.confirmation?.how ?? outcome.failure?.reason).toMatch(/waited|timeout/);
  });

  test('an istiod that hangs is not waited for without end, and its proxies are not confirmed', async () => {
    const { made, mesh } = scene(['mesh'], { sidecars: sidecars() });
    mesh.hangs = true;
    const outcome = await made.run({ ...WEIGHT, 'confirm-timeout': '0s', 'propagation-wait': '0s' });
    expect(outcome.failure?.reason).toBe('timeout');
    expect(outcome.failure?.message).toContain('istiod does not answer');
  }, 30_000);
});

test('an istiod that hangs does not keep gateways from being confirmed', async () => {
  const { made, mesh } = scene();
  mesh.hangs = true;
  const outcome = await made.run(WEIGHT);
  expect(outcome).toMatchObject({ failure: null, confirmation: { how: 'proxies' } });
  // Once before each phase, for what proxies refuse; not in every round.
  expect(mesh.questions.filter((question) => question.includes('syncz'))).toHaveLength(2);
}, 30_000);

test('a cancelled run asks nobody any more, and undoes', async () => {
  const controller = new AbortController();
  const { made, mesh } = scene(['shop/edge'], {}, controller.signal);
  const before = made.state();
  mesh.gateways.push({ name: 'gw-2', lag: Infinity });
  made.on('sleep 500', () => {
    controller.abort(new TrafficError('cancelled', 'The run was cancelled (SIGINT).'));
  });
  const { failure } = await made.run(WEIGHT);
  expect(failure?.reason).toBe('cancelled');
  expect(failure?.message).toContain('everything is as it was');
  expect(made.state()).toEqual(before);
});

describe('show --proxies', () => {
  const SHOW = { operation: 'show', 'label-selector': 'app=api', proxies: 'true' };

  test('says of each proxy whether it has what the VirtualService says now', async () => {
    const { made, mesh } = scene(['shop/edge', 'mesh'], {
      sidecars: [
        { name: 'web-1.shop', lag: 0 },
        { name: 'web.2.shop', lag: 0, refuses: 'api-2' },
      ],
    });
    await made.run({ ...WEIGHT, confirm: 'wait' });
    mesh.gateways.push({ name: 'gw-2', lag: Infinity }, { name: 'gw-3', lag: 0, mute: true });
    const outcome = await made.run(SHOW);
    expect(outcome.failure).toBeNull();
    const said = outcome.proxies?.map(
      ({ kind, proxy, state, words }) => `${kind} ${proxy} ${state} ${words}`,
    );
    expect(said).toEqual([
      'gateway istio-system/gw-1 has ',
      'gateway istio-system/gw-2 differs route main of api:80 sends to v1 100 %, where it should: sends to v1 80 %, api-2 20 %',
      'gateway istio-system/gw-3 unknown Nothing listens there',
      'sidecar shop/web-1 has ',
      'sidecar shop/web.2 differs Envoy refuses the routes that istiod sends: "unknown route to api-2"',
    ]);
  });

  test('without the rights it says so', async () => {
    const missing = [{ namespace: 'istio-system', verb: 'get', resource: 'pods/portforward' }];
    const { made } = scene(['shop/edge'], { missing });
    const outcome = await made.run(SHOW);
    expect(outcome).toMatchObject({ failure: null, proxies: [] });
    expect(codes(outcome)).toContain('proxies-not-asked');
  });

  test('is nothing for files', () => {
    expect(() => parseWords({ ...SHOW, manifests: 'deploy' })).toThrow(
      'in files there are no proxies to ask',
    );
  });
});
