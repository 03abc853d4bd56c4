/**
 * The judge of a canary by simulation: how often a healthy build is taken back, how soon a bad one is, and whether what it
 * says of itself is true. Each figure names its seeds, so that a run can be looked at again.
 */
import { begin, observe, verdictOf, type Counts } from '../src/gates/index.ts';
import { EVEN, failing, gateOf, judge, optionsOf, stageOf, tickOf } from '../test/support/judging.ts';
import { randomOf, simulate, type Simulation } from '../test/support/simulated-service.ts';
import type { Figure } from './figure.ts';

const GROUP = 'Judge of a canary: 10 minutes, 10 % of the requests, a look every 15 s';
const RUNS = 1000;
const HEALTHY = 0.005;

/** Half a minute, a minute and five seconds in which half of the requests fail, whoever answers them. */
function bursts(second: number): number {
  const isBurst =
    (second >= 120 && second < 180) || (second >= 300 && second < 330) || (second >= 400 && second < 405);
  return isBurst ? 0.5 : HEALTHY;
}

/**
 * Each computes some lines, which depend on the seeds alone: they may be computed at the same time.
 *
 * @param first the first of the seeds: any other number looks at other canaries
 */
export function judgeParts(first: number): readonly (() => readonly Figure[])[] {
  const seeds = seedsFrom(first, RUNS);
  const rates = [5, 20, 100];
  return [
    ...[1, 3, 10].flatMap((together) =>
      rates.flatMap((rps) => [
        () => [falseAlarms(seeds, rps, together, 'healthy', failing(HEALTHY, HEALTHY))],
        () => [falseAlarms(seeds, rps, together, 'bursts on both builds', { build: bursts, stable: bursts })],
      ]),
    ),
    () => [comparedWithThreshold(seeds, 20)],
    () => detection(seeds, 20, 1, { least: 99, most: 90 }),
    () => detection(seeds, 20, 3, { least: 98, most: 195 }),
    () => formula(seedsFrom(first, RUNS / 2), 20),
    () => [memory()],
  ];
}

function seedsFrom(first: number, runs: number): readonly number[] {
  return Array.from({ length: runs }, (_, index) => first + index);
}

function seedsText(seeds: readonly number[]): string {
  return `seeds ${seeds[0] ?? 0} to ${seeds.at(-1) ?? 0}`;
}

function percentOf(part: number, all: number): string {
  return `${((part / all) * 100).toFixed(1)} %`;
}

/** @param together so many requests at a time fail or don't, such as the retries of one */
function falseAlarms(
  seeds: readonly number[],
  requestsPerSecond: number,
  together: number,
  what: string,
  failures: Simulation['failures'],
): Figure {
  const alarms = seeds.filter(
    (seed) => judge({ ...EVEN, seed, requestsPerSecond, together, failures }).badAt < Infinity,
  );
  const which = alarms.length === 0 ? '' : ` (seeds ${alarms.slice(0, 5).join(', ')})`;
  return {
    group: GROUP,
    name: `false alarms, ${requestsPerSecond} requests/s, ${what}${howText(together)}, ${seedsText(seeds)}`,
    value: `${percentOf(alarms.length, RUNS)}${which}`,
    limit: 'at most 1 %',
    isBroken: alarms.length > RUNS / 100,
  };
}

function howText(together: number): string {
  return together === 1 ? '' : `, ${together} at a time`;
}

/** What a threshold does that is looked at over the last minute: 99 % of the answers must be good. */
function comparedWithThreshold(seeds: readonly number[], requestsPerSecond: number): Figure {
  const alarms = seeds.filter((seed) => {
    const minute: Counts['build'][] = [];
    return [...simulate({ ...EVEN, seed, requestsPerSecond, failures: failing(HEALTHY, HEALTHY) })].some(
      ({ build }) => {
        minute.push(build);
        const last = minute.slice(-4);
        const requests = last.reduce((sum, one) => sum + one.requests, 0);
        const failed = last.reduce((sum, one) => sum + one.failed, 0);
        return requests > 0 && failed / requests > 0.01;
      },
    );
  });
  return {
    group: GROUP,
    name: `for comparison: false alarms of "99 % over a minute", ${requestsPerSecond} requests/s, healthy`,
    value: percentOf(alarms.length, RUNS),
    limit: 'more than the judge',
    isBroken: alarms.length <= RUNS / 100,
  };
}

/** @param limits percent of the builds that must be found, and seconds that the median may have */
function detection(
  seeds: readonly number[],
  requestsPerSecond: number,
  together: number,
  { least, most }: { readonly least: number; readonly most: number },
): readonly Figure[] {
  const failures = failing(0.05, HEALTHY);
  const times = seeds
    .map((seed) => judge({ ...EVEN, seed, requestsPerSecond, together, failures }).badAt)
    .sort((a, b) => a - b);
  const found = times.filter((time) => time < Infinity).length;
  const median = times[Math.floor(RUNS / 2)] ?? Infinity;
  const name = `0.5 % to 5 % failures, ${requestsPerSecond} requests/s${howText(together)}, ${seedsText(seeds)}`;
  return [
    {
      group: GROUP,
      name: `found: ${name}`,
      value: percentOf(found, RUNS),
      limit: `at least ${least} %`,
      isBroken: found < (RUNS * least) / 100,
    },
    {
      group: GROUP,
      name: `time until found (median): ${name}`,
      value: `${median} s (nine of ten: ${times[Math.floor(RUNS * 0.9)] ?? Infinity} s)`,
      limit: `at most ${most} s`,
      isBroken: median > most,
    },
  ];
}

/** A build that fails just as often as the judge says it would have noticed, and one that fails a third as often. */
function formula(seeds: readonly number[], requestsPerSecond: number): readonly Figure[] {
  const runs = seeds.length;
  const isFound = (seed: number, part: number): boolean => {
    const stage = { ...EVEN, requestsPerSecond, seconds: 180 };
    const { state } = judge({ ...stage, seed, failures: failing(0, HEALTHY) });
    const share = gateOf(state, 'errors').numbers.noticeable ?? 1;
    // Another run of the same service.
    const again = { ...stage, seed: seed + RUNS, failures: failing(share * part, HEALTHY) };
    return judge(again).badAt < Infinity;
  };
  const found = seeds.filter((seed) => isFound(seed, 1)).length;
  const third = seeds.filter((seed) => isFound(seed, 1 / 3)).length;
  return [
    {
      group: GROUP,
      name: `found within 3 minutes: as many failures as "would have been noticed", ${seedsText(seeds)}`,
      value: percentOf(found, runs),
      limit: '85 to 99 %',
      isBroken: found < runs * 0.85 || found > runs * 0.99,
    },
    {
      group: GROUP,
      name: `found within 3 minutes: a third of these`,
      value: percentOf(third, runs),
      limit: 'at most 40 %',
      isBroken: third > runs * 0.4,
    },
  ];
}

/** What the judge keeps must not grow with the ticks. */
function memory(): Figure {
  const random = randomOf(1);
  let state = begin(stageOf(10), optionsOf('errors\nslower than 400ms\nerrors < 2%'));
  const sizes: number[] = [];
  for (let tick = 1; tick <= 5000; tick += 1) {
    // Both fail equally often: a verdict that turns bad is kept, and would count as growth.
    const side = (requests: number) => ({ requests, failed: random() < requests / 300 ? 1 : 0 });
    const slow = {
      asked: 400,
      bound: 500,
      build: { requests: 30, slow: 1 },
      stable: { requests: 270, slow: 9 },
    };
    const counts = { build: side(30), stable: side(270), slow: [slow] };
    state = observe(state, tickOf(counts, { at: tick * 15_000 }));
    if (verdictOf(state).gates.length > 0) sizes.push(JSON.stringify(state).length);
  }
  const [first = 1, last = 0] = [sizes[49], sizes.at(-1)];
  return {
    group: GROUP,
    name: 'what is kept after 5,000 ticks, to what is kept after 50',
    value: `${last} characters as JSON`,
    ratio: (last / first).toFixed(2),
    limit: 'at most 1.1',
    isBroken: last / first > 1.1,
  };
}
