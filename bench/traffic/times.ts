/** How long one change takes as a process, by each of the ways there are, without waits. */
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../compare.ts';
import type { Part } from './part.ts';
import { ACTION, CLI, SCRIPT, waysOn, type Way } from './ways.ts';

const RUNS = 15;
const WEIGHT = 50;
/**
 * Milliseconds before each change, in which istiod and the gateways are done with the one before: on a machine of two
 * cores that work is a part of whatever runs at the same time.
 */
const REST = 150;
/** The most that a way may take, as a part of another's time. */
const LIMITS: Readonly<Record<string, readonly [number, string]>> = {
  [ACTION]: [0.75, SCRIPT],
  [CLI]: [1.1, ACTION],
};

interface Times {
  readonly give: number;
  readonly takeBack: number;
}

export const times: Part = {
  title: `A share given and taken back without waits, each as a process; medians of ${RUNS} in turn`,
  run: async (plane, namespace) => {
    const ways = (await waysOn(plane, namespace)).filter(({ isQuick }) => isQuick);
    const taken = await timed(ways);
    return {
      rows: [...taken].map(([name, time]) => {
        const [limit, otherName] = LIMITS[name] ?? [];
        const other = otherName === undefined ? undefined : taken.get(otherName);
        const ratio = other === undefined ? undefined : total(time) / total(other);
        return {
          way: name,
          'share given, ms': Math.round(time.give),
          'taken back, ms': Math.round(time.takeBack),
          ratio: ratio === undefined ? '' : `${ratio.toFixed(2)} of the ${otherName ?? ''}`,
          limit: limit ?? '',
          ok: ratio === undefined || limit === undefined ? '' : ratio <= limit ? 'yes' : 'NO',
        };
      }),
    };
  },
};

function total({ give, takeBack }: Times): number {
  return give + takeBack;
}

/** In turn, so that a slow moment of the machine is everybody's; and the order turns as well. */
async function timed(ways: readonly Way[]): Promise<ReadonlyMap<string, Times>> {
  const taken = new Map(ways.map(({ name }) => [name, { give: [] as number[], takeBack: [] as number[] }]));
  for (let run = -1; run < RUNS; run += 1) {
    for (const way of run % 2 === 0 ? ways : ways.toReversed()) {
      for (const [what, weight] of [
        ['give', WEIGHT],
        ['takeBack', 0],
      ] as const) {
        await sleep(REST);
        const time = await way.shift(weight, '0s');
        // The first ones fill caches: kubectl's of the API, the machine's of files.
        if (run >= 0) taken.get(way.name)?.[what].push(time);
      }
    }
  }
  return new Map(
    [...taken].map(([name, { give, takeBack }]) => [
      name,
      { give: median(give), takeBack: median(takeBack) },
    ]),
  );
}
