import { describe, expect, test } from 'vitest';
import type { DestinationRule, Labels, Route } from '../../src/istio/types.ts';
import { subsetNames } from '../../src/plan/names.ts';
import {
  isTarget,
  ownSubsets,
  referencedSubsets,
  SUBSETS,
  targetSubset,
  withoutSubsets,
  withSubsetOf,
} from '../../src/plan/subsets.ts';
import { destinationRule, snapshotOf, virtualService } from '../support/plane.ts';

const HOST = 'api.shop.svc.cluster.local';
const LABELS = { app: 'api', build: '10' };

function owned(subsets: Record<string, Labels>, own?: string): DestinationRule {
  const rule = destinationRule(subsets);
  return own === undefined ? rule : annotated(rule, { [SUBSETS]: own });
}

function annotated(rule: DestinationRule, annotations: Labels): DestinationRule {
  return { ...rule, metadata: { ...rule.metadata, annotations } };
}

describe('the subset of a build', () => {
  const [plain, hashed] = subsetNames(LABELS);
  const other = (subsets: Record<string, Labels>, host = HOST): DestinationRule => {
    const rule = destinationRule(subsets);
    return { ...rule, metadata: { name: 'other', namespace: 'web' }, spec: { ...rule.spec, host } };
  };
  const find = (rule: DestinationRule, ...others: DestinationRule[]) =>
    targetSubset(snapshotOf([], [rule, ...others]), rule, { host: HOST }, LABELS);

  test.for<[string, rules: [DestinationRule, ...DestinationRule[]], name: string, exists: boolean]>([
    ['is there', [owned({ [plain]: LABELS })], plain, true],
    ['is there by another name', [owned({ v9: LABELS })], 'v9', true],
    ['is not there', [owned({ v1: { app: 'api' } })], plain, false],
    ['is not there, and others have its name', [owned({ [plain]: { app: 'web' } })], hashed, false],
    ['is not that of fewer labels', [owned({ v1: { app: 'api' }, v2: { ...LABELS, x: 'y' } })], plain, false],
    ['is there, in another rule as well', [owned({ v9: LABELS }), other({ v9: LABELS })], 'v9', true],
    ['is not that of another host', [owned({}), other({ [plain]: { app: 'web' } }, 'api')], plain, false],
    ['is not there, and other rules have others', [owned({}), other({ v1: { app: 'web' } })], plain, false],
  ])('%s', ([, rules, name, exists]) => {
    expect(find(...rules)).toMatchObject({ name, exists, labels: LABELS, destinationRule: rules[0] });
  });

  test.for<[labels: Labels, words: string]>([
    [{ app: 'web' }, 'app=web'],
    [{}, 'none'],
  ])('is a conflict where another rule gives the name %j', ([labels, words]) => {
    expect(() => find(owned({}), other({ [plain]: labels }))).toThrow(
      `DestinationRule web/other, also for the host ${HOST}, has a subset ${plain} of other labels (${words}): the same name`,
    );
  });
});

test.for<[annotation: string | undefined, names: string[]]>([
  [undefined, []],
  ['', []],
  ['a', ['a']],
  [' a , b,,', ['a', 'b']],
])('our subsets by the annotation %j', ([annotation, names]) => {
  expect(ownSubsets(owned({}, annotation))).toEqual(names);
});

describe('a subset made by istiops', () => {
  test('is added, and remembered', () => {
    const added = withSubsetOf(owned({ v1: {} }, 'old'), { name: 'new', labels: LABELS });
    expect(added).toEqual(owned({ v1: {}, new: LABELS }, 'old,new'));
  });

  test('that is there already is not', () => {
    const rule = owned({ v1: {}, new: {} });
    expect(withSubsetOf(rule, { name: 'new', labels: LABELS })).toBe(rule);
  });

  test.for<[string, before: DestinationRule, after: DestinationRule | null]>([
    ['goes', owned({ v1: {}, a: {}, b: {} }, 'a,b'), owned({ v1: {}, b: {} }, 'b')],
    ['goes, and the list and the annotation with the last', owned({ a: {} }, 'a'), owned({})],
    ['stays where somebody else made it', owned({ v1: {}, a: {} }, 'b'), null],
    ['stays where nobody says who made it', owned({ a: {} }), null],
    ['is forgotten where somebody else took it', owned({ v1: {} }, 'a'), owned({ v1: {} })],
  ])('%s', ([, before, after]) => {
    const result = withoutSubsets(before, new Set(['a']));
    if (after === null) expect(result).toBe(before);
    else expect(result).toEqual(after);
  });

  test('goes without what others have noted', () => {
    const rule = annotated(owned({ a: {}, v1: {} }), { [SUBSETS]: 'a', note: 'b' });
    expect(withoutSubsets(rule, new Set(['a']))).toEqual(annotated(owned({ v1: {} }), { note: 'b' }));
  });
});

test.for<[Route, string[]]>([
  [
    {
      route: [
        { destination: { host: 'api', subset: 'a' } },
        { destination: { host: 'b.io', subset: 'b' }, weight: 0 },
      ],
    },
    [`${HOST}|a`, 'b.io|b'],
  ],
  [{ route: [{ destination: { host: 'api' } }], mirror: { host: 'api', subset: 'c' } }, [`${HOST}|c`]],
  [{ redirect: {} }, []],
])('what a route refers to: %j', ([route, keys]) => {
  for (const kind of ['http', 'tls', 'tcp']) {
    expect([...referencedSubsets([virtualService({ [kind]: [route] })])]).toEqual(keys);
  }
});

test('a destination is the target by its name, its host and its port', () => {
  const target = { name: 'a', service: { host: HOST, port: 80 } };
  const is = (host: string, subset: string, port?: number): boolean =>
    isTarget({ host, subset, ...(port !== undefined && { port: { number: port } }) }, 'shop', target);
  expect([is('api', 'a'), is(HOST, 'a', 80)]).toEqual([true, true]);
  expect([is('api', 'b'), is('web', 'a'), is('api', 'a', 81)]).toEqual([false, false, false]);
});
