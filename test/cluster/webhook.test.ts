import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiError, paths } from './plane/api.ts';
import { until } from './plane/processes.ts';
import type { SampleApp } from './plane/sample-app.ts';
import { action, istiops, type Inputs } from './support/doors.ts';
import { edit, read, to, type Both } from './support/objects.ts';
import { sharedPlane, type Plane } from './support/plane.ts';

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

const POLICIES = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
const BINDINGS = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings';
const FREEZE = 'Change freeze: routes of this namespace stay as they are until the sale is over.';

describe('an admission policy that refuses the VirtualService, and not the DestinationRule before it', () => {
  const name = 'freeze';

  beforeAll(async () => {
    await plane.api.post(POLICIES, {
      metadata: { name },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: ['networking.istio.io'],
              apiVersions: ['*'],
              operations: ['UPDATE'],
              resources: ['virtualservices'],
            },
          ],
        },
        validations: [{ expression: 'false', message: FREEZE }],
      },
    });
    await plane.api.post(BINDINGS, {
      metadata: { name },
      spec: {
        policyName: name,
        validationActions: ['Deny'],
        matchResources: {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': app.namespace } },
        },
      },
    });
    await until('the policy is in force', async () => {
      const path = `${paths.virtualServices(app.namespace)}/api?dryRun=All`;
      return await plane.api.patch(path, { metadata: { labels: { probe: 'yes' } } }).then(
        () => false,
        (error: unknown) => error instanceof ApiError && error.message.includes(FREEZE),
      );
    });
  });

  afterAll(async () => {
    await plane.api.delete(`${BINDINGS}/${name}`);
    await plane.api.delete(`${POLICIES}/${name}`);
    await until('the policy is gone', async () => {
      await plane.api.patch(`${paths.virtualServices(app.namespace)}/api?dryRun=All`, {
        metadata: { labels: { probe: 'yes' } },
      });
      return true;
    });
  });

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
