/** Wrong plans that no example of a request shows: each written route and each preview is compared with itself, too. */
import { expect, it } from 'vitest';
import type { Route, RouteDestination } from '../../src/istio/types.ts';
import type { Snapshot } from '../../src/plan/types.ts';
import { destinationRule, play, snapshotOf, virtualService } from '../support/plane.ts';
import { edited, inWords, unaskedAfter, type Edit } from './tampering.ts';

const to = (subset?: string, weight?: number): RouteDestination => ({
  destination: { host: 'api', ...(subset !== undefined && { subset }) },
  ...(weight !== undefined && { weight }),
});

const RULE = destinationRule({
  v1: { app: 'api', version: '1' },
  qa: { app: 'api', version: 'qa' },
});
const BUILD = { 'pod-selector': 'app=api,build=7' };
const HEADERS = { operation: 'headers', ...BUILD, headers: 'x-cid=a' };
const WEIGHT = { operation: 'weight', ...BUILD, weight: '20' };

/** Nobody can make up a token of staff. */
const STAFF: Route = {
  name: 'staff',
  match: [{ headers: { '@request.auth.claims.group': { exact: 'staff' } } }],
  route: [to('qa')],
};
const MAIN: Route = { name: 'main', timeout: '5s', route: [to('v1')] };
/** No request comes here. */
const HIDDEN: Route = { name: 'hidden', match: [{ uri: { prefix: '/x' } }], route: [to('qa')] };

function withRoutes(http: readonly Route[]): Snapshot {
  return snapshotOf([virtualService({ http })], [RULE]);
}

/** What is said of a plan whose routes somebody tampered with. */
function said(before: Snapshot, words: Readonly<Record<string, string>>, edit: Edit): readonly string[] {
  return inWords(unaskedAfter(before, words, edit));
}

it.each([HEADERS, WEIGHT])('$operation as it should be', (words) => {
  expect(said(withRoutes([STAFF, MAIN, HIDDEN]), words, (http) => http)).toEqual([]);
});

it('a route whose requests depend on a token is shifted', () => {
  const shifted = edited('staff', (route) => ({ ...route, route: [to('qa', 80), to('api-7', 20)] }));
  expect(said(withRoutes([STAFF, MAIN]), WEIGHT, shifted)).toEqual([
    'requests of http[0] (header @request.auth.claims.group is "staff"): qa 80 %, api-7 20 %, not qa',
  ]);
});

it('a route that no request reaches is shifted, loses its timeout, or goes', () => {
  const before = withRoutes([MAIN, { ...HIDDEN, timeout: '1s' }]);
  const hidden = 'requests of http[1] (uri starts with "/x")';
  expect(
    said(
      before,
      WEIGHT,
      edited('hidden', (route) => ({ ...route, route: [to('v1')] })),
    ),
  ).toEqual([`${hidden}: v1, not qa`]);
  expect(
    said(
      before,
      WEIGHT,
      edited('hidden', ({ timeout: _, ...route }) => route),
    ),
  ).toEqual([`${hidden}: qa (with another timeout), not qa`]);
  expect(said(before, WEIGHT, (http) => http.filter(({ name }) => name !== 'hidden'))).toEqual([
    `${hidden}: no route, not qa`,
  ]);
});

it('a base route that no request reaches gets no preview, one too many, or one with another timeout', () => {
  const again: Route = { ...MAIN, name: 'again', match: [{ uri: { prefix: '/y' } }] };
  const before = withRoutes([MAIN, again, HIDDEN]);
  const second = 'requests of route istiops-api-7-2 (uri starts with "/y" and header x-cid is "a")';
  const preview = (http: readonly Route[]): Route =>
    http.find(({ name }) => name === 'istiops-api-7-2') ?? {};
  expect(said(before, HEADERS, (http) => http.filter(({ name }) => name !== 'istiops-api-7-2'))).toEqual([
    'requests of route again (uri starts with "/y"): no preview, not a preview above it',
  ]);
  expect(
    said(
      before,
      HEADERS,
      edited('istiops-api-7-2', ({ timeout: _, ...route }) => route),
    ),
  ).toEqual([`${second}: the preview of api-7, not a copy of its base route with the headers`]);
  expect(
    said(before, HEADERS, (http) => [
      ...http.slice(0, -1),
      { ...preview(http), name: 'istiops-api-7-3' },
      ...http.slice(-1),
    ]),
  ).toEqual([
    'requests of route istiops-api-7-3 (uri starts with "/y" and header x-cid is "a"): the preview of api-7, not no preview',
  ]);
});

it("another build's preview goes, though no request reaches it", () => {
  const before = play(withRoutes([MAIN, { ...MAIN, name: 'again', match: [{ uri: { prefix: '/y' } }] }]), {
    ...HEADERS,
    'pod-selector': 'app=api,build=8',
  });
  expect(said(before, WEIGHT, (http) => http.filter(({ name }) => name !== 'istiops-api-8-2'))).toEqual([
    'requests of route istiops-api-8-2 (uri starts with "/y" and header x-cid is "a"): no such preview in this place, not the preview of api-8',
  ]);
});

it('a route stays with its stable subset though nothing of istiops is left', () => {
  const whole = { name: 'main', route: [to()] };
  const before = play(withRoutes([whole]), { ...WEIGHT, 'stable-pod-selector': 'app=api,version=1' });
  const rollback = { operation: 'rollback', ...BUILD };
  expect(said(before, rollback, (http) => http)).toEqual([]);
  expect(
    said(
      before,
      rollback,
      edited('main', (route) => ({ ...route, route: [to('v1')] })),
    ),
  ).toEqual(['every request: v1, not api']);
});

it('a route sends to the whole service though another build is left', () => {
  const whole = { name: 'main', route: [to()] };
  const stable = { 'stable-pod-selector': 'app=api,version=1' };
  const before = play(
    withRoutes([whole]),
    { ...WEIGHT, ...stable },
    { ...HEADERS, 'pod-selector': 'app=api,build=8', ...stable },
  );
  const rollback = { operation: 'rollback', ...BUILD };
  expect(said(before, rollback, (http) => http)).toEqual([]);
  expect(
    said(
      before,
      rollback,
      edited('main', (route) => ({ ...route, route: [to()] })),
    ),
  ).toEqual(['requests that no other route accepts: api, not v1']);
});
