/** The Action is killed while a request of it is on its way: each kind of request of each writing operation in turn. */
import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { sameJson } from '../../src/base/json.ts';
import { byLibrary, type Chain, type Step } from './support/chain.ts';
import { action } from './support/doors.ts';
import { goRound, isWrite, lanes, placesOf, wrongWords } from './support/lanes.ts';
import { sharedPlane, type Plane } from './support/plane.ts';
import { isWhole } from './support/whole.ts';

let plane: Plane;

beforeAll(async () => {
  plane = await sharedPlane();
});

interface Case {
  readonly at: number;
  readonly signal: 'SIGTERM' | 'SIGKILL';
  /** Does the server get the request all the same, or never? */
  readonly request: 'forward' | 'drop';
}

/** A request that the process asked for may still arrive after its end; for those that only read it is all one. */
function casesOf(step: Step): readonly Case[] {
  return placesOf(step).flatMap((at): readonly Case[] => [
    { at, signal: 'SIGKILL', request: 'drop' },
    ...(isWrite(step.requests[at]) ? [{ at, signal: 'SIGKILL', request: 'forward' } as const] : []),
    { at, signal: 'SIGTERM', request: 'forward' },
  ]);
}

/** Starts the step, kills it at the request, and lets that go. */
async function kill(chain: Chain, { operation, inputs }: Step, one: Case): Promise<void> {
  const held = chain.proxy.hold(one.at);
  let child: ChildProcess | undefined;
  const onStart = (started: ChildProcess): void => {
    child = started;
  };
  const ran = action(chain.place, { ...inputs, operation }, { onStart });
  const request = await Promise.race([
    held,
    ran.then(({ stdout }) => {
      throw new Error(`${operation} ended before request ${one.at}:\n${stdout}`);
    }),
  ]);
  child?.kill(one.signal);
  if (one.signal === 'SIGKILL') await ran;
  else await sleep(50);
  if (one.request === 'forward') await request.forward();
  else request.drop();
  await ran;
}

async function check(chain: Chain, step: Step, one: Case): Promise<readonly string[]> {
  await kill(chain, step, one);
  const state = await chain.state();
  const next = await byLibrary(chain.direct, step);
  return wrongWords(step, one, `${one.signal}, ${one.request}`, {
    [`it left something else: ${JSON.stringify(state)}`]: !isWhole(state, step),
    [`the next run failed: ${next.failure?.message ?? ''}`]: next.failure !== null,
    'the next run said another thing than it did': next.changed === sameJson(state, step.after),
    [`the next run left something: ${JSON.stringify(await chain.state())}`]: !sameJson(
      await chain.state(),
      step.after,
    ),
  });
}

describe.concurrent('each kind of request', () => {
  test.for(lanes)('$name, share $lane', { timeout: 600_000 }, async (lane) => {
    const { cases, wrong } = await goRound(plane, lane, { casesOf, check });
    expect(wrong).toEqual([]);
    expect(cases).toBeGreaterThan(4);
  });
});
