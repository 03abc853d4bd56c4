import { describe, expect, it } from 'vitest';
import { watch } from '../../src/doors/watch.ts';
import { failed, type Outcome } from '../../src/report/types.ts';

const FINE: Outcome = { ...failed({ reason: 'internal', message: '' }), failure: null };
const DOWN = failed({ reason: 'unreachable', message: 'no answer' });

/** Watches what is seen in order, and stops when nothing is left to see. */
async function watched(
  seen: readonly Outcome[],
): Promise<{ readonly drawn: readonly Outcome[]; readonly last: Outcome; readonly slept: number }> {
  const stop = new AbortController();
  const drawn: Outcome[] = [];
  let slept = 0;
  const last = await watch({
    clock: {
      now: () => new Date(slept),
      sleep: (milliseconds) => {
        slept += milliseconds;
        if (drawn.length === seen.length) stop.abort();
        return Promise.resolve();
      },
    },
    signal: stop.signal,
    look: () => Promise.resolve(seen[drawn.length] ?? FINE),
    draw: (outcome) => drawn.push(outcome),
  });
  return { drawn, last, slept };
}

describe('watch', () => {
  it('draws every two seconds until it is stopped, which is no failure', async () => {
    const { drawn, last, slept } = await watched([FINE, FINE, FINE]);
    expect([drawn.length, slept, last.failure]).toEqual([3, 6_000, null]);
  });

  it('goes on after a failure between two looks', async () => {
    const { drawn, last } = await watched([FINE, DOWN, FINE]);
    expect(drawn).toEqual([FINE, DOWN, FINE]);
    expect(last.failure).toBeNull();
  });

  it('ends with a first look that fails', async () => {
    const { drawn, last } = await watched([DOWN, FINE]);
    expect([drawn.length, last.failure?.reason]).toEqual([1, 'unreachable']);
  });
});
