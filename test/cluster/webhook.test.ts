import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { paths } from './plane/api.ts';
import { until } from './plane/processes.ts';
import type { SampleApp } from './plane/sample-app.ts';
import { byLibrary } from './support/chain.ts';
import { action, istiops, type Inputs } from './support/doors.ts';
import { edit, read, to, traces, type Both } from './support/objects.ts';
import { askMany } from './support/many.ts';
import { DEBOUNCE, sharedPlane, type Plane } from './support/plane.ts';
import {
  endPolicy,
  startPolicy,
  UPDATES_OF_VIRTUAL_SERVICES,
  type RefusingPolicy,
} from './support/refusing-policy.ts';

let plane: Plane;
let app: SampleApp;
let inputs: Inputs;

beforeAll(async () => {
  plane = await sharedPlane();
  const namespace = await plane.namespace('webhook');
  app = await plane.deployBuilds({ namespace, app: 'api', builds: ['v1', 'v2'] });
  inputs = {
    namespace,
    'label-selector': 'app=api',
    'pod-selector': 'app=api,build=v2',
    'propagation-wait': '0s',
  };
});

const show = (): Promise<Both> => read(plane, app.namespace);

const FREEZE = 'Change freeze: routes of this namespace stay as they are until the sale is over.';

describe('an admission policy that refuses the VirtualService, and not the DestinationRule before it', () => {
  const policy = (): RefusingPolicy => ({
    name: 'freeze',
    namespace: app.namespace,
    virtualService: 'api',
    expression: 'false',
    message: FREEZE,
  });

  beforeAll(() => startPolicy(plane, policy()));
  afterAll(() => endPolicy(plane, policy()));

  test('its words reach the user, and neither object was changed', async () => {
    const before = await show();
    const ran = await action(plane, { ...inputs, operation: 'headers', headers: 'x-cid=me' });
    expect(ran.code).toBe(1);
    expect(ran.outputs).toMatchObject({ changed: 'false', 'failure-reason': 'rejected' });
    expect(ran.stdout).toContain(FREEZE);
    expect(ran.summary).toContain(FREEZE);
    expect(await show()).toEqual(before);
  });
});

describe('an istiod that is down, so that nobody answers its webhook', () => {
  beforeAll(() => plane.stopIstiod());
  afterAll(() => plane.restartIstiod(DEBOUNCE));

  test('the change fails in the rehearsal, and requests go where they went', async () => {
    const before = await show();
    const asked = { operation: 'weight', inputs: { ...inputs, weight: '20' } };
    const { changed, failure } = await byLibrary(plane, asked, { impatient: true });
    expect(changed).toBe(false);
    expect(failure?.reason).toBe('unreachable');
    expect(failure?.message).toContain('It is istiod: look whether its pods run');
    expect(failure?.message).toMatch(/Tried \d+ times in .*Nothing was changed\.$/);
    expect(await show()).toEqual(before);
    expect(await askMany(plane, { host: app.host }, 20)).toEqual({ '200 v1': 20 });
  });
});

const MUTATIONS = '/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies';
const MUTATION_BINDINGS = '/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicybindings';

/** A policy that changes the weight of the first destination, where it is `weight`, in this test's namespace. */
async function mutate(name: string, weight: number, patch: string): Promise<void> {
  await plane.api.post(MUTATIONS, {
    metadata: { name },
    spec: {
      failurePolicy: 'Fail',
      reinvocationPolicy: 'Never',
      matchConstraints: UPDATES_OF_VIRTUAL_SERVICES,
      matchConditions: [
        {
          name: 'weight',
          expression: `has(object.spec.http[0].route[0].weight) && object.spec.http[0].route[0].weight == ${weight}`,
        },
      ],
      mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: `[${patch}]` } }],
    },
  });
  await plane.api.post(MUTATION_BINDINGS, {
    metadata: { name },
    spec: {
      policyName: name,
      matchResources: {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': app.namespace } },
      },
    },
  });
  const { virtualService } = await show();
  const [first] = virtualService.spec.http ?? [];
  const asked = {
    route: [
      { ...to(app.host, 'v1'), weight },
      { ...to(app.host, 'v1'), weight: 100 - weight },
    ],
  };
  await until('the policy is in force', async () => {
    const path = `${paths.virtualServices(app.namespace)}/api?dryRun=All`;
    const tried = await plane.api.patch<{ spec: { http: { route: { weight?: number }[] }[] } }>(path, {
      spec: { http: [{ ...first, ...asked }] },
    });
    return tried.spec.http[0]?.route[0]?.weight !== weight;
  });
}

async function mutateNoMore(name: string): Promise<void> {
  await plane.api.delete(`${MUTATION_BINDINGS}/${name}`);
  await plane.api.delete(`${MUTATIONS}/${name}`);
}

describe('a mutating admission policy', () => {
  test('that changes a share ends it in the rehearsal, and neither object was changed', async () => {
    const before = await show();
    await mutate('halve', 80, 'JSONPatch{op: "replace", path: "/spec/http/0/route/0/weight", value: 50}');
    try {
      const { code, result } = await istiops(plane, 'weight', { ...inputs, weight: '20' });
      expect(code).toBe(1);
      expect(result.failure?.reason).toBe('rejected');
      expect(result.failure?.message).toContain(
        'spec.http[0].route[0].weight is 80 in what was sent, and 50 in what is stored',
      );
      expect(result.changed).toBe(false);
      expect(await show()).toEqual(before);
    } finally {
      await mutateNoMore('halve');
    }
  });

  test('that drops weight 0 changes no meaning: there, again, and back', async () => {
    const before = await show();
    await mutate('drop-zero', 0, 'JSONPatch{op: "remove", path: "/spec/http/0/route/0/weight"}');
    try {
      const there = await istiops(plane, 'weight', { ...inputs, weight: '100' });
      expect(there.result.failure).toBeNull();
      expect(there.result.changed).toBe(true);
      const [main] = (await show()).virtualService.spec.http ?? [];
      expect(main?.route).toEqual([
        to(app.host, 'v1'),
        { ...to(app.host, there.result.subset), weight: 100 },
      ]);
      expect((await istiops(plane, 'weight', { ...inputs, weight: '100' })).result.changed).toBe(false);
      expect((await istiops(plane, 'rollback', inputs)).result.failure).toBeNull();
      expect(traces(await show())).toEqual(traces(before));
    } finally {
      await mutateNoMore('drop-zero');
    }
  });
});

describe("istiod's webhook", () => {
  test('a refusal because of a route that was broken before: in its own words, and nothing was changed', async () => {
    const path = `${paths.virtualServices(app.namespace)}/api`;
    const sound = await show();
    // As it happens in clusters: written while the webhook was away.
    await plane.setWebhook(false);
    await edit(plane, path, (spec) => ({
      ...spec,
      http: [
        {
          name: 'old',
          match: [{ uri: { prefix: '/old' } }],
          mirrorPercentage: { value: 120 },
          mirror: { host: app.host, subset: 'v1' },
          route: [to(app.host, 'v1')],
        },
        ...(spec['http'] as readonly unknown[]),
      ],
    }));
    await plane.setWebhook(true);
    const before = await show();

    const { code, result } = await istiops(plane, 'weight', { ...inputs, weight: '20' });
    expect(code).toBe(1);
    expect(result.failure?.reason).toBe('rejected');
    expect(result.failure?.message).toMatch(/validation\.istio\.io.*denied the request/);
    expect(result.failure?.message).toContain('mirror_percentage must have a max value of 100');
    expect(result.changed).toBe(false);
    expect(await show()).toEqual(before);

    await edit(plane, path, () => sound.virtualService.spec);
  });

  test('absent: our own checks still refuse', async () => {
    const before = await show();
    await plane.setWebhook(false);
    try {
      const regex = await istiops(plane, 'headers', { ...inputs, headers: 'x-cid~=(' });
      expect(regex.code).toBe(2);
      expect(regex.result.failure?.reason).toBe('invalid-input');
      const pods = await istiops(plane, 'weight', {
        ...inputs,
        'pod-selector': 'app=api,build=nobody',
        weight: '20',
      });
      expect(pods.code).toBe(1);
      expect(pods.result.failure?.reason).toBe('check-failed');
      expect(await show()).toEqual(before);
    } finally {
      await plane.setWebhook(true);
    }
  });
});
