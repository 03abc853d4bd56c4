import type { GateVerdict, VerdictKind } from '../../gates/types.ts';
import type { StageReport } from './types.ts';

const RANK: Readonly<Record<VerdictKind, number>> = { good: 0, unclear: 1, bad: 2 };

/** The worst of the stages that were watched; null: none was. One that was watched and not judged is unclear. */
export function worstOf(stages: readonly StageReport[]): VerdictKind | null {
  const kinds = stages.flatMap(({ verdict, state }): readonly VerdictKind[] =>
    state === 'open' ? [] : [verdict?.kind ?? 'unclear'],
  );
  return kinds.reduce<VerdictKind | null>(
    (worst, kind) => (worst === null || RANK[kind] > RANK[worst] ? kind : worst),
    null,
  );
}

/** The gates of a stage that are as bad as its verdict, in their order. */
export function decidingGates({ verdict }: Pick<StageReport, 'verdict'>): readonly GateVerdict[] {
  return verdict === null ? [] : verdict.gates.filter(({ kind }) => kind === verdict.kind);
}
