/** A canary while it runs: lines of the log, and the one line that a terminal draws anew. */
import type { GateVerdict } from '../../gates/types.ts';
import { cut } from '../../base/text.ts';
import { durationText, type CanaryIntent } from '../../operations/canary/intent.ts';
import { totalOf } from './points.ts';
import type { StageReport } from './types.ts';
import { decidingGates } from './verdict.ts';

/** @example '0:30', '1:05:00' */
export function clockText(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const two = (number: number): string => String(number).padStart(2, '0');
  return hours === 0 ? `${minutes}:${two(seconds % 60)}` : `${hours}:${two(minutes)}:${two(seconds % 60)}`;
}

/** @example 'Stage 1 of 3: 10 %, 5m, a look every 15s' */
export function stageTitle({ stages }: Pick<CanaryIntent, 'stages'>, index: number): string {
  const { weight = 0, length = 0, interval = 0 } = stages[index] ?? {};
  return `Stage ${index + 1} of ${stages.length}: ${weight} %, ${durationText(length)}, a look every ${durationText(interval)}`;
}

const SIGN = { good: '✔', unclear: '·', bad: '✘' } as const;

/**
 * One look: when, which share of the requests the build had since the stage began, and what the gates say.
 *
 * @example '·  0:30   9.8 %  28 requests, 0 failed, stable 0.4 %: 9 % failures would have been noticed'
 */
export function lookLine(report: StageReport): string {
  const { verdict, watched } = report;
  if (verdict === null) return clockText(watched).padStart(9);
  const words = tellingGates(report).map(gateText).join('; ');
  return `${SIGN[verdict.kind]} ${clockText(watched).padStart(6)}  ${stageShareText(report)}${words}`;
}

/** Those that decide; where all is good, what is counted of the build, even if nothing compares it with another. */
function tellingGates(report: StageReport): readonly GateVerdict[] {
  const deciding = decidingGates(report);
  if (report.verdict?.kind !== 'good') return deciding;
  const counted = report.verdict.gates.filter(({ gate }) => !ALWAYS_THERE.has(gate));
  return counted.length > 0 ? counted : deciding;
}

const ALWAYS_THERE = new Set(['pods', 'requests arrive']);

/** A gate names itself where its words don't. */
function gateText({ gate, words }: GateVerdict): string {
  return words.startsWith(gate) || words.includes('requests') ? words : `${gate}: ${words}`;
}

/** Of the build, since the stage began; empty without metrics. */
function stageShareText({ points }: StageReport): string {
  if (points.length === 0) return '';
  const [build, stable] = [totalOf(points.map((one) => one.build)), totalOf(points.map((one) => one.stable))];
  const all = build.requests + stable.requests;
  return (all === 0 ? '' : `${((100 * build.requests) / all).toFixed(1)} %`).padStart(7) + '  ';
}

export function failedLookLine(at: number, why: string): string {
  return `· ${clockText(at).padStart(6)}  no look: ${cut(why, 300)}`;
}

const BAR = 20;

/**
 * The stage's bar and the time left, for a terminal.
 *
 * @example 'stage 1 of 3, 10 %  ████████░░░░░░░░░░░░  3:00 left'
 */
export function progressLine(report: StageReport, index: number, stages: number): string {
  const { weight, length, watched } = report;
  const full = Math.min(BAR, Math.floor((BAR * watched) / Math.max(1, length)));
  const bar = `${'█'.repeat(full)}${'░'.repeat(BAR - full)}`;
  return `stage ${index + 1} of ${stages}, ${weight} %  ${bar}  ${clockText(Math.max(0, length - watched))} left`;
}

/** @example 'stage 2 of 3, watched 1:30 of 5:00: good' */
export function placeLine({ watched, length, verdict }: StageReport, index: number, stages: number): string {
  const seen = verdict === null ? '' : `: ${verdict.kind}`;
  return `stage ${index + 1} of ${stages}, watched ${clockText(watched)} of ${clockText(length)}${seen}`;
}
