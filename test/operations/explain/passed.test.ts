import { describe, expect, test } from 'vitest';
import type { Match, Route, VirtualService } from '../../../src/istio/types.ts';
import type { Explanation } from '../../../src/plan/explanation.ts';
import { asked, explained, MAIN, on } from '../../support/explaining.ts';

const route = (name: string, match?: Match): Route => ({ name, ...(match && { match: [match] }), ...MAIN });

/** For the path of another request; for another port; for what nobody knows of a request; for all. */
const path = (name: string): Route => route(name, { uri: { prefix: '/elsewhere' } });
const port = (name: string): Route => route(name, { port: 8443 });
const claim = (name: string): Route =>
  route(name, { headers: { '@request.auth.claims.group': { exact: 'dev' } } });
const all = route('all');

const names = ({ passed }: Explanation): unknown => passed.map(({ name }) => name);

describe('routes for other ports, which the proxy never hears of, are named in their places', () => {
  test.for<[title: string, http: Route[], passed: string[]]>([
    ['between others', [path('a'), port('p'), path('b'), all], ['a', 'p', 'b']],
    ['above all others, and once', [port('p'), path('a'), path('b'), all], ['p', 'a', 'b']],
    ['above the one that takes the request', [path('a'), port('p'), all], ['a', 'p']],
    ['where no other is above', [port('p'), all], ['p']],
    ['two in a row', [port('p'), port('q'), path('a'), port('r'), port('s'), all], ['p', 'q', 'a', 'r', 's']],
    ['not below the one that takes the request', [path('a'), all, port('p')], ['a']],
    ['to the last where none takes the request', [port('p'), path('a'), port('q')], ['p', 'a', 'q']],
    ['above each that may take it', [port('p'), claim('c'), port('q'), all, port('r')], ['p', 'q']],
    ['above one that may take it, where nothing else does', [port('p'), claim('c')], ['p']],
  ])('%s', ([, http, passed]) => {
    expect(names(asked('http://shop.io/', ...http))).toEqual(passed);
  });

  test.for<[title: string, first: Route[], second: Route[], passed: string[]]>([
    ['of each in its place', [port('p'), path('a')], [port('q'), all], ['p', 'a', 'q']],
    ['of the second alone', [path('a')], [port('q'), path('b'), all], ['a', 'q', 'b']],
    ['of the first alone', [port('p'), path('a')], [path('b'), all], ['p', 'a', 'b']],
    ['of the first at its end, before the second', [path('a'), port('p')], [path('b'), all], ['a', 'p', 'b']],
    ['of one that comes before what takes everything', [all, port('p')], [port('q'), all], ['q']],
    ['not below what takes everything', [path('a'), all], [all, port('q')], ['a']],
  ])('of several VirtualServices of a host: %s', ([, first, second, passed]) => {
    const both = [first, second].map((http, i) => {
      const one = on({ hosts: ['shop.io'], gateways: ['edge'], http }, `api-${i}`);
      return { ...one, metadata: { ...one.metadata, creationTimestamp: `2026-01-0${i + 1}T00:00:00Z` } };
    });
    expect(names(explained('http://shop.io/', both))).toEqual(passed);
  });

  test('of all VirtualServices of a host, where no route matches the request', () => {
    const both = ['a', 'b'].map((name) =>
      on({ hosts: ['shop.io'], gateways: ['edge'], http: [path(name), port(`${name}-port`)] }, name),
    );
    const { passed, result } = explained('http://shop.io/', both);
    expect(result.kind).toBe('none');
    expect(passed.map(({ name }) => name).sort()).toEqual(['a', 'a-port', 'b', 'b-port']);
  });

  test.for<[title: string, leaf: Route[], root: Route[], passed: string[]]>([
    ['between others of it', [port('p'), path('a'), port('q'), path('b')], [], ['p', 'a', 'q', 'b']],
    ['after others of it', [path('a'), port('p')], [], ['a', 'p']],
    [
      'above the routes that follow in the root, though further down in the delegate',
      [path('a'), path('b'), path('c'), port('p')],
      [path('d')],
      ['a', 'b', 'c', 'p', 'd'],
    ],
  ])('within a delegate: %s', ([, leaf, root, passed]) => {
    const services = [
      on({ hosts: ['shop.io'], http: [{ delegate: { name: 'leaf' } }, ...root, all] }),
      on({ http: leaf }, 'leaf'),
    ];
    expect(names(explained('http://shop.io/', services))).toEqual(passed);
  });
});

describe('a route above', () => {
  test('says where it stands, what it requires and why the request passed it', () => {
    const { passed } = asked('http://shop.io/b', {
      match: [{ uri: { prefix: '/a' } }, { method: { exact: 'POST' } }],
      ...MAIN,
    });
    expect(passed).toEqual([
      {
        virtualService: 'api',
        namespace: 'shop',
        index: 0,
        name: null,
        pick: 'http#1',
        match: 'uri starts with "/a" or method is "POST"',
        delegate: null,
        selected: true,
        why: ['uri starts with "/a": the path is "/b"', 'method is "POST": it is "GET"'],
      },
    ]);
  });

  test('says why it is for another port', () => {
    const { passed } = asked('http://shop.io/', port('p'), all);
    expect(passed).toMatchObject([
      { name: 'p', match: 'port 8443', why: ['port 8443: the request is for port 80'] },
    ]);
  });
});

test('the route that answers a request says where it stands and what it requires', () => {
  expect(asked('http://shop.io/', path('a'), all).result).toMatchObject({
    kind: 'route',
    route: {
      virtualService: 'api',
      namespace: 'shop',
      index: 1,
      name: 'all',
      pick: 'http#2',
      match: 'every request',
      delegate: null,
      selected: true,
    },
  });
});

test('a preview route can not be picked, and the picks of the others do not count it', () => {
  const preview: Route = {
    name: 'istiops-v1',
    match: [{ headers: { 'x-cid': { exact: 'a' } } }],
    ...MAIN,
  };
  const { passed, result } = asked('http://shop.io/', path('a'), preview, path('b'), all);
  expect(passed.map(({ index, name, pick }) => ({ index, name, pick }))).toEqual([
    { index: 0, name: 'a', pick: 'http#1' },
    { index: 1, name: 'istiops-v1', pick: null },
    { index: 2, name: 'b', pick: 'http#2' },
  ]);
  expect(result).toMatchObject({ route: { index: 3, pick: 'http#3' } });
});

describe('a route that is written in a delegate', () => {
  const ASKED = { app: 'api' };
  const OTHER = { app: 'web' };

  function services(root: Record<string, string>, leaf: Record<string, string>): VirtualService[] {
    const http = [path('first'), route('second')];
    return [
      on(
        {
          hosts: ['shop.io'],
          http: [path('own'), { name: 'to', delegate: { name: 'leaf', namespace: 'team' } }],
        },
        'root',
        {
          labels: root,
        },
      ),
      on({ http }, 'leaf', { namespace: 'team', labels: leaf }),
      // Something has to be asked about.
      on({ hosts: ['web.io'] }, 'asked'),
    ];
  }

  test('has its place in the root, and says where it is written', () => {
    const { passed, result } = explained('http://shop.io/', services(ASKED, OTHER));
    const root = { virtualService: 'root', namespace: 'shop' };
    expect(passed).toMatchObject([
      { ...root, index: 0, name: 'own', pick: 'http#1', delegate: null },
      { ...root, index: 1, name: 'to-first', pick: 'http#2', delegate: 'team/leaf http[0]' },
    ]);
    expect(result).toMatchObject({
      route: { ...root, index: 1, name: 'to-second', pick: 'http#2', delegate: 'team/leaf http[1]' },
      does: { destinations: [{ host: 'api', labels: null }] },
    });
  });

  test.for<[title: string, root: Record<string, string>, own: boolean, taken: boolean]>([
    ['is chosen by the selector with its root', ASKED, true, true],
    ['is not chosen where neither is', OTHER, false, false],
  ])('%s', ([, root, own, taken]) => {
    const { passed, result } = explained('http://shop.io/', services(root, OTHER), { gateway: 'mesh' });
    expect(passed[0]?.selected).toBe(own);
    expect(result).toMatchObject({ route: { selected: taken } });
  });

  test('is chosen by the selector where the delegate is, and the routes of the root are not', () => {
    const root = { name: 'root', namespace: 'shop', labels: OTHER };
    const both = [
      { ...on({ hosts: ['shop.io'], http: [path('own'), { delegate: { name: 'leaf' } }] }), metadata: root },
      on({}, 'leaf'),
    ];
    const { passed, result } = explained('http://shop.io/', both);
    expect(passed[0]).toMatchObject({ name: 'own', selected: false });
    expect(result).toMatchObject({ route: { virtualService: 'root', selected: true } });
  });
});
