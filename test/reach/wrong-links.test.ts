/** Links and bridges that a faulty planner might make. */
import { describe, expect, it } from 'vitest';
import type { Route } from '../../src/istio/types.ts';
import type { Snapshot } from '../../src/plan/types.ts';
import { destinationRule, play, snapshotOf, virtualService } from '../support/plane.ts';
import { edited, unaskedAfter, type Edit } from './tampering.ts';

type Words = Readonly<Record<string, string>>;

const to = (subset: string): NonNullable<Route['route']>[number] => ({
  destination: { host: 'api', subset },
});

const BEFORE = snapshotOf(
  [
    virtualService({
      http: [
        { name: 'v2', match: [{ uri: { prefix: '/v2' } }], route: [to('v1')] },
        { name: 'main', route: [to('v1')] },
      ],
      gateways: ['public', 'mesh'],
    }),
  ],
  [destinationRule({ v1: { app: 'api', version: '1' } })],
);

const link = (build: string, more: Words = {}): Words => ({
  operation: 'headers',
  'pod-selector': `app=api,build=${build}`,
  link: 'true',
  ...more,
});
const LINK = link('10');
const BRIDGED = link('10', { baggage: 'preview=10', bridge: 'true' });
const ROLLBACK = { operation: 'rollback', 'pod-selector': 'app=api,build=10' };

/** How many of the changes nobody asked for, of a plan whose routes somebody tampered with. */
function unasked(before: Snapshot, words: Words, edit: Edit): number {
  return unaskedAfter(before, words, edit).length;
}

const without =
  (name: string): Edit =>
  (http) =>
    http.filter((route) => route.name !== name);
const NAME = 'istiops-link-api-10';

describe('a plan as it should be', () => {
  const linked = play(BEFORE, LINK);
  const both = play(linked, link('11'));
  it.each<readonly [string, Snapshot, Words]>([
    ['a first link', BEFORE, LINK],
    ['a second one', linked, link('11')],
    ['a bridge', BEFORE, BRIDGED],
    ['no link any more', linked, { ...LINK, link: 'false', cookies: 'istiops=api-10' }],
    ['a rollback', linked, ROLLBACK],
    ['a rollback of one of two', both, ROLLBACK],
    ['a promote', both, { ...ROLLBACK, operation: 'promote' }],
    ['a weight', both, { ...ROLLBACK, operation: 'weight', weight: '20' }],
    ['clear', both, { operation: 'clear' }],
  ])('%s has nothing unexpected', (_, before, words) => {
    expect(unasked(before, words, (http) => http)).toBe(0);
  });
});

describe('the guard sees', () => {
  it.each<readonly [string, Words, Edit]>([
    [
      'a link of another path',
      LINK,
      edited(NAME, (route) => ({ ...route, match: [{ uri: { exact: '/login' } }] })),
    ],
    [
      'a link for the beginning of a path',
      LINK,
      edited(NAME, (route) => ({ ...route, match: [{ uri: { prefix: '/.preview/10' } }] })),
    ],
    [
      'a link in the mesh',
      LINK,
      edited(NAME, (route) => ({ ...route, match: [{ uri: { exact: '/.preview/10' } }] })),
    ],
    [
      'a link that sets another cookie',
      LINK,
      edited(NAME, (route) => ({
        ...route,
        headers: { response: { add: { 'set-cookie': 'istiops=api-11; Path=/' } } },
      })),
    ],
    [
      'a link that redirects elsewhere',
      LINK,
      edited(NAME, (route) => ({ ...route, redirect: { uri: '/login', redirectCode: 302 } })),
    ],
    [
      'a redirect that browsers keep for ever',
      LINK,
      edited(NAME, (route) => ({ ...route, redirect: { uri: '/' } })),
    ],
    ['a link that is missing', LINK, without(NAME)],
    ['a path out that is missing', LINK, without('istiops-link-off')],
    [
      'a link below its preview',
      LINK,
      (http) => [...http.filter(({ name }) => name !== NAME), ...http.filter(({ name }) => name === NAME)],
    ],
    [
      'a bridge that adds nothing',
      BRIDGED,
      (http) =>
        http.map(({ headers, ...route }) =>
          route.name?.startsWith('istiops-link') === true ? { headers, ...route } : route,
        ),
    ],
    [
      'a bridge that sets in place of adding',
      BRIDGED,
      edited('istiops-api-10', (route) => ({
        ...route,
        headers: { request: { set: { baggage: 'preview=10' } } },
      })),
    ],
    [
      'a bridge that adds another member',
      BRIDGED,
      edited('istiops-api-10', (route) => ({
        ...route,
        headers: { request: { add: { baggage: 'preview=11' } } },
      })),
    ],
    [
      'a link that nobody asked for',
      { ...LINK, link: 'false', cookies: 'istiops=api-10' },
      (http) => [
        {
          name: NAME,
          match: [{ uri: { exact: '/.preview/10' } }],
          redirect: { uri: '/', redirectCode: 302 },
          headers: { response: { add: { 'set-cookie': 'a=b' } } },
        },
        ...http,
      ],
    ],
  ])('%s', (_, words, edit) => {
    expect(unasked(BEFORE, words, edit)).toBeGreaterThan(0);
  });

  it('a link that a rollback leaves behind', () => {
    const linked = play(BEFORE, LINK);
    const links = (linked.virtualServices[0]?.spec.http ?? []).slice(0, 2);
    expect(unasked(linked, ROLLBACK, (http) => [...links, ...http])).toBeGreaterThan(0);
  });

  it("another build's link that a rollback takes away", () => {
    const both = play(BEFORE, LINK, link('11'));
    expect(unasked(both, ROLLBACK, without('istiops-link-api-11'))).toBeGreaterThan(0);
  });

  it('a rollback by requests that takes the preview of others', () => {
    const others = play(
      BEFORE,
      { operation: 'headers', 'pod-selector': 'app=api,build=10', headers: 'x-cid=a' },
      { operation: 'headers', 'pod-selector': 'app=api,build=11', headers: 'x-cid=a,x-team=qa' },
      { operation: 'headers', 'pod-selector': 'app=api,build=12', headers: 'x-cid^=a' },
    );
    const words = { operation: 'rollback', headers: 'x-cid=a' };
    expect(unasked(others, words, (http) => http)).toBe(0);
    expect(unasked(others, words, without('istiops-api-12'))).toBeGreaterThan(0);
    const stays = (others.virtualServices[0]?.spec.http ?? []).filter(
      ({ name }) => name === 'istiops-api-10',
    );
    expect(unasked(others, words, (http) => [...stays, ...http])).toBeGreaterThan(0);
  });
});
