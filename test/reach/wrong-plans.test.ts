/** Plans that a faulty planner might make: each must be seen through, whatever the planner says of it. */
import { isReadOnly } from '../../src/operations/index.ts';
import { describe, expect, it } from 'vitest';
import type { DestinationRule, Route, RouteDestination, Subset } from '../../src/istio/types.ts';
import { plan } from '../../src/run/plan.ts';
import type { Snapshot } from '../../src/plan/types.ts';
import { reachOf } from '../../src/operations/reach.ts';
import { unaskedChanges } from '../../src/reach/unasked.ts';
import type { UnaskedChange } from '../../src/reach/types.ts';
import {
  applied,
  changesOf,
  destinationRule,
  intentOf,
  play,
  snapshotOf,
  virtualService,
} from '../support/plane.ts';
import { edited, inWords, rulesOf, unaskedAfter, withEdit, type Edit } from './tampering.ts';

const to = (subset: string, weight?: number): RouteDestination => ({
  destination: { host: 'api', subset },
  ...(weight !== undefined && { weight }),
});

/** `/admin` is a stranger's, `/v2` and the default route are the base routes. */
const ROUTES: readonly Route[] = [
  { name: 'admin', match: [{ uri: { prefix: '/admin' } }], route: [to('admin')] },
  { name: 'v2', match: [{ uri: { prefix: '/v2' } }], timeout: '5s', route: [to('v1')] },
  { route: [to('v1')] },
];

const BEFORE = snapshotOf(
  [virtualService({ http: ROUTES })],
  [destinationRule({ v1: { app: 'api', version: '1' }, admin: { app: 'api', role: 'admin' } })],
);

const HEADERS = { operation: 'headers', 'pod-selector': 'app=api,build=10', headers: 'x-cid=a' };
const WEIGHT = { operation: 'weight', 'pod-selector': 'app=api,build=10', weight: '20' };
const PROMOTE = { operation: 'promote', 'pod-selector': 'app=api,build=10' };
const ROLLBACK = { operation: 'rollback', 'pod-selector': 'app=api,build=10' };

function withRoutes(snapshot: Snapshot, edit: Edit): Snapshot {
  const virtualServices = snapshot.virtualServices.map((one) => ({
    ...one,
    spec: { ...one.spec, http: edit(one.spec.http ?? []) },
  }));
  return { ...snapshot, virtualServices };
}

const previewOfV2 = 'istiops-api-10';
const preview: Edit = (http) => http.filter(({ name }) => name?.startsWith('istiops-') === true);

describe('a plan as it should be', () => {
  it.each([HEADERS, WEIGHT, PROMOTE, ROLLBACK])('$operation has nothing unexpected', (words) => {
    expect(unaskedAfter(BEFORE, words, (http) => http)).toEqual([]);
  });
});

describe('headers', () => {
  it('sees a preview above a route of somebody else, whose requests it takes', () => {
    const plain = snapshotOf(
      [virtualService({ http: [ROUTES[0] ?? {}, ROUTES[2] ?? {}] })],
      BEFORE.destinationRules,
    );
    const found = unaskedAfter(plain, HEADERS, (http) => [
      ...preview(http),
      ...http.filter(({ name }) => name?.startsWith('istiops-') !== true),
    ]);
    expect(inWords(found)).toEqual(['requests with x-cid: a: api-10, not admin']);
    expect(found[0]?.example).toMatchObject({ path: '/admin', headers: { 'x-cid': 'a' } });
  });

  it("sees a preview that lacks one of its base route's predicates", () => {
    const wide = edited(previewOfV2, (route) => ({
      ...route,
      match: [{ headers: { 'x-cid': { exact: 'a' } } }],
    }));
    expect(inWords(unaskedAfter(BEFORE, HEADERS, wide))).toContain(
      'requests with x-cid: a: api-10 (with another timeout), not api-10',
    );
  });

  it('sees a preview that takes more values than were asked for', () => {
    const wide = edited(previewOfV2, (route) => ({
      ...route,
      match: [{ uri: { prefix: '/v2' }, headers: { 'x-cid': { prefix: 'a' } } }],
    }));
    const found = unaskedAfter(BEFORE, HEADERS, wide);
    expect(found.map(({ after, expected }) => [after, expected])).toEqual([['api-10', 'v1']]);
  });

  it('sees a preview that takes requests without the header', () => {
    const open = edited(previewOfV2, (route) => ({ ...route, match: [{ uri: { prefix: '/v2' } }] }));
    expect(inWords(unaskedAfter(BEFORE, HEADERS, open))).toContain(
      'requests where uri starts with "/v2": api-10, not v1',
    );
  });

  it('sees a preview that is missing', () => {
    const missing: Edit = (http) => http.filter(({ name }) => name !== previewOfV2);
    expect(inWords(unaskedAfter(BEFORE, HEADERS, missing))).toEqual([
      'requests with x-cid: a: v1, not api-10',
    ]);
  });

  it('sees a preview that treats requests otherwise than its base route', () => {
    const impatient = edited(previewOfV2, (route) => ({ ...route, timeout: '1s' }));
    expect(inWords(unaskedAfter(BEFORE, HEADERS, impatient))).toHaveLength(1);
  });

  it('sees a preview to the wrong subset', () => {
    const wrong = edited(previewOfV2, (route) => ({ ...route, route: [to('admin')] }));
    expect(inWords(unaskedAfter(BEFORE, HEADERS, wrong))).toEqual([
      'requests with x-cid: a: admin, not api-10',
    ]);
  });

  it('sees a preview below its base route', () => {
    const below: Edit = (http) => [
      ...http.filter(({ name }) => name !== previewOfV2),
      ...http.filter(({ name }) => name === previewOfV2),
    ];
    expect(inWords(unaskedAfter(BEFORE, HEADERS, below))).toEqual(['requests with x-cid: a: v1, not api-10']);
  });

  it("sees another build's preview that is gone", () => {
    const both = play(BEFORE, { ...HEADERS, 'pod-selector': 'app=api,build=9', headers: 'x-cid=b' });
    const without: Edit = (http) => http.filter(({ name }) => name?.startsWith('istiops-api-9') !== true);
    expect(inWords(unaskedAfter(both, HEADERS, without))).toEqual([
      'requests with x-cid: b, on 2 routes: v1, not api-9',
    ]);
  });
});

describe('a preview below one of another build that somebody narrowed to GET', () => {
  const others = { ...HEADERS, 'pod-selector': 'app=api,build=9' };
  const narrowed = withRoutes(play(BEFORE, others), (http) =>
    http.map((route) =>
      route.name === 'istiops-api-9-2'
        ? { ...route, match: (route.match ?? []).map((block) => ({ ...block, method: { exact: 'GET' } })) }
        : route,
    ),
  );
  const below: Edit = (http) => {
    const own = http.filter(({ name }) => name === 'istiops-api-10-2');
    return http
      .filter(({ name }) => name !== 'istiops-api-10-2')
      .flatMap((route) => (route.name === 'istiops-api-9-2' ? [route, ...own] : [route]));
  };

  it('says that the plainest request does not reach the build, whatever a POST gets', () => {
    const intent = intentOf(HEADERS);
    if (isReadOnly(intent)) throw new Error('It changes nothing.');
    const planned = plan(narrowed, intent);
    const reachedAfter = (edit: Edit): readonly boolean[] =>
      reachOf(
        narrowed,
        intent,
        withEdit(changesOf(narrowed, planned), edit),
        rulesOf(narrowed, planned),
      ).asked.map(({ classes, reached }) => classes === reached);
    expect(reachedAfter((http) => http)).toEqual([true]);
    expect(reachedAfter(below)).toEqual([false]);
  });
});

describe('headers of a destination', () => {
  const HEADERS_OF_ITS_OWN = { response: { set: { 'x-from': 'preview' } } };
  const withOwn = (route: Route): Route => ({
    ...route,
    route: (route.route ?? []).map((entry) => ({ ...entry, headers: HEADERS_OF_ITS_OWN })),
  });

  it('are seen that a preview sets and nobody asked for', () => {
    expect(inWords(unaskedAfter(BEFORE, HEADERS, edited(previewOfV2, withOwn)))).toEqual([
      'requests with x-cid: a: api-10 (with other headers of a destination), not api-10',
    ]);
  });

  it.each([WEIGHT, PROMOTE])('are seen that a $operation sets', (words) => {
    expect(inWords(unaskedAfter(BEFORE, words, edited('v2', withOwn)))).not.toEqual([]);
  });

  it('may stay where the build that is promoted has them', () => {
    const own = { ...to('v10', 20), headers: HEADERS_OF_ITS_OWN };
    const before = snapshotOf(
      [virtualService({ http: [{ route: [to('v1', 80), own] }] })],
      [destinationRule({ v1: { app: 'api', version: '1' }, v10: { app: 'api', build: '10' } })],
    );
    expect(unaskedAfter(before, PROMOTE, (http) => http)).toEqual([]);
    const lost: Edit = (http) => http.map((route) => ({ ...route, route: [to('v10')] }));
    expect(unaskedAfter(before, PROMOTE, lost)).not.toEqual([]);
  });
});

describe('weight', () => {
  it('sees a weight on a route that is no base route', () => {
    const wrong = edited('admin', (route) => ({ ...route, route: [to('admin', 80), to('api-10', 20)] }));
    expect(inWords(unaskedAfter(BEFORE, WEIGHT, wrong))).toEqual([
      'requests where uri starts with "/admin": admin 80 %, api-10 20 %, not admin',
    ]);
  });

  it('sees another weight than was asked for', () => {
    const wrong = edited('v2', (route) => ({ ...route, route: [to('v1', 79), to('api-10', 21)] }));
    expect(inWords(unaskedAfter(BEFORE, WEIGHT, wrong))).toEqual([
      'requests where uri starts with "/v2": v1 79 %, api-10 21 %, not v1 80 %, api-10 20 %',
    ]);
  });

  it('sees the rest go to somebody new', () => {
    const wrong = edited('v2', (route) => ({ ...route, route: [to('admin', 80), to('api-10', 20)] }));
    expect(unaskedAfter(BEFORE, WEIGHT, wrong)).toHaveLength(1);
  });

  it('sees a base route that was left out', () => {
    const forgotten = edited('v2', (route) => ({ ...route, route: [to('v1')] }));
    expect(inWords(unaskedAfter(BEFORE, WEIGHT, forgotten))).toEqual([
      'requests where uri starts with "/v2": v1, not v1 80 %, api-10 20 %',
    ]);
  });

  it('sees a tcp route that was left out', () => {
    const both = snapshotOf(
      [virtualService({ http: ROUTES, tcp: [{ match: [{ port: 5432 }], route: [to('v1')] }] })],
      BEFORE.destinationRules,
    );
    const intent = intentOf(WEIGHT);
    if (isReadOnly(intent)) return;
    const planned = plan(both, intent);
    const changes = changesOf(both, planned).map(({ before, after }) => ({
      before,
      after: { ...after, spec: { ...after.spec, tcp: before.spec.tcp ?? [] } },
    }));
    expect(inWords(reachOf(both, intent, changes, rulesOf(both, planned)).unexpected)).toEqual([
      'connections of tcp[0] (port 5432): v1, not v1 80 %, api-10 20 %',
    ]);
  });
});

describe('any operation', () => {
  it.each([HEADERS, WEIGHT, PROMOTE])('$operation: sees a route that is gone', (words) => {
    const found = unaskedAfter(BEFORE, words, (http) => http.filter(({ name }) => name !== 'admin'));
    expect(found.map(({ before }) => before)).toContain('admin');
  });

  it.each([HEADERS, WEIGHT, PROMOTE])('$operation: sees routes in another order', (words) => {
    const found = unaskedAfter(BEFORE, words, (http) => [...http].reverse());
    expect(found.length).toBeGreaterThan(0);
  });

  it.each([HEADERS, WEIGHT, PROMOTE])('$operation: sees a match that was narrowed', (words) => {
    const narrow = edited('admin', (route) => ({
      ...route,
      match: [{ uri: { prefix: '/admin' }, method: { exact: 'GET' } }],
    }));
    const found = unaskedAfter(BEFORE, words, narrow);
    expect(found.map(({ before }) => before)).toContain('admin');
    expect(found[0]?.example?.method).not.toBe('GET');
  });

  it('sees hosts that change', () => {
    const intent = intentOf(WEIGHT);
    if (isReadOnly(intent)) return;
    const planned = plan(BEFORE, intent);
    const changes = changesOf(BEFORE, planned).map(({ before, after }) => ({
      before,
      after: { ...after, spec: { ...after.spec, hosts: ['other.example.com'] } },
    }));
    const { unexpected } = reachOf(BEFORE, intent, changes, rulesOf(BEFORE, planned));
    expect(unexpected.map(({ who }) => who)).toContain(
      'everyone that hosts of VirtualService shop/api is about',
    );
  });

  it('sees a VirtualService change that was not selected', () => {
    const other = virtualService({ http: ROUTES }, 'other');
    const both = {
      ...BEFORE,
      virtualServices: [...BEFORE.virtualServices, { ...other, metadata: { ...other.metadata, labels: {} } }],
    };
    const intent = intentOf(WEIGHT);
    if (isReadOnly(intent)) return;
    const planned = plan(both, intent);
    const changes = changesOf(both, planned).map(({ before, after }) =>
      before.metadata.name === 'other'
        ? { before, after: { ...after, spec: { ...after.spec, http: ROUTES.slice(1) } } }
        : { before, after },
    );
    const { unexpected } = reachOf(both, intent, changes, rulesOf(both, planned));
    expect(new Set(unexpected.map(({ object }) => object))).toEqual(new Set(['VirtualService shop/other']));
  });
});

describe('rollback', () => {
  const changed = play(BEFORE, HEADERS, WEIGHT);

  it('sees a preview that stays', () => {
    const stays: Edit = (http) => [...preview(changed.virtualServices[0]?.spec.http ?? []).slice(1), ...http];
    expect(unaskedAfter(changed, ROLLBACK, stays).length).toBeGreaterThan(0);
  });

  it('sees a list that is not what it was', () => {
    const wrong = edited('v2', (route) => ({ ...route, route: [to('admin')] }));
    expect(inWords(unaskedAfter(changed, ROLLBACK, wrong))).toEqual([
      'requests where uri starts with "/v2": admin, not v1',
      'requests with x-cid: a: admin, not v1',
    ]);
  });
});

describe('undo', () => {
  const words = { operation: 'undo' };

  it('sees a host that the VirtualService never sent to', () => {
    const foreign = edited('v2', (route) => ({
      ...route,
      route: [{ destination: { host: 'evil.example.com' } }],
    }));
    const found = reached(BEFORE, words, foreign);
    expect(found.map(({ after }) => after)).toEqual(['evil.example.com']);
  });

  it('sees another object change', () => {
    const other = virtualService({ http: ROUTES }, 'pay');
    const both = {
      ...BEFORE,
      virtualServices: [
        ...BEFORE.virtualServices,
        { ...other, metadata: { ...other.metadata, labels: {} }, spec: { ...other.spec, hosts: ['pay'] } },
      ],
    };
    const found = reached(both, words, (http) => http.slice(1));
    expect(found.map(({ object }) => object)).toContain('VirtualService shop/pay');
  });

  /** The routes of every VirtualService as a broken inverse would write them. */
  function reached(
    before: Snapshot,
    given: Readonly<Record<string, string>>,
    edit: Edit,
  ): readonly UnaskedChange[] {
    const intent = intentOf(given);
    if (isReadOnly(intent)) throw new Error('It changes nothing.');
    const changes = before.virtualServices.map((one) => ({
      before: one,
      after: { ...one, spec: { ...one.spec, http: edit(one.spec.http ?? []) } },
    }));
    return reachOf(before, intent, changes).unexpected;
  }
});

describe('what is written beside routes', () => {
  const [rule] = BEFORE.destinationRules;
  if (rule === undefined) throw new Error('There is one.');
  const wrongly = (edit: (rule: DestinationRule) => DestinationRule, given = WEIGHT): readonly string[] => {
    const intent = intentOf(given);
    if (isReadOnly(intent)) throw new Error('It changes nothing.');
    const planned = plan(BEFORE, intent);
    const [made] = applied(BEFORE, planned).destinationRules;
    if (made === undefined) throw new Error('There is one.');
    const rules = [{ before: rule, after: edit(made) }];
    return reachOf(BEFORE, intent, changesOf(BEFORE, planned), rules).unexpected.map(({ who }) => who);
  };
  const withSubsets =
    (edit: (subsets: readonly Subset[]) => readonly Subset[]) => (one: DestinationRule) => ({
      ...one,
      spec: { ...one.spec, subsets: edit(one.spec.subsets ?? []) },
    });

  it('is right as planned', () => {
    expect(wrongly((one) => one)).toEqual([]);
  });

  it.each<[string, (one: DestinationRule) => DestinationRule, string]>([
    ['its host', (one) => ({ ...one, spec: { ...one.spec, host: 'other' } }), 'host'],
    [
      'its policy',
      (one) => ({ ...one, spec: { ...one.spec, trafficPolicy: { tls: { mode: 'DISABLE' } } } }),
      'trafficPolicy',
    ],
    [
      'a subset by hand',
      withSubsets((subsets) => subsets.filter(({ name }) => name !== 'admin')),
      'subset admin',
    ],
    [
      'the labels of a subset by hand',
      withSubsets((subsets) =>
        subsets.map((one) => (one.name === 'v1' ? { ...one, labels: { app: 'api' } } : one)),
      ),
      'subset v1',
    ],
    [
      'a subset that nobody asked for',
      withSubsets((subsets) => [...subsets, { name: 'x', labels: {} }]),
      'subset x',
    ],
    ['the order of subsets', withSubsets((subsets) => subsets.toReversed()), 'the order of the subsets'],
    ['labels', (one) => ({ ...one, metadata: { ...one.metadata, labels: {} } }), 'metadata'],
    [
      "somebody else's annotation",
      (one) => ({
        ...one,
        metadata: { ...one.metadata, annotations: { ...one.metadata.annotations, mine: '1' } },
      }),
      'annotations of others',
    ],
  ])('sees that a DestinationRule loses or gains %s', (_, edit, what) => {
    expect(wrongly(edit)).toContain(`everyone that ${what} of DestinationRule shop/api is about`);
  });

  it('sees a write of an object that was not read', () => {
    const intent = intentOf(WEIGHT);
    if (isReadOnly(intent)) throw new Error('It changes nothing.');
    const stranger = virtualService({ http: [] }, 'stranger');
    const { unexpected } = reachOf(BEFORE, intent, [{ before: stranger, after: { ...stranger } }]);
    expect(unexpected.map(({ object }) => object)).toContain('VirtualService shop/stranger');
  });
});

it('is refused in words, and force is no help', () => {
  const unexpected = unaskedAfter(
    BEFORE,
    HEADERS,
    edited(previewOfV2, (route) => ({ ...route, route: [to('admin')] })),
  );
  expect(
    unaskedChanges({
      classes: 1,
      sampled: false,
      skipped: 0,
      changes: [],
      others: [],
      asked: [],
      unexpected,
    }),
  ).toEqual([
    {
      code: 'unasked-change',
      severity: 'error',
      message:
        'The plan for VirtualService shop/api is not what was asked for, so nothing was written:\n' +
        '- requests with x-cid: a would get admin in place of v1; expected was api-10 (for example GET http://api.example.com/v2 with x-cid: a)\n' +
        'This is a fault of istiops: please report it with the VirtualService and the inputs. Until it is mended, make this change by hand.',
      object: 'VirtualService shop/api',
      forceable: false,
    },
  ]);
});

describe('what nobody can decide', () => {
  const claims: readonly Route[] = [
    { match: [{ headers: { '@request.auth.claims.group': { exact: 'staff' } } }], route: [to('admin')] },
    { match: [{ mood: { exact: 'good' } }], route: [to('admin')] },
    { route: [to('v1')] },
  ];
  const before = snapshotOf([virtualService({ http: claims })], BEFORE.destinationRules);

  it.each([HEADERS, WEIGHT, PROMOTE])(
    '$operation: claims of a token and unknown fields refuse nothing',
    (words) => {
      expect(unaskedAfter(before, words, (http) => http)).toEqual([]);
    },
  );

  it('a class that no example can be made for is counted', () => {
    const intent = intentOf({ ...WEIGHT, routes: 'http[0]', hostname: 'api' });
    if (isReadOnly(intent)) return;
    const planned = plan(before, intent);
    const reach = reachOf(before, intent, changesOf(before, planned), rulesOf(before, planned));
    expect(reach).toMatchObject({ skipped: 1, unexpected: [], changes: [] });
  });
});
