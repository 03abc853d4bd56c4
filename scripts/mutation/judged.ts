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

/** Of more changes that run a mutant, so many are judged, of as many kinds as there are and the same every time. */
const MOST_CHANGES = 120;

/** What the instrumented code writes down of its runs, and where it looks for the mutant that is on. */
export type Observed = InstrumenterContext & Required<Pick<InstrumenterContext, 'mutantCoverage'>>;

/** A change that runs a mutant, and how often. */
interface Covered {
  readonly truth: Truth;
  readonly count: number;
}

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
  const hits = new Map<string, Covered[]>();
  for (const [i, counts] of Object.entries(stryker.mutantCoverage.perTest))
    for (const [id, count] of Object.entries(counts)) {
      const truth = truths[Number(i)];
      if (truth === undefined) continue;
      const known = hits.get(id);
      if (known === undefined) hits.set(id, [{ truth, count }]);
      else known.push({ truth, count });
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
      for (const { truth, count } of various(covered)) {
        const verdict = verdictOf(truth, mutating(stryker, mutant.id, HIT_FACTOR * (count + 1)));
        if (verdict.kind === 'slipped') return { mutant, ...verdict };
        verdicts.add(verdict.kind);
      }
      const kind = (['caught', 'early', 'remarks', 'same'] as const).find((one) => verdicts.has(one));
      return { mutant, kind: kind ?? 'same' };
    });
}

/** One after the other of each operation and number of hits: changes that hit a mutant equally often show the same of it. */
function various(covered: readonly Covered[]): readonly Covered[] {
  const groups = [
    ...Map.groupBy(covered, ({ truth, count }) => `${truth.world.intent.operation} ${count}`).values(),
  ];
  const longest = Math.max(...groups.map((group) => group.length));
  return Array.from({ length: longest }, (_, i) => groups.flatMap((group) => group.slice(i, i + 1)))
    .flat()
    .slice(0, MOST_CHANGES);
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
