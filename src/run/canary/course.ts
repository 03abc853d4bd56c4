/** What a canary has done so far: told by its runs and stages, read for its way back and its report. */
import type { CanaryIntent } from '../../operations/canary/intent.ts';
import { CANARY } from '../../plan/canary-state.ts';
import type { Outcome } from '../../report/types.ts';
import type { CanaryEnd, CanaryReport, StageReport } from '../../report/canary/types.ts';
import { worstOf } from '../../report/canary/verdict.ts';

export interface Course {
  /** Of every run that was to write, in order. */
  readonly outcomes: readonly Outcome[];
  readonly addOutcome: (outcome: Outcome) => void;
  /** @param index from 0 */
  readonly setStage: (index: number, report: StageReport) => void;
  /** Called once: why everything is to be taken back, or was not done. */
  readonly blame: (why: string) => void;
  readonly report: (end: CanaryEnd) => CanaryReport;
}

export function openCourse(
  { stages }: CanaryIntent,
  about: { readonly id: string; readonly resumedAt: number | null },
): Course {
  const outcomes: Outcome[] = [];
  const reports: StageReport[] = stages.map(
    ({ weight, length }): StageReport => ({
      weight,
      length,
      state: 'open',
      watched: 0,
      looks: 0,
      verdict: null,
      points: [],
    }),
  );
  let why: string | null = null;
  let stage: number | null = null;
  return {
    outcomes,
    addOutcome: (outcome) => {
      outcomes.push(outcome);
    },
    setStage: (index, report) => {
      reports[index] = report;
      stage = index + 1;
    },
    blame: (words) => {
      why = words;
    },
    report: (end) => ({
      stages: [...reports],
      end,
      verdict: worstOf(reports),
      stage,
      why,
      ...about,
    }),
  };
}

/** What the VirtualServices that a run has written say of the canary now, by `namespace/name`. */
export function notesIn({ phases }: Outcome): ReadonlyMap<string, string | undefined> {
  return new Map(
    phases.flatMap(({ writes }) =>
      writes.flatMap(({ kind, after: { metadata } }) =>
        kind === 'VirtualService'
          ? [[`${metadata.namespace}/${metadata.name}`, metadata.annotations?.[CANARY]] as const]
          : [],
      ),
    ),
  );
}
