import { describe, expect, test } from 'vitest';
import { readExpectations } from '../../src/intent/expectations.ts';
import { judge, treatmentText } from '../../src/plan/expectation-verdict.ts';
import type {
  ExplainedDestination,
  Explanation,
  Treatment,
  ExpectationVerdict,
} from '../../src/plan/explanation.ts';
import { asked, MAIN } from '../support/explaining.ts';

type To = Partial<ExplainedDestination> & { readonly share: number };

const NOTHING: Treatment = { destinations: [], status: null, redirect: null, abort: null, mirrors: [] };

function sends(destinations: readonly To[], rest: Partial<Treatment> = {}): Treatment {
  const view = {
    host: 'api',
    subset: null,
    port: null,
    labels: null,
    readyPods: null,
    state: 'ok' as const,
    problem: null,
  };
  return { ...NOTHING, ...rest, destinations: destinations.map((to) => ({ ...view, ...to })) };
}

const answers = (status: number, rest: Partial<Treatment> = {}): Treatment => ({
  ...NOTHING,
  status,
  ...rest,
});

/** What fails all, and half of the requests. */
const FAILING: Partial<Treatment> = { abort: { percent: 100, status: '500' } };
const HALF: Partial<Treatment> = { abort: { percent: 50, status: '500' } };

/** Of a request with this result; hosts are the same in any case of letters. */
function judged(wanted: string, result: Explanation['result']): Omit<ExpectationVerdict, 'file'> {
  const file = `- { name: a case, request: http://shop.io/, expect: ${wanted} }`;
  const [expectation] = readExpectations('routing.yaml', file);
  if (expectation === undefined) throw new Error('There is one.');
  const isHost = (given: string, other: string): boolean => given.toUpperCase() === other.toUpperCase();
  return judge(expectation, { ...asked('http://shop.io/'), result }, isHost);
}

const taken = (does: Treatment): Explanation['result'] => ({ kind: 'service', does });

const V1 = sends([{ subset: 'v1', share: 100 }]);
const SPLIT = sends([
  { subset: 'v1', share: 80 },
  { subset: 'v2', share: 20 },
]);

describe('an expected destination', () => {
  test.for<[title: string, wanted: string, does: Treatment, met: boolean]>([
    ['gets everything', '{ subset: v1 }', V1, true],
    ['gets not everything', '{ subset: v1 }', SPLIT, false],
    ['is another subset', '{ subset: v2 }', V1, false],
    ['gets its share', '{ subset: v1, share: 80 }', SPLIT, true],
    ['gets less', '{ subset: v1, share: 81 }', SPLIT, false],
    ['gets more', '{ subset: v1, share: 79 }', SPLIT, false],
    ['gets the least of a range', '{ subset: v2, share: 20 to 30 }', SPLIT, true],
    ['gets the most of a range', '{ subset: v2, share: 10 to 20 }', SPLIT, true],
    ['gets more than a range', '{ subset: v2, share: 10 to 19.99 }', SPLIT, false],
    ['gets less than a range', '{ subset: v2, share: 20.01 to 30 }', SPLIT, false],
    ['is to get nothing and does', '{ subset: v3, share: 0 }', SPLIT, true],
    ['is the host by another spelling', '{ host: API }', V1, true],
    ['is another host', '{ host: web }', V1, false],
    ['is the host, but another subset', '{ host: api, subset: v2 }', V1, false],
    ['is the subset, but of another host', '{ host: web, subset: v1 }', V1, false],
    [
      'has the labels and more',
      '{ pods: build=1 }',
      sends([{ share: 100, labels: { app: 'api', build: '1' } }]),
      true,
    ],
    [
      'has another value of a label',
      '{ pods: build=1 }',
      sends([{ share: 100, labels: { build: '2' } }]),
      false,
    ],
    ['has unknown labels', '{ pods: build=1 }', V1, false],
    [
      'stands twice in the list, with different headers',
      '{ subset: v1 }',
      sends([
        { subset: 'v1', share: 30 },
        { subset: 'v1', share: 70 },
      ]),
      true,
    ],
    ['gets what an error leaves', '{ subset: v1, share: 50 }', { ...V1, ...HALF }, true],
    ['gets less for an error', '{ subset: v1 }', { ...V1, ...HALF }, false],
    ['gets nothing for an error', '{ subset: v1, share: 0 }', { ...V1, ...FAILING }, true],
    [
      'gets a share that hundredths of a percent are enough for',
      '{ subset: v1, share: 30 }',
      sends([{ subset: 'v1', share: 33.33 }], { abort: { percent: 10, status: '500' } }),
      true,
    ],
    [
      'gets hundredths of a percent less',
      '{ subset: v1, share: 30 }',
      sends([{ subset: 'v1', share: 29.99 }]),
      false,
    ],
    ['is not there, for the proxy answers', '{ subset: v1 }', answers(200), false],
  ])('%s: %s', ([, wanted, does, met]) => {
    expect(judged(wanted, taken(does)).met).toBe(met);
  });

  test('each of several must get its share', () => {
    const both = (share: number): string => `[{ subset: v1, share: 80 }, { subset: v2, share: ${share} }]`;
    expect(judged(both(20), taken(SPLIT)).met).toBe(true);
    expect(judged(both(30), taken(SPLIT)).met).toBe(false);
  });

  test.for<Explanation['result']>([{ kind: 'none' }, { kind: 'undecided', candidates: [] }])(
    'is not met where nobody can say that a route takes the request, not even to get nothing: %j',
    (result) => {
      expect(judged('{ subset: v1, share: 0 }', result).met).toBe(false);
      expect(judged('{ host: api, share: 0 }', result).met).toBe(false);
    },
  );

  test('counts for a route as for a service', () => {
    const { result } = asked('http://shop.io/', MAIN);
    expect(result.kind).toBe('route');
    expect(judged('{ subset: v1 }', result)).toMatchObject({ met: true, found: '100 % v1' });
  });
});

describe('an expected answer of the proxy', () => {
  const MOVED = answers(301, { redirect: 'http://new.io/' });

  test.for<[title: string, wanted: string, does: Treatment, met: boolean]>([
    ['has the status', '{ status: 503 }', answers(503), true],
    ['has another', '{ status: 503 }', answers(500), false],
    ['does not come, for it sends', '{ status: 200 }', V1, false],
    ['is an error for all', '{ status: 500 }', { ...V1, ...FAILING }, true],
    ['is an error for all in place of its own', '{ status: 503 }', answers(503, FAILING), false],
    ['is an error for some only', '{ status: 500 }', { ...V1, ...HALF }, false],
    [
      'is an error of gRPC',
      '{ status: 500 }',
      { ...V1, abort: { percent: 100, status: 'gRPC INTERNAL' } },
      false,
    ],
    ['is a redirect by its status alone', '{ status: 301 }', MOVED, true],
    ['has status and place', '{ status: 301, redirect: "http://new.io/" }', MOVED, true],
    ['redirects to another place', '{ status: 301, redirect: "http://old.io/" }', MOVED, false],
    ['has the place, but another status', '{ status: 302, redirect: "http://new.io/" }', MOVED, false],
    ['leads nowhere', '{ status: 503, redirect: "http://new.io/" }', answers(503), false],
    ['is a redirect by its place alone', '{ redirect: "http://new.io/" }', MOVED, true],
    ['is a redirect to another place', '{ redirect: "http://old.io/" }', MOVED, false],
    ['is no redirect', '{ redirect: "http://new.io/" }', V1, false],
    [
      'is a redirect for half of the requests',
      '{ redirect: "http://new.io/" }',
      { ...MOVED, ...HALF },
      false,
    ],
    [
      'is a redirect that an error keeps from all',
      '{ redirect: "http://new.io/" }',
      { ...MOVED, ...FAILING },
      false,
    ],
    ['has its status for half of the requests', '{ status: 301 }', { ...MOVED, ...HALF }, false],
    ['has the status of the error that all get', '{ status: 500 }', { ...MOVED, ...FAILING }, true],
    ['has the status that the error has too', '{ status: 500 }', { ...answers(500), ...HALF }, true],
    [
      'has the status of the error, but the place of nobody',
      '{ status: 500, redirect: "http://new.io/" }',
      { ...MOVED, ...FAILING },
      false,
    ],
  ])('%s: %s', ([, wanted, does, met]) => {
    expect(judged(wanted, taken(does)).met).toBe(met);
  });

  test.for<[wanted: string, met: boolean]>([
    ['{ status: 404 }', true],
    ['{ status: 503 }', false],
    ['{ status: 404, redirect: "http://new.io/" }', false],
    ['{ redirect: "http://new.io/" }', false],
  ])('is 404 where no route takes the request: %s', ([wanted, met]) => {
    expect(judged(wanted, { kind: 'none' }).met).toBe(met);
  });

  test('is not met while it is undecided', () => {
    const candidates = [{ kind: 'none' as const, route: null, does: null, unknown: null }];
    expect(judged('{ status: 404 }', { kind: 'undecided', candidates }).met).toBe(false);
  });
});

describe('a verdict says', () => {
  test.for<[wanted: string, expected: string]>([
    ['{ subset: v1 }', '100 % v1'],
    ['{ host: api }', '100 % api'],
    ['{ pods: "build=1,app=api" }', '100 % app=api,build=1'],
    ['{ host: api, subset: v1, pods: build=1 }', '100 % v1 of build=1 of api'],
    ['[{ subset: v1, share: 80 }, { host: web, share: 10 to 30 }]', '80 % v1, 10 to 30 % web'],
    ['{ status: 404 }', 'status 404'],
    ['{ status: 301, redirect: "http://new.io/" }', 'status 301 to http://new.io/'],
    ['{ redirect: "http://new.io/" }', 'redirect to http://new.io/'],
  ])('what is expected: %s', ([wanted, expected]) => {
    expect(judged(wanted, { kind: 'none' })).toMatchObject({ name: 'a case', line: 1, expected });
  });

  test.for<[found: string, Explanation['result']]>([
    ['status 404: no route matches it', { kind: 'none' }],
    ['80 % v1, 20 % v2', taken(SPLIT)],
    [
      'undecided: 100 % v1 if header a is "b", else status 503 if header c is "d", else status 404',
      {
        kind: 'undecided',
        candidates: [
          { kind: 'route', route: null, does: V1, unknown: 'header a is "b"' },
          { kind: 'route', route: null, does: answers(503), unknown: 'header c is "d"' },
          { kind: 'none', route: null, does: null, unknown: null },
        ],
      },
    ],
  ])('what is found: %s', ([found, result]) => {
    for (const wanted of ['{ subset: v1 }', '{ status: 404 }', '{ redirect: "http://new.io/" }'])
      expect(judged(wanted, result)).toMatchObject({ name: 'a case', line: 1, found });
  });
});

test.for<[words: string, does: Treatment]>([
  ['100 % v1', V1],
  ['80 % v1, 20 % v2', SPLIT],
  ['100 % api', sends([{ share: 100 }])],
  [
    '80 % v1 of api, 20 % v1 of web',
    sends([
      { subset: 'v1', share: 80 },
      { host: 'web', subset: 'v1', share: 20 },
    ]),
  ],
  [
    '80 % v1 of api, 20 % web',
    sends([
      { subset: 'v1', share: 80 },
      { host: 'web', share: 20 },
    ]),
  ],
  [
    '33.3 % v1, 66.67 % v2',
    sends([
      { subset: 'v1', share: 33.3 },
      { subset: 'v2', share: 66.666 },
    ]),
  ],
  ['nowhere', NOTHING],
  ['status 503', answers(503)],
  ['status 301 to http://new.io/', answers(301, { redirect: 'http://new.io/' })],
  ['50 % status 500, else 100 % v1', { ...V1, ...HALF }],
  ['50 % status 500, else nowhere', { ...NOTHING, ...HALF }],
  ['50 % status 500, else status 503', answers(503, HALF)],
  ['100 % status gRPC INTERNAL, else 100 % v1', { ...V1, abort: { percent: 100, status: 'gRPC INTERNAL' } }],
])('what is done with a request, in words: %s', ([words, does]) => {
  expect(treatmentText(does)).toBe(words);
});
