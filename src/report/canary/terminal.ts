/** A canary at a terminal, after its end: a line for each stage. */
import type { Colours } from '../colours.ts';
import { count, grouped } from '../../base/text.ts';
import { visible } from '../text.ts';
import { clockText } from './lines.ts';
import { countsOf, partText } from './numbers.ts';
import type { CanaryReport, StageReport } from './types.ts';
import { decidingGates } from './verdict.ts';
import { stateText } from './words.ts';

export function canaryLines({ stages }: CanaryReport, colours: Colours): string {
  const width = Math.max(...stages.map(({ weight }) => String(weight).length));
  return stages
    .map((stage, index) => {
      const state = stateText(stage);
      const paint = { bad: colours.red, good: colours.green, unclear: colours.yellow }[state] ?? colours.dim;
      const head = `  ${index + 1}  ${String(stage.weight).padStart(width)} %  ${paint(state)}`;
      return [head, ...aboutOf(stage).map((line) => `     ${colours.dim(line)}`)].join('\n');
    })
    .join('\n');
}

function aboutOf(stage: StageReport): readonly string[] {
  if (stage.state === 'open') return [];
  const counts = countsOf(stage);
  const watched = `watched ${clockText(stage.watched)}`;
  const seen =
    counts === null
      ? watched
      : `${watched}, ${count(counts.build.requests, 'request')}, ${grouped(counts.build.failed)} failed, stable ${partText(counts.stable.failed, counts.stable.requests) || 'without requests'}`;
  const why = stage.verdict?.kind === 'good' ? [] : decidingGates(stage).map(({ words }) => visible(words));
  return [seen, ...why];
}
