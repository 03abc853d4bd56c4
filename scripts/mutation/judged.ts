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
const MOST_CHANGES = 60;

/** Plans that differ, and that the guard is asked about, of one mutant. */
const MOST_DIFFERENT = 12;

/** What the instrumented code writes down of its runs, and where it looks for the mutant that is on. */
export type Observed = InstrumenterContext & Required<Pick<InstrumenterContext, 'mutantCoverage'>>;

/** A change that runs a mutant, and how often. */
interface Covered {
  readonly truth: Truth;
  readonly count: number;
}

/** A mutant is hit so many times as often as the real code before it counts as an endless loop. */
const HIT_FACTOR = 100;

/** The mutants of one file after the other. */
export function* judgedFiles(
  judge: typeof Judge,
  stryker: Observed,
  mutants: readonly Mutant[],
): Generator<readonly JudgedMutant[]> {
  const atLoad = new Set(Object.keys(stryker.mutantCoverage.static));
  const covered = coveredBy(judge, stryker);
  const judged = (mutant: Mutant): JudgedMutant => {
    const changes = covered.get(mutant.id);
    if (changes === undefined) return { mutant, kind: atLoad.has(mutant.id) ? 'static' : 'uncovered' };
    const verdicts = new Map<Verdict['kind'], Verdict>();
    let different = 0;
    for (const { truth, count } of various(changes)) {
      const verdict = judge.verdictOf(truth, mutating(stryker, mutant.id, HIT_FACTOR * (count + 1)));
      if (verdict.kind === 'slipped') return { mutant, ...verdict };
      verdicts.set(verdict.kind, verdict);
      if (verdict.kind === 'caught' || verdict.kind === 'unfelt') different += 1;
      if (different >= MOST_DIFFERENT) break;
    }
    const [found] = (['caught', 'unfelt', 'early', 'remarks'] as const).flatMap(
      (kind) => verdicts.get(kind) ?? [],
    );
    return { mutant, ...(found ?? { kind: 'same' }) };
  };
  const counted = mutants.filter(({ status }) => status !== 'Ignored');
  for (const own of Map.groupBy(counted, ({ fileName }) => fileName).values()) yield own.map(judged);
}

/** By the id of a mutant: the changes that run it. */
function coveredBy(
  { guardWorlds, truthOf }: typeof Judge,
  stryker: Observed,
): ReadonlyMap<string, readonly Covered[]> {
  const truths = guardWorlds().map((world, i) =>
    truthOf(world, (act) => {
      stryker.currentTestId = String(i);
      try {
        return act();
      } finally {
        delete stryker.currentTestId;
      }
    }),
  );
  const covered = new Map<string, Covered[]>();
  for (const [i, truth] of truths.entries())
    for (const [id, count] of Object.entries(stryker.mutantCoverage.perTest[i] ?? {})) {
      const known = covered.get(id);
      if (known === undefined) covered.set(id, [{ truth, count }]);
      else known.push({ truth, count });
    }
  return covered;
}

/**
 * One after the other of each operation and number of hits: changes that hit a mutant equally often show the same of
 * it. Of more such kinds than are judged, evenly spread ones.
 */
function various(covered: readonly Covered[]): readonly Covered[] {
  const kinds = [
    ...Map.groupBy(covered, ({ truth, count }) => `${truth.world.intent.operation} ${count}`).values(),
  ];
  const longest = Math.max(...kinds.map((kind) => kind.length));
  const inTurn = Array.from({ length: longest }, (_, i) => kinds.flatMap((kind) => kind.slice(i, i + 1)));
  const some = Math.max(kinds.length, MOST_CHANGES);
  const first = inTurn.flat().slice(0, some);
  return first.filter(
    (_, i) => Math.floor((i * MOST_CHANGES) / some) !== Math.floor(((i - 1) * MOST_CHANGES) / some),
  );
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
