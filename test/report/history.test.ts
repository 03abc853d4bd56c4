import { expect, test } from 'vitest';
import type { HistoryView } from '../../src/plan/types.ts';
import { jsonOf } from '../../src/report/json.ts';
import { outputsOf } from '../../src/report/outputs.ts';
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
