import type { Gate } from '../../intent/gates.ts';
import { INPUTS } from '../../intent/inputs.ts';
import type { MetricsPlace } from '../../intent/metrics.ts';
import { readShift, readStable } from '../../intent/read-shift.ts';
import type { Reader } from '../../intent/reader.ts';
import { readRequiredSelection } from '../../intent/selection.ts';
import type { Step } from '../../intent/steps.ts';
import type { AddingIntent, CanaryFinish, OnUnclear } from '../../intent/types.ts';
import type { CanaryState } from '../../plan/canary-state.ts';

/** A share of the requests, and how long and how often it is watched. */
export interface Stage {
  /** Percent, a whole number from 1 to 100. */
  readonly weight: number;
  /** Milliseconds. */
  readonly length: number;
  /** Milliseconds between two looks. */
  readonly interval: number;
}

export interface CanaryIntent extends AddingIntent {
  readonly operation: 'canary';
  /** At least one. */
  readonly stages: readonly Stage[];
  readonly gates: readonly Gate[];
  /** Absent: the build is judged by its pods and by web hooks. */
  readonly metrics?: { readonly place: MetricsPlace; readonly headers: Readonly<Record<string, string>> };
  readonly finish: CanaryFinish;
  readonly onUnclear: OnUnclear;
  /** The share of failures, 0 to 1, that a stage must be able to notice. */
  readonly notice: number;
  /** Which stage is planned and written, from 0. A run goes through them by itself. */
  readonly stage: number;
  /** What the stage leaves on the VirtualServices; absent: nothing, as in a trial. */
  readonly state?: CanaryState;
}

export function readCanary(reader: Reader): CanaryIntent | undefined {
  const selection = readRequiredSelection(reader, 'canary');
  const steps = reader.read(INPUTS.steps);
  const interval = reader.read(INPUTS.interval);
  const finish = reader.read(INPUTS.finish);
  const onUnclear = reader.read(INPUTS.onUnclear);
  const notice = reader.read(INPUTS.notice);
  const { gates, metrics } = readJudging(reader);
  const shift = readShift(reader, selection);
  const stable = readStable(reader, shift);
  const stages = steps && stagesOf(reader, steps, interval);
  faultOfLast(reader, steps?.at(-1), finish);
  if (!shift || !stages || !finish || !onUnclear || notice === undefined) return undefined;
  return {
    operation: 'canary',
    ...shift,
    ...stable,
    stages,
    gates,
    ...(metrics !== undefined && { metrics }),
    finish,
    onUnclear,
    notice,
    stage: 0,
  };
}

/** As often as the input says, and at least four times in a stage: one look could not tell chance from a fault. */
const FEWEST_LOOKS = 4;

/** How often a stage is looked at where `interval` doesn't say it, or says how long the stage lasts. */
const USUAL_INTERVAL = 15_000;

function stagesOf(
  reader: Reader,
  steps: readonly Step[],
  interval: number | undefined,
): readonly Stage[] | undefined {
  const timeless = steps.findIndex(({ milliseconds }) => milliseconds === undefined);
  if (timeless >= 0 && reader.text(INPUTS.interval) === undefined) {
    const { weight } = steps[timeless] ?? { weight: 0 };
    reader.fault(
      INPUTS.steps,
      `stage ${timeless + 1} has no time: write ${weight}%:5m, or set \`interval\`, the time of every stage that has none`,
    );
    return undefined;
  }
  return steps.map(({ weight, milliseconds }) => {
    const length = milliseconds ?? interval ?? USUAL_INTERVAL;
    const wanted = milliseconds === undefined ? USUAL_INTERVAL : (interval ?? USUAL_INTERVAL);
    return { weight, length, interval: Math.max(1, Math.min(wanted, Math.floor(length / FEWEST_LOOKS))) };
  });
}

function faultOfLast(reader: Reader, last: Step | undefined, finish: CanaryFinish | undefined): void {
  if (last === undefined || last.weight === 100 || finish !== 'promote') return;
  reader.fault(
    INPUTS.steps,
    `the last stage has ${last.weight} %, and the build is promoted after it: end with a stage of 100%, or set \`finish: keep\` to stay at ${last.weight} %`,
  );
}

function readJudging(reader: Reader): Pick<CanaryIntent, 'gates' | 'metrics'> {
  const gates = reader.read(INPUTS.gates);
  const place = reader.read(INPUTS.metrics);
  const headers = reader.read(INPUTS.metricsHeaders) ?? {};
  const isGiven = reader.text(INPUTS.metrics) !== undefined;
  if (!isGiven) {
    if (reader.text(INPUTS.metricsHeaders) !== undefined)
      reader.fault(INPUTS.metrics, "`metrics-headers` can't do without it");
    const needing = (gates ?? []).filter(({ kind }) => kind !== 'hook');
    if (needing.length > 0)
      reader.fault(
        INPUTS.metrics,
        `the gate ${needing.map(({ text }) => `"${text}"`).join(' and ')} can't be judged without it`,
      );
  }
  if (place?.kind === 'service' && Object.keys(headers).length > 0)
    reader.fault(
      INPUTS.metricsHeaders,
      "they don't reach a Service through the API server, which keeps authorization for itself: give `metrics` the https:// address of Prometheus",
    );
  return {
    gates: gates ?? (place === undefined ? [] : [{ kind: 'errors', text: 'errors' }]),
    ...(place !== undefined && { metrics: { place, headers } }),
  };
}

/** Milliseconds of all stages from one on, without the time that their writes need. */
export function timeOf({ stages, stage }: Pick<CanaryIntent, 'stages' | 'stage'>): number {
  return stages.slice(stage).reduce((sum, { length }) => sum + length, 0);
}

/** As the annotation has them: `10%:5m, 100%:10m`. */
export function stepsText(stages: readonly Stage[]): string {
  return stages.map(({ weight, length }) => `${weight}%:${durationText(length)}`).join(', ');
}

/** @example durationText(90_000) // '1m30s' */
export function durationText(milliseconds: number): string {
  const units = [
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
    ['ms', 1],
  ] as const;
  let left = milliseconds;
  const parts = units.flatMap(([unit, size]) => {
    const amount = Math.floor(left / size);
    left -= amount * size;
    return amount === 0 ? [] : [`${amount}${unit}`];
  });
  return parts.join('') || '0s';
}
