import { beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { roleYaml, RULES } from '../../src/stores/kubernetes/role.ts';
import { ensure, paths } from './plane/api.ts';
import { until } from './plane/processes.ts';
import type { SampleApp } from './plane/sample-app.ts';
import { action, type Inputs } from './support/doors.ts';
import { read, traces, type Both } from './support/objects.ts';
import { sharedPlane, type Plane } from './support/plane.ts';

let plane: Plane;
let app: SampleApp;
let start: Both;
let common: Inputs;

beforeAll(async () => {
  plane = await sharedPlane();
  const namespace = await plane.namespace('rights');
  app = await plane.deployBuilds({ namespace, app: 'api', builds: ['v1', 'v2'] });
  start = await read(plane, namespace);
  common = { namespace, 'label-selector': 'app=api', 'propagation-wait': '0s' };
});

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** The docs' Role, less one verb on one resource, for a service account of its own: its kubeconfig as text. */
async function kubeconfigWithout(account: string, verb?: string, resource?: string): Promise<string> {
  const { namespace } = app;
  const token = await plane.serviceAccountToken(namespace, account);
  const [role, binding] = parseAllDocuments(
    roleYaml(namespace, `system:serviceaccount:${namespace}:${account}`),
  ).map((document) => document.toJS() as Record<string, unknown> & { readonly rules: readonly Rule[] });
  if (role === undefined || binding === undefined) throw new Error('The Role has changed its form.');
  const rules = role.rules.flatMap((rule) =>
    rule.resources.map((one) => ({
      ...rule,
      resources: [one],
      verbs: rule.verbs.filter((known) => !(one === resource && known === verb)),
    })),
  );
  const metadata = { name: account };
  await ensure(plane.api, paths.roles(namespace), {
    ...role,
    metadata,
    rules: rules.filter(({ verbs }) => verbs.length > 0),
  });
  await ensure(plane.api, paths.roleBindings(namespace), {
    ...binding,
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: account },
  });
  // The authorizer learns of both by a watch.
  await until(`${account} has its rights`, async () => {
    const review = await plane.api.post<{ status: { allowed: boolean } }>(
      '/apis/authorization.k8s.io/v1/subjectaccessreviews',
      {
        spec: {
          user: `system:serviceaccount:${namespace}:${account}`,
          resourceAttributes:
            resource === 'pods'
              ? { namespace, verb: 'list', resource: 'services' }
              : { namespace, verb: 'list', resource: 'pods' },
        },
      },
    );
    return review.status.allowed;
  });
  return await plane.writeKubeconfig(account, { user: { token } });
}

test("with exactly the docs' Role everything works", async () => {
  const KUBECONFIG = await kubeconfigWithout('exactly');
  const build = { 'pod-selector': 'app=api,build=v2' };
  const runs: readonly Inputs[] = [
    { operation: 'headers', ...build, headers: 'x-cid=me' },
    { operation: 'weight', ...build, weight: '20' },
    { operation: 'show' },
    { operation: 'rollback', ...build },
    { operation: 'weight', ...build, weight: '20' },
    { operation: 'clear' },
  ];
  for (const inputs of runs) {
    const { 'propagation-wait': _, ...reading } = common;
    const base = inputs['operation'] === 'show' ? reading : common;
    const ran = await action(plane, { ...base, ...inputs }, { env: { KUBECONFIG } });
    expect(ran.code, ran.stdout).toBe(0);
    expect(ran.stdout).not.toContain('::warning');
    expect(ran.outputs['changed']).toBe(inputs['operation'] === 'show' ? 'false' : 'true');
  }
  expect(traces(await read(plane, app.namespace))).toEqual(traces(start));
});

describe('each verb taken away', () => {
  const verbs = RULES.flatMap(({ resources, verbs: all }) =>
    resources.flatMap((resource) => all.map((verb) => ({ verb, resource }))),
  );

  test.for(verbs)('$verb $resource', async ({ verb, resource }) => {
    const KUBECONFIG = await kubeconfigWithout(`no-${verb}-${resource}`, verb, resource);
    const inputs = { 'pod-selector': 'app=api,build=v2' };
    const before = await read(plane, app.namespace);
    const ran = await action(
      plane,
      { ...common, ...inputs, operation: 'headers', headers: 'x-cid=me' },
      { env: { KUBECONFIG } },
    );
    const isRouting = resource === 'virtualservices' || resource === 'destinationrules';
    if (isRouting && verb !== 'get') {
      expect(ran.code).toBe(1);
      expect(ran.outputs).toMatchObject({ changed: 'false', 'failure-reason': 'forbidden' });
      expect(ran.stdout).toMatch(new RegExp(`${verb}\\b.*\\b${resource}`));
      expect(ran.stdout).toContain('kind: Role');
      expect(await read(plane, app.namespace)).toEqual(before);
      return;
    }
    expect(ran.code, ran.stdout).toBe(0);
    // `get` is for the one case that an answer to a write was lost; nothing else asks for it.
    if (verb !== 'get')
      expect(ran.stdout).toMatch(
        new RegExp(`::warning title=[^:]*::.*cannot ${verb} resource "${resource}"`),
      );
    const back = await action(
      plane,
      { ...common, ...inputs, operation: 'rollback' },
      { env: { KUBECONFIG } },
    );
    expect(back.code, back.stdout).toBe(0);
    expect(traces(await read(plane, app.namespace))).toEqual(traces(start));
  });
});
