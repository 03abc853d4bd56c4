/**
 * Run by `npm run mutation:guard` alone, once for each mutant of the planner: fails where what is planned has another
 * effect than before and the guard says nothing. The worlds were written down before anything was mutated.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { reachOfPlan } from '../../src/operations/reach.ts';
import { feltOtherwise } from '../../src/reach/unasked.ts';
import { effectOf, plannedBy, type World } from './guard-worlds.ts';

const worlds = JSON.parse(readFileSync(process.env['GUARD_WORLDS'] ?? '', 'utf8')) as readonly World[];

it('no wrong plan goes by the guard', () => {
  const slipped: string[] = [];
  let caught = 0;
  for (const { name, snapshot, intent, effect } of worlds) {
    const planned = plannedBy(snapshot, intent);
    if (planned === null || effectOf(snapshot, planned) === effect) continue;
    if (isSeen(() => reachOfPlan(snapshot, intent, planned.phases))) caught += 1;
    else slipped.push(name);
  }
  const { __stryker__: stryker } = globalThis as { __stryker__?: { activeMutant?: string } };
  appendFileSync(
    process.env['GUARD_LOG'] ?? '/dev/null',
    `${JSON.stringify({ mutant: stryker?.activeMutant ?? null, caught, slipped: slipped.slice(0, 3) })}\n`,
  );
  expect(slipped).toEqual([]);
});

/** What the guard can't understand is not written either. */
function isSeen(judge: () => ReturnType<typeof reachOfPlan>): boolean {
  try {
    const reach = judge();
    return reach.unexpected.length > 0 || feltOtherwise(reach).some(({ severity }) => severity === 'error');
  } catch {
    return true;
  }
}
