import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CANARY, canaryOf, canaryText, type CanaryState } from '../../src/plan/canary-state.ts';
import { runs } from '../support/runs.ts';

const STATE: CanaryState = {
  id: 'a1b2c3d4',
  labels: { app: 'api', build: '10' },
  subset: 'api-10',
  steps: '10%:5m, 100%:10m',
  stage: 1,
  stages: 2,
  since: '2030-01-01T00:00:00.000Z',
  until: '2030-01-01T00:20:00.000Z',
  run: 'https://github.com/shop/api/actions/runs/7',
};

const withText = (text: string): Parameters<typeof canaryOf>[0] => ({
  metadata: { name: 'api', namespace: 'shop', annotations: { [CANARY]: text } },
});

test('is read as it was written', () => {
  expect(canaryOf(withText(canaryText(STATE)))).toEqual(STATE);
  expect(canaryOf(withText(canaryText({ ...STATE, run: null })))).toEqual({ ...STATE, run: null });
});

test.for([
  ['no JSON', '{'],
  ['another version', JSON.stringify({ ...JSON.parse(canaryText(STATE)), v: 2 })],
  ['a stage beyond the last', canaryText({ ...STATE, stage: 3 })],
  ['a stage that is none', canaryText({ ...STATE, stage: 0 })],
  ['no labels', canaryText({ ...STATE, labels: {} })],
  ['labels that are none', canaryText({ ...STATE, labels: { app: 'a b' } })],
  ['a time that is none', canaryText({ ...STATE, until: 'tomorrow' })],
  ['a line break', canaryText({ ...STATE, subset: 'api\n10' })],
  ['too much text', canaryText({ ...STATE, steps: 'x'.repeat(5_000) })],
] as const)('%s is no state of a canary', ([, text]) => {
  expect(canaryOf(withText(text))).toBeUndefined();
});

test('whatever is there, nothing is thrown', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(canaryOf(withText(text))).toBeUndefined();
    }),
    runs(300),
  );
});
