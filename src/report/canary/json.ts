/** A canary for programs: the output `canary`, and the field of `--output json`. */
import type { GateNumbers, GateVerdict, VerdictKind } from '../../gates/types.ts';
import { countsOf } from './numbers.ts';
import type { CanaryEnd, CanaryReport, StageReport } from './types.ts';

export interface CanaryJson {
  /** Empty: no stage was watched. */
  readonly verdict: VerdictKind | '';
  readonly end: CanaryEnd;
  /** The last stage that was written, from 1; 0: none was. */
  readonly stage: number;
  /** The stage that it went on with after a run that was lost, from 1; 0: it began anew. */
  readonly resumedAt: number;
  /** What spoke against the build; empty: nothing. */
  readonly why: string;
  readonly stages: readonly StageJson[];
}

export interface StageJson {
  readonly weight: number;
  readonly state: StageReport['state'];
  readonly verdict: VerdictKind | '';
  /** Seconds that were asked for, and that it was watched. */
  readonly seconds: number;
  readonly watched: number;
  readonly looks: number;
  /** Null without metrics. */
  readonly requests: number | null;
  readonly failed: number | null;
  readonly stableRequests: number | null;
  readonly stableFailed: number | null;
  readonly gates: readonly GateJson[];
}

export interface GateJson {
  readonly gate: string;
  readonly verdict: GateVerdict['kind'];
  readonly words: string;
  readonly numbers: GateNumbers;
}

export function canaryJson({ verdict, end, stage, resumedAt, why, stages }: CanaryReport): CanaryJson {
  return {
    verdict: verdict ?? '',
    end,
    stage: stage ?? 0,
    resumedAt: resumedAt ?? 0,
    why: why ?? '',
    stages: stages.map(stageJson),
  };
}

function stageJson(report: StageReport): StageJson {
  const { weight, state, verdict, length, watched, looks } = report;
  const counts = countsOf(report);
  return {
    weight,
    state,
    verdict: verdict?.kind ?? '',
    seconds: length / 1000,
    watched: watched / 1000,
    looks,
    requests: counts?.build.requests ?? null,
    failed: counts?.build.failed ?? null,
    stableRequests: counts?.stable.requests ?? null,
    stableFailed: counts?.stable.failed ?? null,
    gates: (verdict?.gates ?? []).map(({ gate, kind, words, numbers }) => ({
      gate,
      verdict: kind,
      words,
      numbers,
    })),
  };
}
