import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  begin,
  isBad,
  observe,
  verdictOf,
  type Counts,
  type JudgeState,
  type Tick,
} from '../../src/gates/index.ts';
import { podsVerdict } from '../../src/gates/pods.ts';
import {
  countsOf,
  EVEN,
  failing,
  gateOf,
  judge,
  optionsOf,
  pod,
  PODS,
  stageOf,
  tickOf,
} from '../support/judging.ts';

function after(state: JudgeState, ...ticks: readonly (Counts | Tick)[]): JudgeState {
  return ticks.reduce((now, tick) => observe(now, 'pods' in tick ? tick : tickOf(tick)), state);
}

describe('pods', () => {
  const start = { build: [pod('b1'), pod('b2', { restarts: 4, troubles: ['OOMKilled'] })], stable: [] };
  test.for([
    ['as they were', start.build, 'good', '2 pods ready'],
    ['one restarted', [pod('b1', { restarts: 1 }), pod('b2', { restarts: 4 })], 'bad', 'b1 restarted once'],
    [
      'a new one restarted',
      [pod('b1'), pod('b2'), pod('b3', { restarts: 2 })],
      'bad',
      'b3 restarted 2 times',
    ],
    [
      'killed again',
      [pod('b1'), pod('b2', { restarts: 5, troubles: ['OOMKilled'] })],
      'bad',
      'b2 is in OOMKilled',
    ],
    [
      'killed long ago',
      [pod('b1'), pod('b2', { restarts: 4, troubles: ['OOMKilled'] })],
      'good',
      '2 pods ready',
    ],
    [
      'no image',
      [pod('b1'), pod('b2'), pod('b3', { ready: false, troubles: ['ImagePullBackOff'] })],
      'bad',
      'b3 is in ImagePullBackOff',
    ],
    [
      'crashing since before',
      [pod('b1', { troubles: ['CrashLoopBackOff'] }), pod('b2')],
      'bad',
      'CrashLoopBackOff',
    ],
    ['an error that is over', [pod('b1', { troubles: ['Error'] }), pod('b2')], 'good', '2 pods ready'],
    [
      'one not ready',
      [pod('b1'), pod('b2', { ready: false, restarts: 4 })],
      'bad',
      '1 pod of the build ready, and 2 when the stage began',
    ],
    [
      'one more',
      [pod('b1'), pod('b2', { restarts: 4 }), pod('b3', { ready: false })],
      'good',
      '2 pods ready',
    ],
    ['none left', [], 'bad', 'no pod of the build is left'],
  ] as const)('%s', ([, build, kind, words]) => {
    expect(podsVerdict(start, { build, stable: [] })).toMatchObject({
      kind,
      words: expect.stringContaining(words) as unknown,
    });
  });

  test('what was bad once stays bad', () => {
    const bad = tickOf(undefined, { pods: { ...PODS, build: [] } });
    const state = after(
      begin(stageOf(10), optionsOf('errors', { hasMetrics: false })),
      bad,
      tickOf(undefined),
    );
    expect(verdictOf(state).kind).toBe('bad');
    expect(gateOf(state, 'pods').words).toBe('no pod of the build is left');
  });
});

describe('do the requests arrive', () => {
  const start = begin(stageOf(10), optionsOf('errors'));
  const words = (...ticks: readonly Counts[]) => gateOf(after(start, ...ticks), 'requests arrive');

  test('nothing arrives', () => {
    const none = Array.from({ length: 12 }, () => countsOf([0, 0], [100, 0]));
    expect(words(...none)).toMatchObject({
      kind: 'bad',
      words: expect.stringMatching(/^asked 10 %, arrived 0 of 1,200: they do not arrive\./) as unknown,
    });
  });

  test('the first scrape of the build may come after that of the stable one', () => {
    expect(words(countsOf([0, 0], [2000, 0])).kind).toBe('unclear');
    expect(words(countsOf([0, 0], [2000, 0]), countsOf([220, 0], [2000, 0])).kind).toBe('unclear');
  });

  test.for([
    ['what was asked for', [10, 90], 'good', 'asked 10 %, arrived 200 of 2,000 (10 %)'],
    ['a part of it', [7, 93], 'good', 'does not come by the routes that were shifted'],
    ['a small part', [2, 98], 'unclear', 'does not come by the routes that were shifted'],
    ['far too little', [1, 999], 'bad', 'they do not arrive'],
    ['more', [40, 60], 'good', 'others send to the build, too'],
  ] as const)('%s', ([, [build, stable], kind, text]) => {
    const ticks = Array.from({ length: 20 }, () => countsOf([build, 0], [stable, 0]));
    expect(words(...ticks)).toMatchObject({ kind, words: expect.stringContaining(text) as unknown });
  });

  test('a few requests tell nothing', () => {
    expect(words(countsOf([0, 0], [9, 0]))).toMatchObject({ kind: 'unclear' });
    expect(words()).toMatchObject({ kind: 'unclear', words: 'asked 10 %, arrived 0 of 0: too few to tell' });
  });

  test('at 100 %, the stable build gets nothing, and 0 % asks for nothing', () => {
    const all = after(begin(stageOf(100), optionsOf('errors')), countsOf([200, 0], [0, 0]));
    expect(gateOf(all, 'requests arrive').kind).toBe('good');
    const none = after(begin(stageOf(0), optionsOf('errors')), countsOf([0, 0], [2000, 0]));
    expect(gateOf(none, 'requests arrive').kind).toBe('idle');
  });
});

describe('not worse than the stable build', () => {
  const run = (gates: string, ...ticks: readonly (Counts | Tick)[]) =>
    gateOf(after(begin(stageOf(10), optionsOf(gates)), ...ticks), gates);

  test('failures of the build alone', () => {
    const tick = countsOf([30, 4], [270, 1]);
    expect(run('errors', tick, tick, tick)).toMatchObject({
      kind: 'bad',
      words: expect.stringMatching(
        /^90 requests, 12 failed \(13 %\), stable 0\.37 %: worse, 1 in [\d,]+ that this is chance$/,
      ) as unknown,
      numbers: { requests: 90, failed: 12, stableRequests: 810, stableFailed: 3 },
    });
  });

  test('one bad moment is not enough', () => {
    expect(run('errors', countsOf([30, 20], [270, 1]), countsOf([30, 0], [270, 1])).kind).not.toBe('bad');
  });

  test('an outage that hits both says nothing', () => {
    const tick = countsOf([30, 27], [270, 243]);
    expect(run('errors', ...Array.from({ length: 40 }, () => tick)).kind).not.toBe('bad');
  });

  test('an outage that the build shows one scrape earlier says nothing', () => {
    const quiet = Array.from({ length: 10 }, () => countsOf([300, 1], [2700, 13]));
    const both = Array.from({ length: 10 }, () => countsOf([300, 270], [2700, 2430]));
    const outage = [countsOf([300, 270], [2700, 13]), ...both, countsOf([300, 1], [2700, 2430])];
    let state = begin(stageOf(10), optionsOf('errors'));
    for (const tick of [...quiet, ...outage, ...quiet]) {
      state = after(state, tick);
      expect(gateOf(state, 'errors').words).not.toContain('worse');
    }
  });

  test('without failures, what would have been noticed is said', () => {
    const verdict = run('errors', ...Array.from({ length: 14 }, () => countsOf([30, 0], [270, 1])));
    expect(verdict).toMatchObject({
      kind: 'good',
      words: expect.stringMatching(
        /^420 requests, 0 failed, stable 0\.37 %: [\d.]+ % failures would have been noticed$/,
      ) as unknown,
    });
    expect(run('errors', countsOf([30, 0], [270, 1]), countsOf([30, 0], [270, 1])).kind).toBe('unclear');
    expect(run('errors', countsOf([1, 0], [9, 0]))).toMatchObject({
      words: '1 request, 0 failed, stable 0 %: too few to notice anything',
    });
  });

  test('at 100 % there is nothing to compare with, and it has no part in the verdict', () => {
    const state = after(
      begin(stageOf(100), optionsOf('errors')),
      countsOf([300, 200], [0, 0]),
      countsOf([300, 200], [0, 0]),
    );
    expect(gateOf(state, 'errors')).toMatchObject({
      kind: 'idle',
      words: expect.stringContaining('nothing to compare with') as unknown,
    });
    expect(verdictOf(state).kind).toBe('good');
  });

  test('slow answers, by the bound of their bucket', () => {
    const slow = {
      asked: 400,
      bound: 500,
      build: { requests: 30, slow: 9 },
      stable: { requests: 270, slow: 3 },
    };
    const tick = { ...countsOf([30, 0], [270, 0]), slow: [slow] };
    expect(run('slower than 400ms', tick, tick, tick)).toMatchObject({
      kind: 'bad',
      words: expect.stringContaining('27 slower than 500 ms') as unknown,
    });
  });

  test('numbers that are missing make it unclear, whatever was known before', () => {
    const ticks = Array.from({ length: 14 }, () => countsOf([30, 0], [270, 1]));
    expect(
      run('errors', ...ticks, tickOf(undefined, { counts: { unread: 'the connection was refused' } })),
    ).toMatchObject({
      kind: 'unclear',
      words: expect.stringContaining('the last numbers are missing: the connection was refused') as unknown,
    });
  });

  test('the evidence goes on in the next stage, the numbers begin anew', () => {
    const first = after(begin(stageOf(10, { stages: 2 }), optionsOf('errors')), countsOf([30, 2], [270, 1]));
    const second = begin(stageOf(20, { index: 1, stages: 2 }), optionsOf('errors'), first);
    expect(gateOf(second, 'errors').numbers).toMatchObject({ requests: 0 });
    const later = after(second, ...Array.from({ length: 6 }, () => countsOf([60, 4], [240, 1])));
    expect(gateOf(later, 'errors')).toMatchObject({ kind: 'bad', numbers: { requests: 360, failed: 24 } });
    const alone = after(
      begin(stageOf(20, { index: 1, stages: 2 }), optionsOf('errors')),
      ...Array.from({ length: 6 }, () => countsOf([60, 4], [240, 1])),
    );
    const evidenceOf = (state: JudgeState) => gateOf(state, 'errors').numbers.evidence ?? 0;
    expect(evidenceOf(later)).toBeGreaterThan(evidenceOf(alone));
  });
});

describe('an absolute line', () => {
  const run = (gates: string, ...ticks: readonly Counts[]) =>
    gateOf(after(begin(stageOf(10), optionsOf(gates)), ...ticks), gates);

  test('the share itself is not enough', () => {
    expect(run('errors < 2%', countsOf([30, 1], [270, 0])).kind).toBe('unclear');
  });

  test('nor are many failures of one moment, which may have one cause', () => {
    expect(run('errors < 2%', countsOf([300, 24], [0, 0])).kind).toBe('unclear');
  });

  test('beyond the line, tick after tick', () => {
    expect(run('errors < 2%', ...Array.from({ length: 5 }, () => countsOf([60, 5], [0, 0])))).toMatchObject({
      kind: 'bad',
      words: expect.stringMatching(
        /^300 requests, 25 failed \(8\.3 %\): beyond 2 %, 1 in [\d,]+ that this is chance$/,
      ) as unknown,
    });
  });

  test('far below the line', () => {
    const ticks = Array.from({ length: 10 }, () => countsOf([100, 0], [0, 0]));
    expect(run('errors < 2%', ...ticks)).toMatchObject({ kind: 'good' });
  });

  test('a quantile of the times', () => {
    const slow = {
      asked: 500,
      bound: 500,
      build: { requests: 1000, slow: 40 },
      stable: { requests: 1, slow: 0 },
    };
    const tick = { ...countsOf([1000, 0], [0, 0]), slow: [slow] };
    expect(run('p99 < 500ms', ...Array.from({ length: 6 }, () => tick))).toMatchObject({
      kind: 'bad',
      words: expect.stringContaining('beyond 1 %') as unknown,
    });
  });
});

describe('queries and web hooks', () => {
  const gates = 'queue: max(q) < 100\nhttps://gate.test/go';
  const [query, hook] = ['queue: max(q) < 100', 'https://gate.test/go'];
  const start = begin(stageOf(10), optionsOf(gates, { hasMetrics: false }));
  const mute = { kind: 'none', why: 'the query gives no series', isMute: true, isRefused: false } as const;
  const gone = { kind: 'none', why: 'gone', isMute: false, isRefused: false } as const;
  const withQuery = (reading: Tick['queries'][string]) =>
    tickOf(undefined, { queries: { [query]: reading } });

  test.for([
    ['below', [{ kind: 'value', value: 99 }], 'good', 'queue: 99 (< 100)'],
    ['at the limit', [{ kind: 'value', value: 100 }], 'bad', 'queue: 100, and it must be < 100'],
    ['infinitely many', [{ kind: 'value', value: Infinity }], 'bad', 'queue: Infinity'],
    ['not a number yet', [mute, mute], 'unclear', 'no series'],
    [
      'not a number three times in a row',
      [mute, mute, mute],
      'bad',
      "no number 3 times in a row, so this gate can't guard anything",
    ],
    ['a number in between', [mute, mute, { kind: 'value', value: 1 }, mute], 'unclear', 'no series'],
    ['Prometheus is gone', [gone, gone, gone, gone], 'unclear', 'gone'],
  ] as const)('%s', ([, readings, kind, words]) => {
    expect(gateOf(after(start, ...readings.map(withQuery)), query)).toMatchObject({
      kind,
      words: expect.stringContaining(words) as unknown,
    });
  });

  test.for([
    [{ kind: 'answer', status: 204, body: '' }, 'good', 'gate.test answered 204'],
    [
      { kind: 'answer', status: 412, body: 'no budget left\nmore' },
      'bad',
      'gate.test answered 412: no budget left',
    ],
    [{ kind: 'answer', status: 429, body: '' }, 'unclear', 'answered 429'],
    [{ kind: 'answer', status: 302, body: '' }, 'unclear', 'answered 302'],
    [{ kind: 'answer', status: 500, body: 'oops' }, 'unclear', 'answered 500: oops'],
    [
      { kind: 'none', why: 'the connection was refused' },
      'unclear',
      'gave no answer: the connection was refused',
    ],
  ] as const)('%j', ([answer, kind, words]) => {
    const state = after(start, tickOf(undefined, { hooks: { [hook]: answer } }));
    expect(gateOf(state, hook)).toMatchObject({ kind, words: expect.stringContaining(words) as unknown });
  });
});

describe('simulated', () => {
  const SEEDS = Array.from({ length: 40 }, (_, index) => index + 1);

  test('a healthy build is left alone', () => {
    const bad = SEEDS.filter(
      (seed) => judge({ ...EVEN, seed, failures: failing(0.005, 0.005) }).badAt < Infinity,
    );
    expect(bad).toEqual([]);
  });

  test.for([
    [3, 'errors', 0.005],
    [10, 'errors', 0.005],
    [10, 'errors < 2%', 0.01],
  ] as const)('so is one whose requests fail %i at a time, by %s', ([together, gates, share]) => {
    const service = { ...EVEN, together, failures: failing(share, share) };
    expect(SEEDS.filter((seed) => judge({ ...service, seed }, gates).badAt < Infinity)).toEqual([]);
  });

  test('ten times as many failures are found', () => {
    const times = SEEDS.map((seed) => judge({ ...EVEN, seed, failures: failing(0.05, 0.005) }).badAt);
    expect(times.filter((time) => time === Infinity)).toEqual([]);
    expect(times.sort((a, b) => a - b)[20]).toBeLessThanOrEqual(90);
  });
});

test('whatever is counted, evidence is a number, and the words are a sentence', () => {
  const side = fc.nat(2000).chain((requests) => fc.tuple(fc.constant(requests), fc.nat(requests)));
  const ticks = fc.array(fc.tuple(side, side), { maxLength: 12 });
  fc.assert(
    fc.property(
      ticks,
      fc.integer({ min: 0, max: 100 }),
      fc.integer({ min: 1, max: 4 }),
      (all, weight, lag) => {
        const gates = 'errors\nerrors < 2%';
        const begun = begin(stageOf(weight), optionsOf(gates, { lag }));
        const state = after(begun, ...all.map(([build, stable]) => countsOf(build, stable)));
        const { kind, gates: verdicts } = verdictOf(state);
        expect(isBad(state)).toBe(kind === 'bad');
        for (const { words, numbers } of verdicts) {
          expect(words).not.toMatch(/NaN|undefined|-/);
          for (const number of Object.values(numbers)) expect(number).not.toBeNaN();
        }
      },
    ),
  );
});
