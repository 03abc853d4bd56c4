import { describe, expect, test } from 'vitest';
import type { Snapshot } from '../../../src/plan/types.ts';
import { explainAll, MAIN, on, withRule } from '../../support/explaining.ts';

function explained(snapshot: Snapshot, words: Readonly<Record<string, string>>) {
  const { explanations, findings } = explainAll(snapshot, words);
  const [first] = explanations;
  if (first === undefined) throw new Error('One was asked for.');
  return { ...first, codes: findings.map(({ code }) => code) };
}

const REQUEST = { requests: 'http://shop.io/' };

describe("a gateway's pods", () => {
  const limited = (exportTo: readonly string[], gateways = ['infra/edge']): Snapshot =>
    withRule([on({ hosts: ['shop.io'], gateways, exportTo, http: [{ directResponse: { status: 200 } }] })]);

  test.for<[title: string, exportTo: string[], words: Record<string, string>, kind: string]>([
    ['are not where the Gateway is, and it is not known where', ['ingress'], {}, 'undecided'],
    ['are in the namespace that is said', ['ingress'], { 'source-namespace': 'ingress' }, 'route'],
    ['are said to be where nothing is exported to', ['ingress'], { 'source-namespace': 'infra' }, 'none'],
    ['may be anywhere, where all is exported there', ['*'], {}, 'route'],
    ['are where the Gateway is, and all is exported there', ['infra'], {}, 'route'],
    ['may be in either namespace that it is exported to', ['infra', 'ingress'], {}, 'route'],
  ])('%s', ([, exportTo, words, kind]) => {
    const { result, codes } = explained(limited(exportTo), { ...REQUEST, ...words });
    expect(result.kind).toBe(kind);
    expect(codes.includes('proxy-namespace-unknown')).toBe(kind === 'undecided');
  });

  test('are looked up, where a cluster shows them', () => {
    const found = (namespaces: readonly string[]): string =>
      explained(
        { ...limited(['ingress']), gatewayNamespaces: new Map([['infra/edge', namespaces]]) },
        REQUEST,
      ).result.kind;
    expect(found(['ingress'])).toBe('route');
    expect(found(['infra'])).toBe('none');
    expect(found(['infra', 'ingress'])).toBe('undecided');
  });

  test('that are not known leave open what is only for some of them', () => {
    const routes = [
      on({ hosts: ['shop.io'], gateways: ['edge'], exportTo: ['.'] }, 'private'),
      on({ hosts: ['shop.io'], gateways: ['edge'], http: [{ directResponse: { status: 200 } }] }, 'public'),
    ];
    const { result } = explained(withRule(routes), REQUEST);
    expect(result).toMatchObject({
      kind: 'undecided',
      candidates: [
        { kind: 'route', unknown: "the gateway's pods are in namespace shop" },
        { kind: 'route', unknown: null },
      ],
    });
  });
});

describe('a short host', () => {
  const both = ['dev', 'shop'].map((namespace) =>
    on({ hosts: ['api'], http: [{ directResponse: { status: 200 } }] }, 'api', { namespace }),
  );

  test.for<[request: string, words: Record<string, string>, namespace: string]>([
    ['http://api/', {}, 'shop'],
    ['http://api./', {}, 'shop'],
    ['http://api/', { 'source-namespace': 'dev' }, 'dev'],
    ['http://api.dev/', {}, 'dev'],
    ['http://api.dev.svc/', {}, 'dev'],
    ['http://api.dev.svc.cluster.local/', { 'source-namespace': 'shop' }, 'dev'],
  ])(
    "is of the caller's namespace, else of the one that is asked about: %s %j",
    ([requests, words, namespace]) => {
      expect(explained(withRule(both), { requests, ...words }).result).toMatchObject({
        kind: 'route',
        route: { namespace },
      });
    },
  );
});

describe('a delegate', () => {
  const root = on({
    hosts: ['shop.io'],
    http: [{ match: [{ uri: { prefix: '/a' } }], delegate: { name: 'leaf', namespace: 'team' } }, MAIN],
  });
  const snapshot = (more: Partial<Snapshot>): Snapshot => ({ ...withRule([root]), ...more });

  test.for<[title: string, more: Partial<Snapshot>, kind: string]>([
    ['that is not in the manifests may be elsewhere', {}, 'undecided'],
    ['of a namespace that was not read may be there', { source: 'kubernetes' }, 'undecided'],
    ['that is missing has no routes', { source: 'kubernetes', virtualServicesOf: 'all' }, 'route'],
    [
      'of a namespace that was read is missing',
      { source: 'kubernetes', virtualServicesOf: ['team'] },
      'route',
    ],
  ])('%s', ([, more, kind]) => {
    expect(explained(snapshot(more), { requests: 'http://shop.io/a' }).result.kind).toBe(kind);
  });

  test('that is not in sight is named, and only for its own requests', () => {
    expect(explained(snapshot({}), { requests: 'http://shop.io/a' }).result).toMatchObject({
      candidates: [
        {
          kind: 'unseen',
          route: { virtualService: 'api', index: 0 },
          does: null,
          unknown: 'delegate team/leaf matches it: that VirtualService is not in sight',
        },
        { kind: 'route', unknown: null },
      ],
    });
    expect(explained(snapshot({}), { requests: 'http://shop.io/b' }).result.kind).toBe('route');
  });
});

test('where a cluster shows one namespace alone, that is reported', () => {
  const one = withRule([on({ hosts: ['shop.io'] })]);
  expect(explained({ ...one, source: 'kubernetes' }, REQUEST).codes).toContain('other-namespaces-unread');
  const all: Snapshot = { ...one, source: 'kubernetes', virtualServicesOf: 'all', rulesOf: 'all' };
  expect(explained(all, REQUEST).codes).toEqual([]);
  expect(explained(one, REQUEST).codes).toEqual([]);
});
