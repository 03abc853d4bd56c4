/** A request breaks off, is late, comes twice: each request of each writing operation in turn, each fault. */
import { beforeAll, describe, expect, test } from 'vitest';
import { sameJson } from '../../src/json.ts';
import { failedOf, startLoad } from './plane/load.ts';
import { byLibrary, CHAINS, startChain, type Chain, type ChainName, type Step } from './support/chain.ts';
import { istiops } from './support/doors.ts';
import { PASSING_FAULTS, type Fault } from './support/faults.ts';
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
function casesOf({ requests }: Step): readonly Case[] {
  return requests.flatMap((request, at) =>
    PASSING_FAULTS.filter((fault) => request.startsWith('PUT') || !OF_WRITES.includes(fault)).map(
      (fault) => ({
        at,
        fault,
      }),
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
  if (step.requests[at]?.startsWith('PUT') !== true) return await byLibrary(chain.place, step);
  const { code, result, stderr } = await istiops(chain.place, step.operation, step.inputs);
  if ((code === 0) !== (result.failure === null)) throw new Error(`Exit code ${String(code)}: ${stderr}`);
  return result;
}

/** What is wrong after a step with a fault, in words; nothing where all is as it must be. */
async function misses(chain: Chain, step: Step, one: Case): Promise<readonly string[]> {
  const { changed, failure } = await hit(chain, step, one);
  const state = await chain.state();
  const next = await byLibrary(chain.direct, step);
  const wrong = {
    [`it failed: ${failure?.message ?? ''}`]: failure !== null,
    'it said that nothing changed': !changed,
    [`it left something else: ${JSON.stringify(state)}`]: !sameJson(state, step.after),
    [`the next run failed: ${next.failure?.message ?? ''}`]: next.failure !== null,
    'the next run had something to change': next.changed,
    'the next run made another state': !sameJson(await chain.state(), step.after),
  };
  const where = `${step.operation}, request ${one.at} (${step.requests[one.at] ?? ''}) ${one.fault}`;
  return Object.entries(wrong).flatMap(([words, isWrong]) => (isWrong ? [`${where}: ${words}`] : []));
}

/** So many chains of a kind at the same time, each with its share of the cases. */
const LANES = 3;
const lanes = (Object.keys(CHAINS) as ChainName[]).flatMap((name) =>
  Array.from({ length: LANES }, (_, lane) => ({ name, lane })),
);

describe.concurrent('each request, each fault', () => {
  test.for(lanes)('$name, share $lane', { timeout: 600_000 }, async ({ name, lane }) => {
    await using chain = await startChain(plane, name);
    const { host } = chain.app;
    const load = await startLoad(plane, [
      { name: 'all', host, rate: 20 },
      { name: 'me', host, rate: 20, headers: { 'x-cid': 'me' } },
    ]);
    const found: string[] = [];
    let done = 0;
    const began = Date.now();
    const left = chain.steps.map((step) => casesOf(step).filter((_, index) => index % LANES === lane));
    while (left.some((cases) => cases.length > 0)) {
      for (const [index, step] of chain.steps.entries()) {
        const one = left[index]?.shift();
        if (one === undefined) {
          await byLibrary(chain.direct, step);
        } else {
          found.push(...(await misses(chain, step, one)));
          done++;
        }
      }
    }
    console.log(
      name,
      lane,
      done,
      Date.now() - began,
      chain.steps.map((s) => s.requests.join(' ')),
    );
    const report = await load.stop();
    expect(found).toEqual([]);
    expect(failedOf(report)).toBe(0);
  });
});
