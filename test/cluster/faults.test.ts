/** A request breaks off, is late, comes twice: each kind of request of each writing operation in turn, each fault. */
import { beforeAll, describe, expect, test } from 'vitest';
import { sameJson } from '../../src/base/json.ts';
import { byLibrary, type Chain, type Step } from './support/chain.ts';
import { istiops } from './support/doors.ts';
import { PASSING_FAULTS, type Fault } from './support/faults.ts';
import { goRound, isWrite, lanes, placesOf, wrongWords } from './support/lanes.ts';
import { sharedPlane, type Plane } from './support/plane.ts';

let plane: Plane;

beforeAll(async () => {
  plane = await sharedPlane();
});

interface Case {
  readonly at: number;
  readonly fault: Fault;
}

/** What a server does twice or forgets to tell matters where it does something. */
const OF_WRITES: readonly Fault[] = ['lost', 'doubled, first answer'];

/** All that can happen to the requests of a step. */
function casesOf(step: Step): readonly Case[] {
  return placesOf(step).flatMap((at) =>
    PASSING_FAULTS.filter((fault) => isWrite(step.requests[at]) || !OF_WRITES.includes(fault)).map(
      (fault) => ({ at, fault }),
    ),
  );
}

interface Ended {
  readonly changed: boolean;
  readonly failure: { readonly message: string } | null;
}

/**
 * The command line where something is written, with its exit code; the library, which is quicker, for the many
 * requests that only read and rehearse.
 */
async function hit(chain: Chain, step: Step, { at, fault }: Case): Promise<Ended> {
  chain.proxy.begin(at, fault);
  if (!isWrite(step.requests[at])) return await byLibrary(chain.place, step);
  const { code, result, stderr } = await istiops(chain.place, step.operation, step.inputs);
  if ((code === 0) !== (result.failure === null)) throw new Error(`Exit code ${String(code)}: ${stderr}`);
  return result;
}

/** What is wrong after a step with a fault, in words; nothing where all is as it must be. */
async function check(chain: Chain, step: Step, one: Case): Promise<readonly string[]> {
  const { changed, failure } = await hit(chain, step, one);
  const state = await chain.state();
  const next = await byLibrary(chain.direct, step);
  return wrongWords(step, one, one.fault, {
    [`it failed: ${failure?.message ?? ''}`]: failure !== null,
    'it said that nothing changed': !changed,
    [`it left something else: ${JSON.stringify(state)}`]: !sameJson(state, step.after),
    [`the next run failed: ${next.failure?.message ?? ''}`]: next.failure !== null,
    'the next run had something to change': next.changed,
    'the next run made another state': !sameJson(await chain.state(), step.after),
  });
}

describe.concurrent('each request, each fault', () => {
  test.for(lanes)('$name, share $lane', { timeout: 600_000 }, async (lane) => {
    const { cases, wrong } = await goRound(plane, lane, { casesOf, check });
    expect(wrong).toEqual([]);
    expect(cases).toBeGreaterThan(12);
  });
});
