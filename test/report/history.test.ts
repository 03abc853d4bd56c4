import { expect, test } from 'vitest';
import type { HistoryView } from '../../src/plan/types.ts';
import { jsonOf } from '../../src/report/json.ts';
import { outputsOf } from '../../src/report/outputs.ts';
import { summaryOf } from '../../src/report/summary.ts';
import { pretty } from '../../src/report/terminal.ts';
import { failed, type Outcome } from '../../src/report/types.ts';

const change = (number: number, more: Partial<HistoryView> = {}): HistoryView => ({
  number,
  operation: 'weight',
  isUndo: false,
  subset: 'api-10',
  podSelector: 'app=api,build=10',
  asked: '20 %',
  by: 'ada',
  time: '2030-01-01T00:00:00.000Z',
  repository: 'shop/api',
  run: 'https://github.com/shop/api/actions/runs/7',
  pullRequest: null,
  pullRequestUrl: null,
  virtualServices: ['api'],
  isThere: 'yes',
  ...more,
});

const of = (...history: readonly HistoryView[]): Outcome => ({
  ...failed({ reason: 'internal', message: '' }),
  failure: null,
  operation: 'history',
  namespace: 'shop',
  history,
});

test('a terminal shows two lines a change', () => {
  const shown = of(
    change(1),
    change(2, {
      operation: 'clear',
      isUndo: true,
      subset: null,
      podSelector: null,
      asked: null,
      isThere: 'no',
    }),
    change(3, { by: null, run: null, isThere: 'unknown', asked: '\u001b[31m' }),
  );
  expect(pretty(shown, { colour: false })).toBe(`VirtualService shop/api: 3 changes

1  weight 20 % for api-10 (app=api,build=10)
   2030-01-01 00:00 UTC  ada  https://github.com/shop/api/actions/runs/7  still there: yes
2  undo of clear
   2030-01-01 00:00 UTC  ada  https://github.com/shop/api/actions/runs/7  still there: no
3  weight \\x1b[31m for api-10 (app=api,build=10)
   2030-01-01 00:00 UTC  nobody knows by whom  still there: not known
`);
});

test('a change names the pull request that it is about, by its address where that is known', () => {
  const named = { pullRequest: 'shop/api#10', pullRequestUrl: 'https://github.com/shop/api/pull/10' };
  const shown = of(change(1, named), change(2, { ...named, run: null, pullRequestUrl: null }), change(3));
  const [first, second, third] = pretty(shown, { colour: false })
    .split('\n')
    .filter((line) => line.includes('UTC'));
  expect(first).toContain(
    '  ada  https://github.com/shop/api/pull/10  https://github.com/shop/api/actions/runs/7  ',
  );
  expect(second).toContain('  ada  shop/api#10  still');
  expect(third).not.toContain('pull');
  const [, head = '', , row = '', short = ''] = summaryOf(shown).split(/\n(?=\|)/);
  expect(head).toContain('| Still there | Pull request |');
  expect(row).toContain('| yes | https&#58;//github.com/shop/api/pull/10 |');
  expect(short).toContain('| yes | shop/api&#35;&#8203;10 |');
  expect(summaryOf(of(change(3)))).not.toContain('Pull request');
});

test('of several VirtualServices each change names its own', () => {
  const shown = of(change(1), change(2, { virtualServices: ['public'] }));
  expect(pretty(shown, { colour: false })).toContain('(app=api,build=10)  public\n');
  expect(pretty(shown, { colour: false })).toMatch(/^2 VirtualServices in namespace shop: 2 changes\n/);
});

test('JSON and the output have it whole, and only of the operation history', () => {
  const shown = of(change(1));
  expect(jsonOf(shown).history).toEqual([change(1)]);
  expect(JSON.parse(outputsOf(shown).history)).toEqual([change(1)]);
  expect(jsonOf({ ...shown, operation: 'show' })).not.toHaveProperty('history');
});
