/** The part of the job summary that shows a canary: its stages, what spoke against the build, and a chart. */
import { grouped } from '../../base/text.ts';
import { durationText } from '../../operations/canary/intent.ts';
import { fenced, folded, rowOf, tableOf, textOf } from '../markdown.ts';
import { clockText } from './lines.ts';
import { countsOf, partText, timeLine, withShare } from './numbers.ts';
import type { CanaryPoint, CanaryReport, StageReport } from './types.ts';
import { decidingGates } from './verdict.ts';
import { stateText } from './words.ts';

const MAX_WORDS = 300;

/** Points of the chart, and rows of its table. */
const MOST_POINTS = 24;

export function canarySection(canary: CanaryReport): string {
  const head = ['Stage', 'Share', 'Watched', 'Requests', 'Failed', 'Stable failed', 'Verdict', 'Why'];
  const rows = canary.stages.map((stage, index) => rowOf(stageRow(stage, index)));
  const points = timeLine(canary.stages, MOST_POINTS);
  return [
    canary.resumedAt === null
      ? ''
      : `An earlier run of this canary was not finished: this one went on with stage ${canary.resumedAt}.`,
    tableOf(head, rows),
    ...(points.length < 2
      ? []
      : [fenced(chartOf(points), 'mermaid'), folded('The numbers of the chart', pointsTable(points))]),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

const SIGN: Readonly<Record<string, string>> = { good: '✅', bad: '❌', unclear: '❔' };

function stageRow(stage: StageReport, index: number): readonly string[] {
  const counts = countsOf(stage);
  const state = stateText(stage);
  const sign = SIGN[state];
  const why = decidingGates(stage)
    .filter(({ gate }) => stage.verdict?.kind !== 'good' || gate !== 'pods')
    .map(({ words }) => words)
    .join('; ');
  return [
    String(index + 1),
    `${stage.weight} %`,
    stage.state === 'open' ? durationText(stage.length) : clockText(stage.watched),
    counts === null ? '' : withShare(counts.build.requests, counts.build.requests + counts.stable.requests),
    counts === null ? '' : withShare(counts.build.failed, counts.build.requests),
    counts === null ? '' : partText(counts.stable.failed, counts.stable.requests),
    `${sign === undefined ? '' : `${sign} `}${state}`,
    textOf(why, MAX_WORDS),
  ];
}

/**
 * The share of the requests that the build had, and how much of both builds' requests failed, over time.
 *
 * @see https://mermaid.js.org/syntax/xyChart.html
 */
function chartOf(points: readonly CanaryPoint[]): string {
  const minutes = (points.at(-1)?.at ?? 0) / 60_000;
  const line = (name: string, valueOf: (point: CanaryPoint) => number): string =>
    `  line "${name}" [${points.map((point) => valueOf(point).toFixed(2)).join(', ')}]`;
  return [
    'xychart-beta',
    '  title "Share of the requests, and failures, in percent"',
    `  x-axis "minutes" 0 --> ${Number(minutes.toFixed(2))}`,
    '  y-axis "percent" 0 --> 100',
    line('requests of the build', ({ build, stable }) =>
      part(build.requests, build.requests + stable.requests),
    ),
    line('failed of the build', ({ build }) => part(build.failed, build.requests)),
    line('failed of stable', ({ stable }) => part(stable.failed, stable.requests)),
  ].join('\n');
}

function part(some: number, all: number): number {
  return all === 0 ? 0 : (100 * some) / all;
}

function pointsTable(points: readonly CanaryPoint[]): string {
  const head = ['Until', 'Requests', 'Share', 'Failed', 'Stable requests', 'Stable failed'];
  return tableOf(
    head,
    points.map(({ at, build, stable }) =>
      rowOf([
        clockText(at),
        grouped(build.requests),
        partText(build.requests, build.requests + stable.requests),
        withShare(build.failed, build.requests),
        grouped(stable.requests),
        withShare(stable.failed, stable.requests),
      ]),
    ),
  );
}
