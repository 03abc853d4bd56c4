import { failedOf, startLoad } from '../plane/load.ts';
import { byLibrary, startChain, type Chain, type Step } from './chain.ts';
import { CHAINS, type ChainName } from './chains.ts';
import type { Plane } from './plane.ts';

/** One of several chains of a kind that share its cases, for they mostly wait. */
export interface Lane {
  readonly name: ChainName;
  readonly lane: number;
  readonly of: number;
}

/** The most work is where the most requests are. */
const LANES: Readonly<Record<ChainName, number>> = {
  'headers, weight, rollback': 4,
  clear: 3,
  'promote, promote back': 3,
};

export const lanes: readonly Lane[] = (Object.keys(CHAINS) as ChainName[]).flatMap((name) =>
  Array.from({ length: LANES[name] }, (_, lane) => ({ name, lane, of: LANES[name] })),
);

export interface Checks<Case> {
  /** All that is to be done to a step, in all lanes together. */
  readonly casesOf: (step: Step) => readonly Case[];
  /** Does it, and leaves the state after the step; what was wrong, in words. */
  readonly check: (chain: Chain, step: Step, one: Case) => Promise<readonly string[]>;
}

/**
 * Which requests of a step differ, by their places: each write, and of others that follow each other the first of its
 * kind. Lists go out together, and so do the questions for rights. Each single one of them is broken in
 * test/run/broken-requests.test.ts, where no plane is needed.
 */
export function placesOf({ requests }: Step): readonly number[] {
  const kindOf = (request = ''): string | undefined => request.split(' ')[0];
  return requests.flatMap((request, at) =>
    isWrite(request) || kindOf(request) !== kindOf(requests[at - 1]) ? [at] : [],
  );
}

export const isWrite = (request = ''): boolean => request.startsWith('PUT');

/** What was wrong with one case of a step, in words. */
export function wrongWords(
  { operation, requests }: Step,
  { at }: { readonly at: number },
  what: string,
  wrong: Readonly<Record<string, boolean>>,
): readonly string[] {
  const where = `${operation}, request ${at} (${requests[at] ?? ''}), ${what}`;
  return Object.entries(wrong).flatMap(([words, isWrong]) => (isWrong ? [`${where}: ${words}`] : []));
}

export interface Checked {
  readonly cases: number;
  /** In words: what the checks found, and requests that the data plane lost meanwhile. */
  readonly wrong: readonly string[];
}

/** Goes round the chain, under a steady small load, until each of the lane's cases has had its turn. */
export async function goRound<Case>(
  plane: Plane,
  { name, lane, of }: Lane,
  { casesOf, check }: Checks<Case>,
): Promise<Checked> {
  await using chain = await startChain(plane, name);
  const { host } = chain.app;
  const load = await startLoad(plane, [
    { name: 'all', host, rate: 15 },
    { name: 'me', host, rate: 15, headers: { 'x-cid': 'me' } },
  ]);
  const wrong: string[] = [];
  const left = chain.steps.map((step) => casesOf(step).filter((_, index) => index % of === lane));
  const cases = left.flat().length;
  try {
    while (left.some((more) => more.length > 0)) {
      await chain.prepare();
      for (const [index, step] of chain.steps.entries()) {
        const one = left[index]?.shift();
        if (one === undefined) await byLibrary(chain.direct, step);
        else wrong.push(...(await check(chain, step, one)));
      }
    }
  } finally {
    const report = await load.stop();
    const lost = failedOf(report);
    if (lost > 0) wrong.push(`${lost} requests were lost: ${JSON.stringify(report.windows)}`);
  }
  return { cases, wrong };
}
