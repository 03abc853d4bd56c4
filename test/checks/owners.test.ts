import { describe, expect, test } from 'vitest';
import { checkOwners } from '../../src/checks/owners.ts';
import type { DestinationRule, VirtualService } from '../../src/istio/types.ts';
import type { Write } from '../../src/plan/types.ts';
import type { Finding } from '../../src/base/findings.ts';
import { contextOf } from '../support/check-context.ts';
import { destinationRule, snapshotOf, virtualService } from '../support/plane.ts';

const API = virtualService({});
const RULE = destinationRule({ v1: { app: 'api', build: '1' } });

function marked<T extends VirtualService | DestinationRule>(object: T, metadata: object): T {
  return { ...object, metadata: { ...object.metadata, ...metadata } };
}

function found(object: VirtualService | DestinationRule): readonly Finding[] {
  const write: Write =
    object.kind === 'VirtualService'
      ? { kind: 'VirtualService', before: object, after: object }
      : { kind: 'DestinationRule', before: object, after: object };
  const snapshot = { ...snapshotOf([], []), source: 'kubernetes' as const };
  return checkOwners(contextOf({ operation: 'clear' }, { snapshot, phases: { routes: [write] } }));
}

const messages = (object: VirtualService | DestinationRule): string[] =>
  found(object).map(({ message }) => message);

describe('what to do about a controller that delivers the object', () => {
  const argo = { annotations: { 'argocd.argoproj.io/tracking-id': 'a' } };
  const helm = { labels: { 'helm.toolkit.fluxcd.io/name': 'a' } };

  test.for<[string, object: VirtualService | DestinationRule, pointers: string]>([
    ['VirtualService', API, '/spec/http, /spec/tcp, /spec/tls'],
    ['DestinationRule', RULE, '/spec/subsets'],
  ])('is said in the words of its own settings: %s', ([kind, object, pointers]) => {
    expect(messages(marked(object, argo))).toEqual([
      `${kind} shop/api is delivered by Argo CD, which would undo this at its next sync. Add to its Application:
spec:
  ignoreDifferences:
    - group: networking.istio.io
      kind: ${kind}
      name: api
      jsonPointers: [${pointers}, /metadata/annotations]
  syncPolicy:
    syncOptions: [RespectIgnoreDifferences=true]`,
    ]);
    expect(messages(marked(object, helm))).toEqual([
      `${kind} shop/api is delivered by Flux, which would undo this at its next reconciliation. Add to its HelmRelease:
spec:
  driftDetection:
    mode: enabled
    ignore:
      - paths: [${pointers}]
        target: {kind: ${kind}, name: api}`,
    ]);
  });

  test('is to let it do the work where it would shift by itself', () => {
    expect(found(marked(API, { managedFields: [{ manager: 'flagger' }] }))).toEqual([
      {
        code: 'controller-owned',
        severity: 'error',
        message:
          'VirtualService shop/api belongs to Flagger, which would write its own routes back within seconds. ' +
          'Shift the traffic with Flagger, or stop it for this service first.',
        object: 'VirtualService shop/api',
        forceable: true,
      },
    ]);
  });
});

describe('who has written the fields', () => {
  test.for<[manager: unknown, says: RegExp | null]>([
    ['argocd-controller', /Argo CD/],
    ['argocd-application-controller', /Argo CD/],
    ['my-argocd-controller', null],
    ['argocd-controller-2', null],
    ['kustomize-controller', /Flux/],
    ['helm-controller', /Flux/],
    ['helm', null],
    [5, null],
    [undefined, null],
  ])('%s', ([manager, says]) => {
    const given = messages(marked(API, { managedFields: [{ manager }] }));
    expect(given).toEqual(says === null ? [] : [expect.stringMatching(says)]);
  });
});

test.for<[string, subsets: DestinationRule['spec']['subsets'], expected: number]>([
  [
    'a subset with the hash of a Rollout is of Argo Rollouts',
    [{ name: 'canary', labels: { 'rollouts-pod-template-hash': '1' } }],
    1,
  ],
  [
    'one of several is',
    [{ name: 'v1' }, { name: 'canary', labels: { 'rollouts-pod-template-hash': '1' } }],
    1,
  ],
  [
    'a subset with other labels, or none, is not',
    [{ name: 'v1', labels: { app: 'api' } }, { name: 'v2' }],
    0,
  ],
])('%s', ([, subsets = [], expected]) => {
  const given = found({ ...RULE, spec: { host: 'api', subsets } });
  expect(given.map(({ code }) => code)).toEqual(Array<string>(expected).fill('controller-owned'));
});

test('an owner that is no list of owners owns nothing', () => {
  const broken = [{ kind: 'Canary' }, { kind: 'Canary', apiVersion: 5 }, 'Canary', null];
  expect(found(marked(API, { ownerReferences: broken }))).toEqual([]);
});

describe('who applies it on the server', () => {
  const applied = (fields: object, more: object = {}): object => ({
    managedFields: [
      { manager: 'helm', operation: 'Apply', fieldsV1: { 'f:spec': fields }, ...more },
      { manager: 'istiod', operation: 'Apply', subresource: 'status', fieldsV1: { 'f:status': {} } },
    ],
  });

  test('loses its field to istiops: the next apply is a conflict', () => {
    expect(messages(marked(API, applied({ 'f:hosts': {}, 'f:http': {} })))).toEqual([
      "VirtualService shop/api is applied by helm on the server's side, and spec.http is its own: the next apply (`helm upgrade`) ends with a conflict with istiops or, where it is forced (`--force-conflicts`), undoes this change. Take this change back before that, or apply it without that field.",
    ]);
    expect(messages(marked(RULE, applied({ 'f:subsets': {} }, { manager: 'kubectl' })))).toEqual([
      "DestinationRule shop/api is applied by kubectl on the server's side, and spec.subsets is its own: the next apply ends with a conflict with istiops or, where it is forced (`--force-conflicts`), undoes this change. Take this change back before that, or apply it without that field.",
    ]);
  });

  test.for([
    ['owns other fields', applied({ 'f:hosts': {} })],
    ['has updated it', applied({ 'f:http': {} }, { operation: 'Update' })],
    ['writes the status', applied({ 'f:http': {} }, { subresource: 'status' })],
    ['is nobody', { managedFields: 'none' }],
  ] as const)('and %s: nothing to say', ([, metadata]) => {
    expect(messages(marked(API, metadata))).toEqual([]);
  });

  test('is said once of what Flux delivers', () => {
    const flux = applied({ 'f:http': {} }, { manager: 'kustomize-controller' });
    expect(found(marked(API, flux)).map(({ code }) => code)).toEqual(['gitops-delivered']);
  });
});
