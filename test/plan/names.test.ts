import { describe, expect, test } from 'vitest';
import type { Labels, Match, Route } from '../../src/istio/types.ts';
import { isGoRoute, isGoSubset, previewName, previewSubset, subsetNames } from '../../src/plan/names.ts';

const x = (count: number): string => 'x'.repeat(count);

describe('the name of a subset', () => {
  test.for<[Labels, plain: RegExp, hashed: RegExp]>([
    [{ app: 'api', build: '10' }, /^api-10$/, /^api-10-[0-9a-f]{6}$/],
    [{ build: '10', app: 'api' }, /^api-10$/, /^api-10-[0-9a-f]{6}$/],
    [{ app: 'api', empty: '', build: '10' }, /^api-10$/, /^api-10-[0-9a-f]{6}$/],
    [{ version: '1.2_3' }, /^1-2-3-[0-9a-f]{6}$/, /^1-2-3-[0-9a-f]{6}$/],
    [{ build: 'PR-10' }, /^pr-10-[0-9a-f]{6}$/, /^pr-10-[0-9a-f]{6}$/],
    [{ a: '-b-' }, /^b-[0-9a-f]{6}$/, /^b-[0-9a-f]{6}$/],
    [{ a: '' }, /^subset-[0-9a-f]{6}$/, /^subset-[0-9a-f]{6}$/],
    [{}, /^subset-[0-9a-f]{6}$/, /^subset-[0-9a-f]{6}$/],
    [{ a: x(63) }, /^x{63}$/, /^x{56}-[0-9a-f]{6}$/],
    [{ a: x(64) }, /^x{56}-[0-9a-f]{6}$/, /^x{56}-[0-9a-f]{6}$/],
    // Cut where a hyphen would meet the hash's.
    [{ a: `${x(54)}-y`, b: x(10) }, /^x{54}-y-[0-9a-f]{6}$/, /^x{54}-y-[0-9a-f]{6}$/],
    [{ a: `${x(55)}-y`, b: x(10) }, /^x{55}-[0-9a-f]{6}$/, /^x{55}-[0-9a-f]{6}$/],
  ])('of %j', ([labels, plain, hashed]) => {
    const names = subsetNames(labels);
    expect(names[0]).toMatch(plain);
    expect(names[1]).toMatch(hashed);
  });

  test('does not meet that of other labels where something was lost', () => {
    const names = [{ build: 'PR-10' }, { build: 'pR-10' }, { label: 'PR-10' }].flatMap(subsetNames);
    expect(new Set(names).size).toBe(3);
  });

  test('is the same whatever the order of the labels', () => {
    expect(subsetNames({ b: 'B', a: 'A' })).toEqual(subsetNames({ a: 'A', b: 'B' }));
  });
});

describe('a preview route', () => {
  test.for<[subset: string, ordinal: number, name: string]>([
    ['api', 1, 'istiops-api'],
    ['api', 2, 'istiops-api-2'],
    ['api-2', 1, 'istiops-api-2'],
    ['api', 10, 'istiops-api-10'],
    ['api', 99, 'istiops-api-99'],
  ])('of %s, number %i, is called %s and known by it', ([subset, ordinal, name]) => {
    expect(previewName(subset, ordinal)).toBe(name);
    expect(previewSubset({ name, route: [{ destination: { host: 'api', subset } }] })).toBe(subset);
  });

  test.for<[name: string | undefined, subset: string | undefined]>([
    [undefined, 'api'],
    ['main', 'api'],
    ['istiops-web', 'api'],
    ['istiops-', undefined],
    ['istiops-api', undefined],
    ['my-istiops-api', 'api'],
    ['istiops-api-0', 'api'],
    ['istiops-api-1', 'api'],
    ['istiops-api-02', 'api'],
    ['istiops-api-2b', 'api'],
    ['istiops-api-b2', 'api'],
    ['istiops-apis-2', 'api'],
    ['istiops-api2', 'api'],
  ])('is not one called %s that sends to %s', ([name, subset]) => {
    const route = [{ destination: { host: 'api', ...(subset !== undefined && { subset }) } }];
    expect(previewSubset({ ...(name !== undefined && { name }), route })).toBeUndefined();
  });
});

describe('what the Go istiops made', () => {
  test.for<[subset: string, is: boolean]>([
    ['api-10-shop', true],
    ['api-1-shop', true],
    ['api-1x-shop', false],
    ['api-x1-shop', false],
    ['api--shop', false],
    ['api-shop', false],
    ['api-10', false],
    ['web-10-shop', false],
    ['api-10-web', false],
  ])('the subset %s: %s', ([subset, is]) => {
    expect(isGoSubset(subset, 'api', 'shop')).toBe(is);
  });

  const headers = { 'x-cid': { exact: '1' } };
  const go = { destination: { host: 'api', subset: 'api-10-shop' }, weight: 100 };
  const route = (match: Match[], ...list: NonNullable<Route['route']>): Route => ({ match, route: list });

  test.for<[Route, is: boolean]>([
    [route([{ headers }], go), true],
    [route([{ headers }, { headers }], go), true],
    [{ name: 'a', ...route([{ headers }], go) }, false],
    [route([], go), false],
    [{ route: [go] }, false],
    [route([{ headers: {} }], go), false],
    [route([{ headers, uri: { prefix: '/' } }], go), false],
    [route([{ headers }, { uri: { prefix: '/' } }], go), false],
    [route([{ headers }], go, go), false],
    [route([{ headers }], { destination: { host: 'api' } }), false],
    [route([{ headers }], { destination: { host: 'api', subset: 'v1' } }), false],
    [{ match: [{ headers }], redirect: {} }, false],
  ])('the route %j: %s', ([one, is]) => {
    expect(isGoRoute(one, 'shop')).toBe(is);
  });
});
