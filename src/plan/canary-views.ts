/** What is said of canaries that VirtualServices have a note of. */
import { finding, type Finding } from '../base/findings.ts';
import { titleOf } from '../base/title.ts';
import { formatLabels } from '../istio/labels.ts';
import type { VirtualService } from '../istio/types.ts';
import { canaryOf, type CanaryState } from './canary-state.ts';
import type { Snapshot } from './types.ts';

export interface NotedCanary {
  readonly virtualService: VirtualService;
  readonly state: CanaryState;
  /** Its stage should have ended by now, and whoever watched it has not come back. */
  readonly isOverdue: boolean;
}

/** @param snapshot its `time` decides whether one is overdue; without it none is */
export function notedCanaries(
  { time }: Pick<Snapshot, 'time'>,
  virtualServices: readonly VirtualService[],
): readonly NotedCanary[] {
  return virtualServices.flatMap((virtualService) => {
    const state = canaryOf(virtualService);
    if (state === undefined) return [];
    return [
      { virtualService, state, isOverdue: time !== undefined && Date.parse(state.until) < Date.parse(time) },
    ];
  });
}

/** @example 'app=api,build=10 in stage 2 of 3 since 2030-01-01T00:00:00.000Z, by https://github.com/…' */
export function canaryInWords({ labels, stage, stages, since, run }: CanaryState): string {
  const by = run === null ? '' : `, by ${run}`;
  return `${formatLabels(labels)} in stage ${stage} of ${stages} since ${since}${by}`;
}

/** Of `show`: a canary that goes on, and one that nobody seems to watch any more. */
export function canaryFindings(
  snapshot: Pick<Snapshot, 'time'>,
  virtualServices: readonly VirtualService[],
): readonly Finding[] {
  return notedCanaries(snapshot, virtualServices).map(({ virtualService, state, isOverdue }) => {
    const head = `${titleOf(virtualService)} has a canary of ${canaryInWords(state)}`;
    if (!isOverdue) return finding('canary', 'notice', `${head}.`, virtualService);
    const build = formatLabels(state.labels);
    const message =
      `${head}. That stage was to end by ${state.until}: the run that watched it is probably gone, and nobody takes the build back. ` +
      `Run the same canary again to go on, \`rollback\` ${build}, or \`clear\` with \`mode: stale\`.`;
    return finding('canary-overdue', 'warning', message, virtualService);
  });
}
