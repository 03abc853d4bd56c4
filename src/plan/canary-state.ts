/**
 * The annotation `istiops/canary`: which canary is on a VirtualService, and how far it is. It is written with the
 * routes of each stage and goes with the last write, so that a run that follows a lost one goes on where that was,
 * and so that two canaries don't meet on one VirtualService.
 */
import { isObject, parseJson } from '../base/json.ts';
import { labelKeyProblem, labelValueProblem } from '../intent/label-rules.ts';
import type { Labels, VirtualService } from '../istio/types.ts';

export const CANARY = 'istiops/canary';

/** How far a canary is. */
export interface CanaryState {
  /** Of the change in `istiops/history`, which all stages are parts of. */
  readonly id: string;
  /** Labels of the build. */
  readonly labels: Labels;
  /** The build's subset. */
  readonly subset: string;
  /** `10%:5m, 50%:10m`: two canaries with the same steps are the same canary, run again. */
  readonly steps: string;
  /** From 1. */
  readonly stage: number;
  readonly stages: number;
  /** When the stage began. ISO 8601, UTC, as all times. */
  readonly since: string;
  /** When the stage ends at the latest, with some time to spare: later, whoever watched it is gone. */
  readonly until: string;
  /** URL of the workflow run, else who started it; null: nobody knows. */
  readonly run: string | null;
}

/** The text of the annotation; `canaryOf` reads it. */
export function canaryText({ labels, ...state }: CanaryState): string {
  return JSON.stringify({ v: 1, ...state, labels });
}

const LONGEST = 4_096;
const MOST_STAGES = 100;

/** What the annotation says; undefined where there is none, or where istiops can't have written it. */
export function canaryOf({ metadata }: Pick<VirtualService, 'metadata'>): CanaryState | undefined {
  const text = metadata.annotations?.[CANARY];
  if (text === undefined || text.length > LONGEST) return undefined;
  return stateFrom(parseJson(text));
}

function stateFrom(value: unknown): CanaryState | undefined {
  if (!isObject(value) || value['v'] !== 1) return undefined;
  const { id, labels, subset, steps, stage, stages, since, until, run } = value;
  if (!isText(id, 64) || !isText(subset, 253) || !isText(steps, 1_000) || !areLabels(labels))
    return undefined;
  if (!isStageNumber(stage) || !isStageNumber(stages) || stage > stages) return undefined;
  if (!isTime(since) || !isTime(until)) return undefined;
  return { id, labels, subset, steps, stage, stages, since, until, run: isText(run, 500) ? run : null };
}

function isText(value: unknown, longest: number): value is string {
  return typeof value === 'string' && value !== '' && value.length <= longest && !/\p{Cc}/u.test(value);
}

function isTime(value: unknown): value is string {
  return isText(value, 40) && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) && !Number.isNaN(Date.parse(value));
}

function isStageNumber(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MOST_STAGES;
}

function areLabels(value: unknown): value is Labels {
  return (
    isObject(value) &&
    Object.keys(value).length > 0 &&
    Object.entries(value).every(
      ([key, text]) =>
        typeof text === 'string' &&
        labelKeyProblem(key) === undefined &&
        labelValueProblem(text) === undefined,
    )
  );
}
