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
      : [
          ...chartsOf(points).map((chart) => fenced(chart, 'mermaid')),
          folded('The numbers of the charts', pointsTable(points)),
        ]),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

const SIGN: Readonly<Record<string, string>> = { good: '✅', bad: '❌', unclear: '❓' };

function stageRow(stage: StageReport, index: number): readonly string[] {
  const counts = countsOf(stage);
  const state = stateText(stage);
  const sign = SIGN[state];
  const why = decidingGates(stage)
    .filter(({ gate }) => stage.verdict?.kind !== 'good' || gate !== 'pods')
    .map(({ words }) => words)
    .join('; ');
  const cells = [
    String(index + 1),
    `${stage.weight} %`,
    stage.state === 'open' ? durationText(stage.length) : clockText(stage.watched),
    counts === null ? '' : withShare(counts.build.requests, counts.build.requests + counts.stable.requests),
    counts === null ? '' : withShare(counts.build.failed, counts.build.requests),
    counts === null ? '' : partText(counts.stable.failed, counts.stable.requests),
    `${sign === undefined ? '' : `${sign} `}${state}`,
  ];
  // The last column is wide: without this, the others would break within a number.
  return [...cells.map((cell) => cell.replaceAll(' ', '&nbsp;')), textOf(why, MAX_WORDS)];
}

interface ChartLine {
  readonly colour: string;
  readonly valueOf: (point: CanaryPoint) => number;
}

const BUILD_COLOUR = '#cf222e';
const STABLE_COLOUR = '#0969da';

/**
 * How much of both builds' requests failed over time, and the share of the requests that the build had. Two charts,
 * because a share of 50 % would flatten failures of 5 %. The titles say which line is which: such charts have no legend.
 */
function chartsOf(points: readonly CanaryPoint[]): readonly string[] {
  // A chart has no gaps.
  const gap = points.some(({ stable }) => stable.requests === 0) ? ' (0 without requests)' : '';
  return [
    chartOf(points, `Failed, in percent over minutes: build red, stable blue${gap}`, [
      { colour: STABLE_COLOUR, valueOf: ({ stable }) => part(stable.failed, stable.requests) },
      { colour: BUILD_COLOUR, valueOf: ({ build }) => part(build.failed, build.requests) },
    ]),
    chartOf(points, 'Requests that the build got, in percent over minutes', [
      {
        colour: BUILD_COLOUR,
        valueOf: ({ build, stable }) => part(build.requests, build.requests + stable.requests),
      },
    ]),
  ];
}

/** @see https://mermaid.js.org/syntax/xyChart.html */
function chartOf(points: readonly CanaryPoint[], title: string, lines: readonly ChartLine[]): string {
  const minutes = (points.at(-1)?.at ?? 0) / 60_000;
  const most = Math.max(1, ...lines.flatMap(({ valueOf }) => points.map(valueOf)));
  const config = {
    // Mermaid measures labels in its own font, and cuts what is wider in the page's.
    xyChart: { height: 250, xAxis: { labelPadding: 10 }, yAxis: { labelPadding: 15 } },
    themeVariables: {
      xyChart: {
        backgroundColor: 'transparent',
        plotColorPalette: lines.map(({ colour }) => colour).join(', '),
      },
    },
  };
  return [
    `%%{init: ${JSON.stringify(config)}}%%`,
    'xychart-beta',
    `  title "${title}"`,
    `  x-axis 0 --> ${Number(minutes.toFixed(2))}`,
    `  y-axis 0 --> ${Math.ceil(most)}`,
    ...lines.map(({ valueOf }) => `  line [${points.map((point) => valueOf(point).toFixed(2)).join(', ')}]`),
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
