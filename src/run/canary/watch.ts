/** The watching of one stage: look after look, until its time is over or something speaks against the build. */
import { throwIfCancelled } from '../../base/cancel.ts';
import { elapsed } from '../../base/elapsed.ts';
import { toTrafficError } from '../../base/errors.ts';
import { begin, observe, verdictOf, type JudgeState } from '../../gates/index.ts';
import type { Counts, Tick, Verdict } from '../../gates/types.ts';
import type { Stage } from '../../operations/canary/intent.ts';
import type { Collaborators } from '../../ports/collaborators.ts';
import { failedLookLine, lookLine, progressLine } from '../../report/canary/lines.ts';
import { withPoint } from '../../report/canary/points.ts';
import type { StageReport } from '../../report/canary/types.ts';
import { isDefined, whyEnded, type Notes } from './notes.ts';
import type { Preparing, Ready } from './prepare.ts';

/** What every stage of a canary is watched with. */
export interface Watching extends Pick<Preparing, 'request' | 'collaborators' | 'store'> {
  readonly prepared: Pick<Ready, 'subset' | 'gauge' | 'pods'>;
}

/** A stage that is written, and what came before it. */
export interface WrittenStage {
  readonly stage: Stage;
  /** From 0. */
  readonly index: number;
  /** As long as they say this, nobody else has ended the canary. */
  readonly notes: Notes;
  /** What the judge knows of the stages before; undefined: this is the first. */
  readonly before: JudgeState | undefined;
  /** Told of everything that was seen so far. */
  readonly onLook: (report: StageReport) => void;
}

export interface WatchedStage {
  readonly report: StageReport;
  readonly judge: JudgeState;
  readonly end: StageEnd;
}

export type StageEnd =
  | { readonly how: 'over' | 'bad' }
  /** Somebody else has ended the canary, or taken it over. */
  | { readonly how: 'ended'; readonly why: string }
  /** Somebody else has removed the build's subset. */
  | { readonly how: 'undefined' };

/** @throws TrafficError cancelled; as the store where the pods can't be read at the beginning */
export async function watchStage(
  { stage, index, notes, before, onLook }: WrittenStage,
  watching: Watching,
): Promise<WatchedStage> {
  const { request, collaborators, store, prepared } = watching;
  const { stages, gates, notice } = request.intent;
  const { clock, log, signal } = collaborators;
  const { subset, gauge, pods } = prepared;
  const { weight, length, interval } = stage;
  // What came while the routes were changed belongs to no stage.
  const first = await pods();
  await gauge.read(first);
  const start = elapsed(clock);
  const options = { gates, notice, hasMetrics: gauge.hasMetrics, lag: gauge.lag };
  let judge = begin({ index, stages: stages.length, weight, pods: first }, options, before);
  let report = openReport(stage);
  onLook(report);
  const draw = (now: number): void => {
    log.progress?.(progressLine({ ...report, watched: now - start }, index, stages.length));
  };
  // A rule of another namespace is in no look.
  let isInSight = false;
  for (let next = Math.min(interval, length); ; next = nextLook(elapsed(clock) - start, stage)) {
    await sleepUntil(start + next, collaborators, draw);
    const at = elapsed(clock) - start;
    const isLast = at >= length;
    let line: string;
    try {
      const { virtualServices, destinationRules } = await store.read('routing');
      const why = whyEnded(virtualServices, notes, subset);
      if (why !== undefined) return { report, judge, end: { how: 'ended', why } };
      const wasInSight = isInSight;
      isInSight = isDefined(destinationRules, subset);
      if (wasInSight && !isInSight) return { report, judge, end: { how: 'undefined' } };
      const seen = await pods();
      const tick: Tick = { at, pods: seen, ...(await gauge.read(seen)) };
      judge = observe(judge, tick);
      report = withLook(report, tick, verdictOf(judge), isLast);
      line = lookLine(report);
    } catch (thrown) {
      throwIfCancelled(signal);
      // The API server may be away for a minute: the build is judged when it is there again.
      report = { ...report, watched: at, state: isLast ? 'over' : 'cut-short' };
      line = failedLookLine(at, toTrafficError(thrown).message);
    }
    log.info(line);
    onLook(report);
    if (report.state === 'bad') return { report, judge, end: { how: 'bad' } };
    if (isLast) return { report, judge, end: { how: 'over' } };
  }
}

function openReport({ weight, length }: Stage): StageReport {
  return { weight, length, state: 'cut-short', watched: 0, looks: 0, verdict: null, points: [] };
}

/** Milliseconds from the start of the stage: the next full interval, or the end. */
function nextLook(now: number, { length, interval }: Stage): number {
  return Math.min(length, (Math.floor(now / interval) + 1) * interval);
}

/** Milliseconds between two drawings of a terminal. */
const FRAME = 1_000;

/**
 * @param draw draws a frame on a terminal, at this time of the clock
 * @throws TrafficError cancelled
 */
async function sleepUntil(
  end: number,
  { clock, log, signal }: Collaborators,
  draw: (now: number) => void,
): Promise<void> {
  for (;;) {
    throwIfCancelled(signal);
    const now = elapsed(clock);
    if (now >= end) break;
    draw(now);
    await clock.sleep(log.progress === undefined ? end - now : Math.min(FRAME, end - now), signal);
  }
  log.progress?.(null);
}

function withLook(report: StageReport, { at, counts }: Tick, verdict: Verdict, isLast: boolean): StageReport {
  return {
    ...report,
    watched: at,
    looks: report.looks + 1,
    verdict,
    state: stageState(verdict, isLast),
    points: isCounted(counts)
      ? withPoint(report.points, { at, build: counts.build, stable: counts.stable })
      : report.points,
  };
}

function stageState({ kind }: Verdict, isLast: boolean): StageReport['state'] {
  if (kind === 'bad') return 'bad';
  return isLast ? 'over' : 'cut-short';
}

function isCounted(counts: Tick['counts']): counts is Counts {
  return counts !== undefined && !('unread' in counts);
}
