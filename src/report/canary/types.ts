/** How a canary went, as data: log, summary, terminal, outputs and JSON are made of this. */
import type { SideCounts, Verdict, VerdictKind } from '../../gates/types.ts';

/** What became of a canary as a whole. */
export type CanaryEnd =
  /** The build gets every request. */
  | 'promoted'
  /** The build keeps the share of the last stage. */
  | 'kept'
  /** Everything is as it was. */
  | 'taken-back'
  /** Something of it is still there: the way back failed, or somebody else has taken it over. */
  | 'left'
  /** Nothing was written: a trial, a refusal, a build that has every request already. */
  | 'nothing';

/** What was seen in a stretch of a stage: in one look or, of a long stage, in several. */
export interface CanaryPoint {
  /** Milliseconds since the stage began, at the end of the stretch. */
  readonly at: number;
  readonly build: SideCounts;
  readonly stable: SideCounts;
}

export interface StageReport {
  /** Percent that was asked for. */
  readonly weight: number;
  /** Milliseconds that it was to be watched. */
  readonly length: number;
  /** `open`: it was not reached, or is cut short before its end. */
  readonly state: 'over' | 'bad' | 'cut-short' | 'open';
  /** Milliseconds that it was watched. */
  readonly watched: number;
  readonly looks: number;
  /** Of the last look; null: none was made. */
  readonly verdict: Verdict | null;
  /** In order; empty without metrics. */
  readonly points: readonly CanaryPoint[];
}

export interface CanaryReport {
  readonly stages: readonly StageReport[];
  readonly end: CanaryEnd;
  /** The worst of the stages; null: none was watched. */
  readonly verdict: VerdictKind | null;
  /** From 1; null: none was written. */
  readonly stage: number | null;
  /** The stage, from 1, that an earlier run had come to; null: this one began it. */
  readonly resumedAt: number | null;
  /** What spoke against the build, in one sentence; null: nothing did. */
  readonly why: string | null;
  /** Of the change in `istiops/history`. */
  readonly id: string | null;
}
