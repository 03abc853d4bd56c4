import { describe, expect, test } from 'vitest';
import { TrafficError } from '../../../src/base/errors.ts';
import { durationText, stepsText, timeOf, type CanaryIntent } from '../../../src/operations/canary/intent.ts';
import { parseWords } from '../../../src/operations/parse-words.ts';
import type { Words } from '../../../src/intent/types.ts';

const BASE = {
  operation: 'canary',
  'label-selector': 'app=api',
  'pod-selector': 'app=api,build=10',
  steps: '10%:5m, 100%:10m',
};

function intentOf(words: Words = {}): CanaryIntent {
  const { intent } = parseWords({ ...BASE, ...words }).request;
  if (intent.operation !== 'canary') throw new Error(intent.operation);
  return intent;
}

function refusalOf(words: Words): string {
  try {
    parseWords({ ...BASE, ...words });
    return 'accepted';
  } catch (thrown) {
    if (!(thrown instanceof TrafficError)) throw thrown;
    return [...thrown.message.matchAll(/^ {2}problem: {2}(.*(?:\n {12}.*)*)$/gm)]
      .map(([, all]) => all)
      .join();
  }
}

test('what is not said is the usual', () => {
  expect(intentOf()).toMatchObject({
    stages: [
      { weight: 10, length: 300_000, interval: 15_000 },
      { weight: 100, length: 600_000, interval: 15_000 },
    ],
    gates: [],
    finish: 'promote',
    onUnclear: 'continue',
    notice: 0.05,
    stage: 0,
  });
  expect(intentOf({ metrics: 'https://prometheus.example.com' }).gates).toEqual([
    { kind: 'errors', text: 'errors' },
  ]);
});

describe('interval', () => {
  test('is how often a stage is looked at, four times at least', () => {
    const intervals = (words: Words): readonly number[] => intentOf(words).stages.map((one) => one.interval);
    expect(intervals({ interval: '1m' })).toEqual([60_000, 60_000]);
    expect(intervals({ interval: '5m' })).toEqual([75_000, 150_000]);
    expect(intervals({ steps: '100%:8s' })).toEqual([2_000]);
  });

  test('is how long a stage without a time lasts', () => {
    expect(intentOf({ steps: '10, 100%:10m', interval: '5m' }).stages).toEqual([
      { weight: 10, length: 300_000, interval: 15_000 },
      { weight: 100, length: 600_000, interval: 150_000 },
    ]);
  });

  test('a stage without a time needs it', () => {
    expect(refusalOf({ steps: '10%:5m, 100' })).toBe(
      'stage 2 has no time: write 100%:5m, or set `interval`, the time of every stage that has none',
    );
  });
});

test.for<[Words, string]>([
  [
    { steps: '10%:5m' },
    'the last stage has 10 %, and the build is promoted after it: end with a stage of 100%, or set `finish: keep` to stay at 10 %',
  ],
  [{ gates: 'errors' }, 'the gate "errors" can\'t be judged without it'],
  [{ 'metrics-headers': 'authorization: Bearer x' }, "`metrics-headers` can't do without it"],
  [
    { metrics: 'monitoring/prometheus:9090', 'metrics-headers': 'authorization: Bearer secret' },
    "they don't reach a Service through the API server, which keeps authorization for itself: give `metrics` the https:// address of Prometheus",
  ],
  [
    { manifests: 'deploy' },
    'a canary watches what its requests get, and files get none: make each stage a commit with the operation weight, as docs/canary.md shows for GitOps repositories',
  ],
  [{ notice: '0%' }, 'it is not above 0 and at most 100'],
  [{ interval: '500ms' }, 'it is shorter than a second'],
  [{ finish: 'stop' }, 'it is neither promote nor keep'],
  [{ 'on-unclear': 'wait' }, 'it is neither continue nor rollback'],
])('%j is refused', ([words, problem]) => {
  expect(refusalOf(words)).toBe(problem);
});

test.for<Words>([
  { steps: '10%:5m', finish: 'keep' },
  { gates: 'https://hooks.example.com/go' },
  { metrics: 'monitoring/prometheus:9090', gates: 'errors < 2%\nslower than 400ms' },
])('%j is accepted', (words) => {
  expect(refusalOf(words)).toBe('accepted');
});

test('steps as text are the same however they were written', () => {
  const text = (steps: string): string => stepsText(intentOf({ steps }).stages);
  expect(text('10:300s\n100 %:600s')).toBe('10%:5m, 100%:10m');
  expect(text('10%:5m, 100%:10m')).toBe('10%:5m, 100%:10m');
});

test('time and its text', () => {
  expect(timeOf(intentOf())).toBe(900_000);
  expect(timeOf({ ...intentOf(), stage: 1 })).toBe(600_000);
  expect([0, 1, 90_000, 5_400_000, 3_600_001].map(durationText)).toEqual([
    '0s',
    '1ms',
    '1m30s',
    '1h30m',
    '1h1ms',
  ]);
});
