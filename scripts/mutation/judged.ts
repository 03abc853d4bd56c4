/** Each mutant of the planner is switched on for the changes that run its code, one after the other in one process. */
import type { InstrumenterContext, Mutant } from '@stryker-mutator/api/core';
import type * as Judge from '../../test/reach/guard-judge.ts';
import type { Mutating, Truth, Verdict } from '../../test/reach/guard-judge.ts';

export interface JudgedMutant {
  readonly mutant: Mutant;
  /** `static`: it runs only while modules load. `uncovered`: no change runs it. */
  readonly kind: Verdict['kind'] | 'static' | 'uncovered';
  /** In what it differs and where, for one that went by. */
  readonly difference?: string;
  readonly world?: string;
}

/** Of more changes that run a mutant, so many are judged, evenly spread and the same every time. */
const MOST_CHANGES = 400;

/** What the instrumented code writes down of its runs, and where it looks for the mutant that is on. */
export type Observed = InstrumenterContext & Required<Pick<InstrumenterContext, 'mutantCoverage'>>;

/** A mutant is hit so many times as often as the real code before it counts as an endless loop. */
const HIT_FACTOR = 100;

export function judgedMutants(
  { guardWorlds, truthOf, verdictOf }: typeof Judge,
  stryker: Observed,
  mutants: readonly Mutant[],
): readonly JudgedMutant[] {
  const atLoad = new Set(Object.keys(stryker.mutantCoverage.static));
  const worlds = guardWorlds();
  const truths = worlds.map((world, i) =>
    truthOf(world, (act) => {
      stryker.currentTestId = String(i);
      try {
        return act();
      } finally {
        delete stryker.currentTestId;
      }
    }),
  );
  const hits = new Map<string, { readonly truth: Truth; readonly count: number }[]>();
  for (const [i, counts] of Object.entries(stryker.mutantCoverage.perTest))
    for (const [id, count] of Object.entries(counts)) {
      const truth = truths[Number(i)];
      if (truth !== undefined) hits.set(id, [...(hits.get(id) ?? []), { truth, count }]);
    }
  console.error(`${worlds.length} changes, ${mutants.length} mutants`);
  let number = 0;
  return mutants
    .filter(({ status }) => status !== 'Ignored')
    .map((mutant): JudgedMutant => {
      number += 1;
      if (number % 100 === 0) console.error(`${number}: ${mutant.fileName}`);
      const covered = hits.get(mutant.id);
      if (covered === undefined) return { mutant, kind: atLoad.has(mutant.id) ? 'static' : 'uncovered' };
      const verdicts = new Set<Exclude<Verdict['kind'], 'slipped'>>();
      for (const { truth, count } of evenly(covered)) {
        const verdict = verdictOf(truth, mutating(stryker, mutant.id, HIT_FACTOR * (count + 1)));
        if (verdict.kind === 'slipped') return { mutant, ...verdict };
        verdicts.add(verdict.kind);
      }
      const kind = (['caught', 'early', 'remarks', 'same'] as const).find((one) => verdicts.has(one));
      return { mutant, kind: kind ?? 'same' };
    });
}

function evenly<T>(items: readonly T[]): readonly T[] {
  const step = Math.max(1, items.length / MOST_CHANGES);
  return Array.from(
    { length: Math.min(items.length, MOST_CHANGES) },
    (_, i) => items[Math.floor(i * step)],
  ).filter((item) => item !== undefined);
}

function mutating(stryker: Observed, id: string, hitLimit: number): Mutating {
  return (act) => {
    Object.assign(stryker, { activeMutant: id, hitCount: 0, hitLimit });
    try {
      return act();
    } finally {
      delete stryker.activeMutant;
    }
  };
}
