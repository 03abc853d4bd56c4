/** What the planner makes of any routes is what was asked for: the guard refuses none of it. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TrafficError } from '../../src/base/errors.ts';
import { play } from '../support/plane.ts';
import { snapshot, step } from './worlds.ts';

it('whatever is asked for in whatever order, of whatever routes', () => {
  let done = 0;
  fc.assert(
    fc.property(snapshot, fc.array(step, { minLength: 1, maxLength: 6 }), (before, steps) => {
      let current = before;
      for (const words of steps) {
        try {
          current = play(current, words);
          done += 1;
        } catch (thrown) {
          // What can't be planned is refused by the planner itself.
          if (!(thrown instanceof TrafficError)) throw thrown;
        }
      }
    }),
    { numRuns: 1000 },
  );
  expect(done).toBeGreaterThan(1400);
});
