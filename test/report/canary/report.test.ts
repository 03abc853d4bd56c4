import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { headlineOf } from '../../../src/report/headline.ts';
import { junitOf } from '../../../src/report/junit.ts';
import { jsonOf } from '../../../src/report/json.ts';
import { outputsOf, OUTPUT_LIMITS } from '../../../src/report/outputs.ts';
import { clockText, progressLine } from '../../../src/report/canary/lines.ts';
import { timeLine } from '../../../src/report/canary/numbers.ts';
import { totalOf, withPoint } from '../../../src/report/canary/points.ts';
import type { CanaryPoint, StageReport } from '../../../src/report/canary/types.ts';
import { pretty } from '../../../src/report/terminal.ts';
import { summaryOf } from '../../../src/report/summary.ts';
import { CANARY, canaryCluster } from '../../support/canary.ts';

const SCHEMA = new URL('../../../schema/outcome.schema.json', import.meta.url);
const validate = new Ajv2020({ strict: false }).compile(JSON.parse(readFileSync(SCHEMA, 'utf8')) as object);

test.for([
  ['good', { rate: 400 }, {}],
  ['unclear', { rate: 1 }, {}],
  ['bad', { failures: 0.2 }, {}],
  ['kept', { rate: 400 }, { steps: '20%:1m', finish: 'keep' }],
  ['dry run', {}, { 'dry-run': 'true' }],
] as const)('how every report tells of a canary: %s', async ([name, options, words]) => {
  const outcome = await canaryCluster(options).run({ ...CANARY, ...words });
  const { stages = [], ...canary } = jsonOf(outcome).canary ?? {};
  const sections = {
    headline: headlineOf(outcome),
    terminal: pretty(outcome, { colour: false }),
    summary: summaryOf(outcome),
    JUnit: junitOf(outcome),
    // A line for each stage, whose points are many.
    JSON: [canary, ...stages].map((part) => JSON.stringify(part)).join('\n'),
  };
  const text = Object.entries(sections).map(([title, part]) => `━━ ${title}\n${part.trimEnd()}\n`);
  await expect(text.join('\n')).toMatchFileSnapshot(`snapshots/${name.replace(' ', '-')}.txt`);
  expect(validate(JSON.parse(JSON.stringify(jsonOf(outcome)))) || validate.errors).toBe(true);
});

const point = (at: number, requests: number): CanaryPoint => ({
  at,
  build: { requests, failed: 1 },
  stable: { requests: 9 * requests, failed: 0 },
});

test('5,000 looks are few points with the same sum', () => {
  const points = Array.from({ length: 5_000 }, (_, i) => point((i + 1) * 1_000, 2)).reduce<
    readonly CanaryPoint[]
  >(withPoint, []);
  expect(points.length).toBeLessThanOrEqual(40);
  expect(points.at(-1)?.at).toBe(5_000_000);
  expect(totalOf(points.map(({ build }) => build))).toEqual({ requests: 10_000, failed: 5_000 });
});

test('stages stand one after the other on the time line', () => {
  const stage = (points: readonly CanaryPoint[], watched: number): StageReport => ({
    weight: 10,
    length: watched,
    state: 'over',
    watched,
    looks: points.length,
    verdict: null,
    points,
  });
  const line = timeLine(
    [stage([point(10, 1), point(20, 2)], 20), stage([point(10, 3), point(20, 4)], 20)],
    2,
  );
  expect(line.map(({ at, build }) => [at, build.requests])).toEqual([
    [20, 3],
    [40, 7],
  ]);
});

test('times and the bar of a stage', () => {
  expect([0, 30_000, 3_599_000, 3_900_000].map(clockText)).toEqual(['0:00', '0:30', '59:59', '1:05:00']);
  const stage: StageReport = {
    weight: 10,
    length: 300_000,
    state: 'cut-short',
    watched: 120_000,
    looks: 1,
    verdict: null,
    points: [],
  };
  expect(progressLine(stage, 0, 3)).toBe('stage 1 of 3, 10 %  ████████░░░░░░░░░░░░  3:00 left');
});

test('what gates say is left out of the output where it would be too long', async () => {
  const outcome = await canaryCluster().run(CANARY);
  const { canary } = outcome;
  if (canary === undefined) throw new Error('no canary');
  const words = 'x'.repeat(OUTPUT_LIMITS.canary);
  const stages = canary.stages.map((stage) => ({
    ...stage,
    verdict: {
      kind: 'good' as const,
      gates: [{ gate: 'errors', kind: 'good' as const, words, numbers: {} }],
    },
  }));
  const text = outputsOf({ ...outcome, canary: { ...canary, stages } }).canary;
  expect(text.length).toBeLessThan(OUTPUT_LIMITS.canary);
  expect(JSON.parse(text)).toMatchObject({ end: 'promoted', stages: [{ weight: 10 }, {}, {}] });
});
