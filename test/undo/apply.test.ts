import { describe, expect, test } from 'vitest';
import type { Route, VirtualService } from '../../src/istio/types.ts';
import { plan } from '../../src/run/plan.ts';
import { readBaselines } from '../../src/plan/baseline.ts';
import { alignment } from '../../src/undo/alignment.ts';
import { applyUndo, conflictsText, type UndoResult } from '../../src/undo/apply.ts';
import { undoOf } from '../../src/undo/diff.ts';
import { packed, unpacked } from '../../src/undo/pack.ts';
import type { Snapshot } from '../../src/plan/types.ts';
import { applied, destinationRule, intentOf, play, snapshotOf, virtualService } from '../support/plane.ts';

const to = (subset: string, weight?: number) => ({
  destination: { host: 'api', subset },
  ...(weight !== undefined && { weight }),
});
const MAIN: Route = { name: 'main', timeout: '5s', route: [to('v1')] };
const REPORTS: Route = { name: 'reports', match: [{ uri: { prefix: '/reports' } }], route: [to('v1')] };
const START = snapshotOf(
  [virtualService({ http: [REPORTS, MAIN] })],
  [destinationRule({ v1: { version: '1' }, v2: { version: '2' } })],
);
const of = (build: string) => ({ 'pod-selector': `app=api,build=${build}` });
const WEIGHT = { operation: 'weight', ...of('7'), weight: '20' };
const HEADERS = { operation: 'headers', ...of('7'), headers: 'x-cid=a' };
const PROMOTE = { operation: 'promote', ...of('7') };
const ROLLBACK = { operation: 'rollback', ...of('7') };

type Words = Readonly<Record<string, string>>;

/** Takes the last of these steps back once `meanwhile` has happened. */
function takeBack(
  steps: readonly Words[],
  meanwhile: (now: Snapshot) => Snapshot,
): { readonly result: UndoResult; readonly before: Snapshot; readonly now: Snapshot } {
  const before = play(START, ...steps.slice(0, -1));
  const planned = plan(before, intentOf(steps.at(-1) ?? {}));
  const now = meanwhile(applied(before, planned));
  const undo = undoOf(planned.phases.flatMap(({ writes }) => writes));
  return { before, now, result: applyUndo(now, [undo]) };
}

const http =
  (change: (routes: readonly Route[]) => readonly Route[]) =>
  (now: Snapshot): Snapshot => ({
    ...now,
    virtualServices: now.virtualServices.map((one) => ({
      ...one,
      spec: { ...one.spec, http: change(one.spec.http ?? []) },
    })),
  });

const named = (name: string, change: (route: Route) => Route | undefined) =>
  http((routes) =>
    routes.flatMap((route): readonly Route[] => {
      const changed = route.name === name ? change(route) : route;
      return changed === undefined ? [] : [changed];
    }),
  );

const httpAfter = ({ virtualServices }: UndoResult): VirtualService['spec']['http'] =>
  virtualServices[0]?.after.spec.http;

describe('what somebody else changed since is left, and said', () => {
  test.for<readonly [string, readonly Words[], (now: Snapshot) => Snapshot, string]>([
    [
      'other weights',
      [WEIGHT],
      named('main', (route) => ({ ...route, route: [to('v1', 50), to('api-7', 50)] })),
      'the destinations of http[1] (main) of VirtualService shop/api: somebody else changed them since; ' +
        'subset api-7 of DestinationRule shop/api: a VirtualService sends traffic to it meanwhile',
    ],
    [
      'a share for another build by istiops',
      [WEIGHT],
      (now) => play(now, { operation: 'weight', ...of('8'), weight: '10', routes: 'main' }),
      'the destinations of http[1] (main) of VirtualService shop/api: somebody else changed them since; ' +
        'subset api-7 of DestinationRule shop/api: a VirtualService sends traffic to it meanwhile',
    ],
    [
      'a route removed',
      [WEIGHT],
      named('reports', () => undefined),
      'the destinations of a route of VirtualService shop/api: somebody else removed it, or changed name or match',
    ],
    [
      'a preview with another timeout',
      [HEADERS],
      named('istiops-api-7-2', (route) => ({ ...route, timeout: '9s' })),
      'the route istiops-api-7-2 of VirtualService shop/api: somebody else changed it since; ' +
        'subset api-7 of DestinationRule shop/api: a VirtualService sends traffic to it meanwhile',
    ],
    [
      'another preview of the build',
      [HEADERS, ROLLBACK],
      (now) => play(now, { ...HEADERS, headers: 'x-cid=b', routes: 'reports' }),
      'the route istiops-api-7 of VirtualService shop/api: somebody else made another one of this name since',
    ],
    [
      'the requests of a preview given to another build',
      [HEADERS, ROLLBACK],
      (now) => play(now, { ...HEADERS, ...of('8'), routes: 'main' }),
      'the route istiops-api-7-2 of VirtualService shop/api: somebody else gave these requests to the route istiops-api-8 since',
    ],
    [
      'the base route of a preview removed',
      [HEADERS, ROLLBACK],
      named('reports', () => undefined),
      'the route istiops-api-7 of VirtualService shop/api: somebody else removed the route above which it stood, or changed its name or match',
    ],
    [
      'a preview rolled back that had replaced another',
      [HEADERS, { ...HEADERS, headers: 'x-cid=b' }],
      (now) => play(now, ROLLBACK),
      'the route istiops-api-7 of VirtualService shop/api: somebody else removed the one that had replaced it; ' +
        'the route istiops-api-7-2 of VirtualService shop/api: somebody else removed the one that had replaced it',
    ],
    [
      'a subset of other labels',
      [WEIGHT],
      (now) => ({
        ...now,
        destinationRules: now.destinationRules.map((rule) => ({
          ...rule,
          spec: {
            ...rule.spec,
            subsets: (rule.spec.subsets ?? []).map((one) =>
              one.name === 'api-7' ? { ...one, trafficPolicy: {} } : one,
            ),
          },
        })),
      }),
      'subset api-7 of DestinationRule shop/api: somebody else changed it since',
    ],
    [
      'a subset taken over',
      [WEIGHT],
      (now) => ({
        ...now,
        destinationRules: now.destinationRules.map(({ metadata, ...rule }) => ({
          ...rule,
          metadata: { ...metadata, annotations: {} },
        })),
      }),
      'subset api-7 of DestinationRule shop/api: somebody else took it over',
    ],
    [
      'a subset made by hand under the name of one that would come back',
      [WEIGHT, ROLLBACK],
      (now) => ({
        ...now,
        destinationRules: now.destinationRules.map((rule) => ({
          ...rule,
          spec: {
            ...rule.spec,
            subsets: [...(rule.spec.subsets ?? []), { name: 'api-7', labels: { a: 'b' } }],
          },
        })),
      }),
      'subset api-7 of DestinationRule shop/api: somebody else made another one of this name since',
    ],
    [
      'objects deleted',
      [WEIGHT],
      (now) => ({ ...now, virtualServices: [], destinationRules: [] }),
      'VirtualService shop/api: it is no longer there; DestinationRule shop/api: it is no longer there',
    ],
  ])('%s', ([, steps, meanwhile, words]) => {
    expect(conflictsText(takeBack(steps, meanwhile).result.conflicts)).toBe(words);
  });

  test('at most ten of them are listed', () => {
    const many = Array.from({ length: 12 }, (_, i) => ({ what: `w${i}`, why: 'because' }));
    expect(conflictsText(many)).toMatch(/^w0: because; .*; w9: because; and 2 more$/);
  });
});

describe('what is still there is taken back', () => {
  test('a route that was renamed meanwhile is known by what is remembered of its list', () => {
    const renamed = named('main', (route) => ({ ...route, name: 'default' }));
    const { result, before } = takeBack([WEIGHT], renamed);
    expect(result.conflicts).toEqual([]);
    expect(httpAfter(result)).toEqual(renamed(before).virtualServices[0]?.spec.http);
    expect(result.virtualServices[0]?.after.metadata).toEqual(before.virtualServices[0]?.metadata);
  });

  test('a hand-written route between preview and base route: the preview goes all the same', () => {
    const inserted = http((routes) =>
      routes.flatMap((route): readonly Route[] =>
        route.name === 'main' ? [{ name: 'extra', route: [to('v2')] }, route] : [route],
      ),
    );
    const { result, before } = takeBack([HEADERS], inserted);
    expect(result.conflicts).toEqual([]);
    expect(httpAfter(result)).toEqual(inserted(before).virtualServices[0]?.spec.http);
  });

  test('a share of one route changed by hand: the other route is taken back, and what is remembered of it', () => {
    const { result, now } = takeBack(
      [WEIGHT],
      named('main', (route) => ({ ...route, route: [to('v1', 1), to('api-7', 1)] })),
    );
    expect(httpAfter(result)?.[0]).toEqual(REPORTS);
    expect(httpAfter(result)?.[1]).toEqual(now.virtualServices[0]?.spec.http?.[1]);
    const after = { ...now, virtualServices: result.virtualServices.map((change) => change.after) };
    const left = plan(after, intentOf(ROLLBACK));
    // Only the route that is left has something to go back to.
    expect(left.findings.map(({ code }) => code)).toEqual(['baseline-changed']);
    expect(
      left.after.map(({ name, destinations }) => [name, ...destinations.map(({ share }) => share)]),
    ).toEqual([
      ['reports', 100],
      ['main', 100],
    ]);
  });

  test('what is done is said, piece by piece', () => {
    expect(takeBack([HEADERS, WEIGHT, PROMOTE], (now) => now).result.done).toEqual([
      'the destinations of http[0] (reports) of VirtualService shop/api are what they were',
      'the destinations of http[1] (main) of VirtualService shop/api are what they were',
      'the route istiops-api-7 of VirtualService shop/api is there again',
      'the route istiops-api-7-2 of VirtualService shop/api is there again',
    ]);
    expect(takeBack([WEIGHT], (now) => now).result.done.at(-1)).toBe(
      'subset api-7 of DestinationRule shop/api is gone',
    );
    expect(takeBack([WEIGHT, ROLLBACK], (now) => now).result.done.at(-1)).toBe(
      'subset api-7 of DestinationRule shop/api is there again',
    );
  });

  test('nothing, where somebody has taken everything back already', () => {
    const { result } = takeBack([WEIGHT], (now) => play(now, ROLLBACK));
    expect(result).toEqual({
      virtualServices: [],
      destinationRules: [],
      done: [],
      conflicts: [],
      findings: [],
    });
  });

  test('a route of the Go istiops below a preview stands there again, and a new preview below it', () => {
    const go: Route = {
      match: [{ headers: { 'x-go': { exact: '1' } } }],
      route: [to('api-12-shop')],
    };
    const preview = (name: string): Route => ({
      name: `istiops-${name}`,
      match: [{ headers: { 'x-cid': { exact: name } } }],
      route: [to(name)],
    });
    const [before, after, now, wanted] = [
      [preview('a'), go, MAIN],
      [preview('a'), MAIN],
      [preview('a'), preview('b'), MAIN],
      [preview('a'), go, preview('b'), MAIN],
    ].map((routes) => virtualService({ http: routes }));
    if (before === undefined || after === undefined || now === undefined) throw new Error('no routes');
    const undo = undoOf([{ kind: 'VirtualService', before, after }]);
    const back = (object: VirtualService): VirtualService | undefined =>
      applyUndo({ virtualServices: [object], destinationRules: [] }, [undo]).virtualServices[0]?.after;
    expect(back(after)).toEqual(before);
    expect(back(now)).toEqual(wanted);
  });

  test('what is remembered of a route whose list stayed is remembered again, whoever asked for more since', () => {
    const byHand = named('main', (route) => ({ ...route, route: [to('v2')] }))(play(START, WEIGHT));
    const planned = plan(byHand, intentOf(ROLLBACK));
    const undo = undoOf(planned.phases.flatMap(({ writes }) => writes));
    const now = play(applied(byHand, planned), { ...WEIGHT, ...of('8'), routes: 'reports' });
    const [change] = applyUndo(now, [undo]).virtualServices;
    if (change === undefined) throw new Error('nothing taken back');
    expect([...readBaselines(change.before).byRoute.keys()]).toEqual(['http[0]']);
    expect([...readBaselines(change.after).byRoute.keys()]).toEqual(['http[0]', 'http[1]']);
  });

  test('an empty list of subsets is an empty list again', () => {
    const [rule] = START.destinationRules;
    if (rule === undefined) throw new Error('no rule');
    const empty = { ...START, destinationRules: [{ ...rule, spec: { ...rule.spec, subsets: [] } }] };
    const planned = plan(empty, intentOf(WEIGHT));
    const undo = undoOf(planned.phases.flatMap(({ writes }) => writes));
    const result = applyUndo(applied(empty, planned), [undo]);
    expect(result.destinationRules[0]?.after).toEqual(empty.destinationRules[0]);
  });
});

test.for<readonly [string, string, readonly (readonly [number, number])[]]>([
  ['', '', []],
  [
    'abc',
    'abc',
    [
      [0, 0],
      [1, 1],
      [2, 2],
    ],
  ],
  [
    'abc',
    'cab',
    [
      [0, 1],
      [1, 2],
    ],
  ],
  [
    'abcd',
    'xbyd',
    [
      [1, 1],
      [3, 3],
    ],
  ],
  ['ab', 'ba', [[1, 0]]],
  [
    'axb',
    'ab',
    [
      [0, 0],
      [2, 1],
    ],
  ],
])('what stays of %s in %s', ([old, next, pairs]) => {
  expect(alignment(old.split(''), next.split(''))).toEqual(pairs);
});

test('a large undo is packed, a small one can be read, both are the same again', () => {
  const route = (i: number): Route => ({ match: [{ uri: { prefix: `/${i}` } }], route: [to('v1')] });
  for (const [size, type] of [
    [1, 'object'],
    [300, 'string'],
  ] as const) {
    const many = snapshotOf(
      [virtualService({ http: Array.from({ length: size }, (_, i) => route(i)) })],
      START.destinationRules,
    );
    const undo = undoOf(plan(many, intentOf(HEADERS)).phases.flatMap(({ writes }) => writes));
    const text = JSON.stringify(packed(undo));
    expect(typeof JSON.parse(text)).toBe(type);
    expect(text.length).toBeLessThan(JSON.stringify(undo).length + 1);
    expect(unpacked(JSON.parse(text)).value).toEqual(undo);
  }
});
