import { describe, expect, test } from 'vitest';
import type { HeaderMatch } from '../../src/intent/types.ts';
import type { Match, Route } from '../../src/istio/types.ts';
import { isPreviewOf, placePreview, previewOf } from '../../src/plan/previews.ts';

const is = (value: string) => ({ exact: value });

describe('the match of a preview', () => {
  test.for<[base: Match[] | undefined, asked: HeaderMatch[], match: Match[] | undefined]>([
    [undefined, [{ 'x-a': is('1') }], [{ headers: { 'x-a': is('1') } }]],
    [[], [{ 'x-a': is('1') }], [{ headers: { 'x-a': is('1') } }]],
    [
      [{ uri: is('/a') }, { port: 80 }],
      [{ 'x-a': {} }, { 'x-b': {} }],
      [
        { uri: is('/a'), headers: { 'x-a': {} } },
        { uri: is('/a'), headers: { 'x-b': {} } },
        { port: 80, headers: { 'x-a': {} } },
        { port: 80, headers: { 'x-b': {} } },
      ],
    ],
    [[{ headers: { 'X-A': is('1') } }], [{ 'x-a': is('1') }], [{ headers: { 'X-A': is('1') } }]],
    [
      [{ headers: { 'X-A': is('1') } }],
      [{ 'x-a': is('1'), 'x-b': {} }],
      [{ headers: { 'X-A': is('1'), 'x-b': {} } }],
    ],
    // One contradiction is enough.
    [[{ headers: { 'x-a': is('1') } }], [{ 'x-a': is('2'), 'x-b': {} }], undefined],
    [[{ withoutHeaders: { 'x-a': {} } }], [{ 'x-b': {}, 'x-a': is('1') }], undefined],
    [
      [{ withoutHeaders: { 'x-a': is('2') } }],
      [{ 'x-a': is('1') }],
      [{ withoutHeaders: { 'x-a': is('2') }, headers: { 'x-a': is('1') } }],
    ],
  ])('%j and %j', ([base, asked, match]) => {
    const preview = previewOf({ ...(base && { match: base }) }, 'istiops-a', asked, { host: 'api' });
    expect(preview?.match).toEqual(match);
  });
});

/** `subset: headers that are asked for, alternatives by |`. */
function preview(text: string): Route {
  const [subset = '', headers = ''] = text.split(': ');
  return {
    name: `istiops-${subset}`,
    match: headers.split('|').map((name) => (name === '' ? {} : { headers: { [name]: is('1') } })),
    route: [{ destination: { host: 'api', subset } }],
  };
}

const isOurs = (route: Route): boolean => isPreviewOf(route, ({ subset }) => subset === 'ours');

describe('where a preview is put among those above a base route', () => {
  test.for<[run: string[], placed: string, left: string[], repointed?: string]>([
    [[], 'ours: a', ['ours: a']],
    [['qa: b'], 'ours: a', ['ours: a', 'qa: b']],
    [['ours: b', 'qa: b'], 'ours: a', ['ours: a', 'qa: b']],
    // There already, with nothing above that takes its requests: it stays.
    [['qa: b', 'ours: a', 'web: c'], 'ours: a', ['qa: b', 'ours: a', 'web: c']],
    [['ours: a', 'qa: b', 'ours: b'], 'ours: a', ['ours: a', 'qa: b']],
    // Hidden, by any of those above, in any of its alternatives: to the top.
    [['qa: ', 'ours: a'], 'ours: a', ['ours: a', 'qa: ']],
    [['qa: ', 'web: b', 'ours: a'], 'ours: a', ['ours: a', 'qa: ', 'web: b']],
    [['qa: b|a', 'ours: a'], 'ours: a', ['ours: a', 'qa: b|a']],
    [['qa: a', 'ours: a|b'], 'ours: a|b', ['ours: a|b', 'qa: a']],
    // Of the very same match: it sends to this build from now on.
    [['qa: a', 'web: b', 'ours: b'], 'ours: a', ['ours: a', 'web: b'], 'qa: a'],
    [['web: b', 'qa: a', 'ours: b'], 'ours: a', ['web: b', 'ours: a'], 'qa: a'],
    // And where something above takes its requests, it goes to the top all the same.
    [['web: ', 'qa: a', 'ours: b'], 'ours: a', ['ours: a', 'web: '], 'qa: a'],
  ])('%j and %s: %j', ([run, placed, left, repointed]) => {
    const result = placePreview(run.map(preview), preview(placed), isOurs);
    expect(result.run).toEqual(left.map(preview));
    expect(result.repointed).toEqual(repointed === undefined ? undefined : preview(repointed));
  });
});
