/** What a canary has done so far: told by its runs and stages, read for its report. */
import type { CanaryIntent } from '../../operations/canary/intent.ts';
import type { CanaryEnd, CanaryReport, StageReport } from '../../report/canary/types.ts';
import { worstOf } from '../../report/canary/verdict.ts';
import { placeLine } from '../../report/canary/lines.ts';
import type { Outcome } from '../../report/types.ts';
import type { RunOptions } from '../options.ts';

export interface Course {
  /** Of every run that the report is made of, in order. */
  readonly outcomes: readonly Outcome[];
  readonly addOutcome: (outcome: Outcome) => void;
  /** Which change it is, and where it goes on; called once, before the first stage. */
  readonly begin: (about: Pick<CanaryReport, 'id' | 'resumedAt'>) => void;
  /** @param index from 0 */
  readonly setStage: (index: number, report: StageReport) => void;
  /** What spoke against the build. */
  readonly blame: (why: string) => void;
  readonly report: (end: CanaryEnd) => CanaryReport;
}

/** A course of which nothing has happened yet. */
export function openCourse({ stages }: CanaryIntent): Course {
  const outcomes: Outcome[] = [];
  const reports = stages.map(({ weight, length }): StageReport => ({
    weight,
    length,
    state: 'open',
    watched: 0,
    looks: 0,
    verdict: null,
    points: [],
  }));
  let about: Pick<CanaryReport, 'id' | 'resumedAt'> = { id: null, resumedAt: null };
  let why: string | null = null;
  let stage: number | null = null;
  return {
    outcomes,
    addOutcome: (outcome) => {
      outcomes.push(outcome);
    },
    begin: (known) => {
      about = known;
    },
    setStage: (index, report) => {
      reports[index] = report;
      stage = index + 1;
    },
    blame: (words) => {
      why = words;
    },
    report: (end) => ({ stages: [...reports], end, verdict: worstOf(reports), stage, why, ...about }),
  };
}

/** A course that also reports each stage to `onStage`. */
export function seenCourse(course: Course, onStage: RunOptions['onStage']): Course {
  if (onStage === undefined) return course;
  return {
    ...course,
    setStage: (index, report) => {
      course.setStage(index, report);
      const { stages } = course.report('left');
      const outcome = course.outcomes.at(-1);
      if (outcome !== undefined)
        onStage({ outcome, stage: index + 1, words: placeLine(report, index, stages.length) });
    },
  };
}
