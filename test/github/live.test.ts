import { describe, expect, test } from 'vitest';
import { TrafficError } from '../../src/base/errors.ts';
import { isRefused } from '../../src/github/faults.ts';
import { liveTelling, type LiveStage } from '../../src/github/live.ts';
import { outcome } from '../support/outcomes.ts';

const seen = (stage: number, words = ''): LiveStage => ({ outcome: outcome({}), stage, words });

/** Sinks whose calls end when the test says so. */
function slowSinks(fault?: Error) {
  const calls: string[] = [];
  const waiting: (() => void)[] = [];
  const sink =
    (name: string) =>
    async ({ stage, words }: LiveStage): Promise<void> => {
      calls.push(`${name} ${stage} ${words}`.trim());
      await new Promise<void>((resolve) => waiting.push(resolve));
      if (fault !== undefined) throw fault;
    };
  return {
    calls,
    sinks: { comment: sink('comment'), deployment: sink('deployment'), isRefused },
    answer: async () => {
      for (const one of waiting.splice(0)) one();
      await new Promise(setImmediate);
    },
  };
}

describe('a canary that goes on', () => {
  test('is told every 30 seconds at most, and each stage once', async () => {
    const { calls, sinks, answer } = slowSinks();
    let now = 0;
    const { tell } = liveTelling({ now: () => new Date(now) }, sinks);
    const looks: number[] = [];
    for (; now < 120_000; now += 1_000) {
      tell(seen(now < 60_000 ? 1 : 2, `${now / 1000}`));
      await answer();
      if (calls.some((call) => call.startsWith('comment') && call.endsWith(` ${now / 1000}`)))
        looks.push(now / 1000);
    }
    expect(looks).toEqual([0, 30, 60, 90]);
    expect(calls.filter((call) => call.startsWith('deployment'))).toEqual([
      'deployment 1 0',
      'deployment 2 60',
    ]);
  });

  test('does not wait for GitHub, and has one call at a time', async () => {
    const { calls, sinks, answer } = slowSinks();
    let now = 0;
    const { tell, stop } = liveTelling({ now: () => new Date(now) }, sinks);
    for (; now < 120_000; now += 1_000) tell(seen(1));
    expect(calls).toEqual(['comment 1', 'deployment 1']);
    let isStopped = false;
    const stopped = stop().then(() => {
      isStopped = true;
    });
    await new Promise(setImmediate);
    expect(isStopped).toBe(false);
    await answer();
    await stopped;
    now += 60_000;
    tell(seen(2));
    expect(calls).toHaveLength(2);
  });

  test.for([
    ['forbidden', 2],
    ['unreachable', 8],
  ] as const)('after a fault that is %s there are %d calls', async ([reason, expected]) => {
    const { calls, sinks, answer } = slowSinks(new TrafficError(reason, 'no'));
    let now = 0;
    const { tell, stop } = liveTelling({ now: () => new Date(now) }, sinks);
    for (let stage = 1; stage <= 4; stage += 1, now += 30_000) {
      tell(seen(stage));
      await answer();
    }
    await stop();
    expect(calls).toHaveLength(expected);
  });
});
