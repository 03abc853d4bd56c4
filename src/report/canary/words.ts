/** How a canary ended, in one sentence. */
import { durationText } from '../../operations/canary/intent.ts';
import { count, subsetText } from '../../base/text.ts';
import type { Outcome } from '../types.ts';
import type { CanaryReport, StageReport } from './types.ts';

/**
 * The headline of a canary that did not fail; undefined where the ordinary one says it: nothing was to do.
 *
 * @example 'api-10 went through 3 stages (10 %, 50 %, 100 %) and was promoted: good'
 */
export function canarySentence({
  canary,
  subset,
  dryRun,
}: Pick<Outcome, 'canary' | 'subset' | 'dryRun'>): string | undefined {
  if (canary === undefined) return undefined;
  const name = subset === null ? 'the build' : subsetText(subset);
  const stages = `${count(canary.stages.length, 'stage')} (${canary.stages.map(stageText).join(', ')})`;
  switch (canary.end) {
    case 'promoted':
      return `${name} went through ${stages} and was promoted${verdictText(canary)}`;
    case 'kept':
      return `${name} went through ${stages} and keeps ${canary.stages.at(-1)?.weight ?? 0} %${verdictText(canary)}`;
    case 'nothing':
      return dryRun ? `Would take ${name} through ${stages}` : undefined;
    case 'taken-back':
    case 'left':
      return undefined;
  }
}

function stageText({ weight, length }: StageReport): string {
  return `${weight} % for ${durationText(length)}`;
}

function verdictText({ verdict, stages }: CanaryReport): string {
  if (verdict === 'good') return ': good';
  const unclear = stages.flatMap((stage, i) =>
    stage.state === 'over' && stage.verdict?.kind !== 'good' ? [i + 1] : [],
  );
  if (unclear.length === 0) return '';
  return `; ${unclear.length === 1 ? 'stage' : 'stages'} ${unclear.join(', ')} ended unclear`;
}

/** @example 'over, good', 'bad', 'cut short', 'not reached' */
export function stateText({ state, verdict }: StageReport): string {
  switch (state) {
    case 'open':
      return 'not reached';
    case 'cut-short':
      return 'cut short';
    case 'bad':
      return 'bad';
    case 'over':
      return verdict?.kind ?? 'unclear';
  }
}
