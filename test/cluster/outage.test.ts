/** The API server goes away in the middle of a change and doesn't come back before the tool gives up. */
import { beforeAll, describe, expect, test } from 'vitest';
import { sameJson } from '../../src/base/json.ts';
import { byLibrary, type Chain, type Step } from './support/chain.ts';
import { LASTING_FAULTS, type Fault } from './support/faults.ts';
import { goRound, isWrite, lanes, placesOf, wrongWords } from './support/lanes.ts';
import { sharedPlane, type Plane } from './support/plane.ts';
import { isWhole } from './support/whole.ts';

let plane: Plane;

beforeAll(async () => {
  plane = await sharedPlane();
});

interface Case {
  readonly at: number;
  readonly fault: Fault;
}

/** Where something is only read or rehearsed, an answer that doesn't come is as good as a request that doesn't. */
function casesOf(step: Step): readonly Case[] {
  return placesOf(step).flatMap((at): readonly Case[] =>
    isWrite(step.requests[at])
      ? LASTING_FAULTS.map((fault) => ({ at, fault }))
      : [{ at, fault: 'gone before it' }],
  );
}

async function check(chain: Chain, step: Step, one: Case): Promise<readonly string[]> {
  const { at, fault } = one;
  chain.proxy.begin(at, fault);
  const { changed, failure } = await byLibrary(chain.place, step, { impatient: true });
  const state = await chain.state();
  await chain.proxy.revive();
  const next = await byLibrary(chain.direct, step);
  const words = failure?.message ?? '';
  const isAsBefore = sameJson(state, step.before);
  return wrongWords(step, one, `server ${fault}`, {
    'it did not fail': failure === null,
    [`it left something else: ${JSON.stringify(state)}`]: !isWhole(state, step),
    // Where no answer came it can't know; then it says so, rather than that all is as it was.
    [`it said that it changed something: ${words}`]: changed && isAsBefore && !words.includes('perhaps'),
    [`it said that nothing is changed: ${words}`]: !isAsBefore && (!changed || words.includes('Nothing was')),
    [`the next run failed: ${next.failure?.message ?? ''}`]: next.failure !== null,
    [`the next run left something: ${JSON.stringify(await chain.state())}`]: !sameJson(
      await chain.state(),
      step.after,
    ),
  });
}

describe.concurrent('each write', () => {
  test.for(lanes)('$name, share $lane', { timeout: 600_000 }, async (lane) => {
    const { cases, wrong } = await goRound(plane, lane, { casesOf, check });
    expect(wrong).toEqual([]);
    expect(cases).toBeGreaterThan(0);
  });
});
