import { describe, expect, test } from 'vitest';
import type { Snapshot } from '../../src/plan/types.ts';
import {
  BUILD,
  cluster,
  codes,
  findings,
  HEADERS,
  PROMOTE,
  to,
  WEIGHT,
  type Words,
} from '../support/checked-cluster.ts';
import { destinationRule, play, virtualService } from '../support/plane.ts';

test('nothing speaks against a change where all is well', () => {
  for (const words of [WEIGHT, HEADERS, PROMOTE]) expect(codes(cluster(), words)).toEqual([]);
});

describe('who else writes the objects', () => {
  const metadata = (more: object): Snapshot => {
    const [object] = cluster().virtualServices;
    if (object === undefined) throw new Error('There is one.');
    return cluster(undefined, {
      virtualServices: [{ ...object, metadata: { ...object.metadata, ...more } }],
    });
  };
  const canary = { kind: 'Canary', apiVersion: 'flagger.app/v1beta1' };
  const rollout = { kind: 'Rollout', apiVersion: 'argoproj.io/v1alpha1' };

  test.for<[says: RegExp | null, Snapshot]>([
    [/belongs to Flagger/, metadata({ ownerReferences: [{ kind: 'A' }, canary] })],
    [/belongs to Flagger/, metadata({ managedFields: [{ manager: 'kubectl' }, { manager: 'flagger' }] })],
    [null, metadata({ ownerReferences: [{ ...canary, kind: 'Deployment' }] })],
    [null, metadata({ ownerReferences: [{ ...canary, apiVersion: 'my.flagger.app/v1' }] })],
    [null, metadata({ ownerReferences: 'flagger', managedFields: ['flagger'] })],
    [/belongs to Argo Rollouts/, metadata({ managedFields: [{ manager: 'rollouts-controller' }] })],
    [
      /belongs to Argo Rollouts/,
      metadata({ annotations: { 'argo-rollouts.argoproj.io/managed-by-rollouts': 'a' } }),
    ],
    [/belongs to Argo Rollouts/, metadata({ ownerReferences: [rollout] })],
    [/delivered by Argo CD/, metadata({ managedFields: [{ manager: 'argocd-controller' }] })],
    [/delivered by Flux.*ssa/, metadata({ managedFields: [{ manager: 'kustomize-controller' }] })],
    [/delivered by Argo CD/, metadata({ labels: { app: 'api', 'argocd.argoproj.io/instance': 'a' } })],
    [/delivered by Argo CD/, metadata({ annotations: { 'argocd.argoproj.io/tracking-id': 'a' } })],
    [
      /delivered by Flux.*ssa: IfNotPresent/,
      metadata({ labels: { app: 'api', 'kustomize.toolkit.fluxcd.io/name': 'a' } }),
    ],
    [
      /delivered by Flux.*HelmRelease/,
      metadata({ labels: { app: 'api', 'helm.toolkit.fluxcd.io/name': 'a' } }),
    ],
    [null, metadata({ labels: { app: 'api' }, annotations: { a: 'b' } })],
  ])('%s', ([says, snapshot]) => {
    const found = findings(snapshot);
    if (says === null) expect(found).toEqual([]);
    else expect(found.map(({ message }) => message)).toEqual([expect.stringMatching(says)]);
    const isOwned = says?.source.startsWith('belongs') === true;
    const expected = isOwned ? 'error† controller-owned' : 'warning gitops-delivered';
    expect(codes(snapshot)).toEqual(says === null ? [] : [expected]);
    // In a repository, delivering is what the change is for.
    const manifests: Snapshot = { ...snapshot, source: 'manifests' };
    expect(codes(manifests)).toEqual(isOwned ? [expected] : []);
  });
});

test('a DestinationRule of Argo Rollouts counts where only routes change', () => {
  const defined = play(cluster(), WEIGHT);
  const hash = { 'rollouts-pod-template-hash': '1' };
  const snapshot = {
    ...defined,
    destinationRules: defined.destinationRules.map((rule) => ({
      ...rule,
      spec: {
        ...rule.spec,
        subsets: [...(rule.spec.subsets ?? []), { name: 'canary', labels: hash }],
      },
    })),
  };
  expect(codes(snapshot, { ...WEIGHT, weight: '30' })).toEqual(['error† controller-owned']);
  expect(codes(snapshot, WEIGHT)).toEqual([]);
});

describe('a subset that no DestinationRule defines', () => {
  const gone = { match: [{ uri: { prefix: '/gone' } }], route: [to('gone')] };
  const [selected] = cluster().virtualServices;
  const other = {
    ...virtualService({ http: [gone] }, 'other'),
    metadata: { name: 'other', namespace: 'shop' },
  };

  test.for<[string, Snapshot, expected: string[], words?: Words]>([
    ['was missing before', cluster([gone, { route: [to('v1')] }]), ['warning subset-missing']],
    [
      'was missing before, in a VirtualService that stays as it is',
      cluster(undefined, { virtualServices: [...(selected ? [selected] : []), other] }),
      // Both are for the same host, and neither says how old it is.
      ['warning reach-unknown', 'notice other-routes'],
    ],
    [
      'is of a host whose rules nobody sees',
      cluster([{ ...gone, route: [to('gone', { host: 'web' })] }, { route: [to('v1')] }]),
      [],
      { ...WEIGHT, hostname: 'api' },
    ],
    [
      'gets requests again',
      {
        ...play(cluster(), { ...WEIGHT, weight: '100' }),
        destinationRules: [destinationRule({ v2: { app: 'api', build: '2' } })],
      },
      ['error† subset-missing'],
      { operation: 'rollback', ...BUILD },
    ],
    [
      'keeps what it had',
      {
        ...play(cluster(), HEADERS),
        destinationRules: [destinationRule({ v2: { app: 'api', build: '2' } })],
      },
      ['warning subset-missing'],
      { operation: 'rollback', ...BUILD },
    ],
  ])('%s', ([, snapshot, expected, words]) => {
    expect(codes(snapshot, words)).toEqual(expected);
  });
});

describe('rights', () => {
  const forbidden = { state: 'forbidden', reason: 'no right to' } as const;

  test.for<[string, Partial<Snapshot>, expected: string[]]>([
    ['pods', { pods: forbidden }, ['warning pods-unreadable']],
    ['services', { services: forbidden }, ['warning services-unreadable']],
    [
      'both',
      { pods: forbidden, services: forbidden },
      ['warning pods-unreadable', 'warning services-unreadable'],
    ],
  ])('to read %s are missing', ([, given, expected]) => {
    expect(codes(cluster(undefined, given))).toEqual(expected);
    expect(findings(cluster(undefined, given))[0]?.message).toMatch(/not checked: no right to$/);
  });
});
