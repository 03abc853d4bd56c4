/** The watching of one stage: look after look, until its time is over or something speaks against the build. */
import { throwIfCancelled } from '../../base/cancel.ts';
import { toTrafficError } from '../../base/errors.ts';
import { begin, observe, verdictOf, type JudgeState } from '../../gates/index.ts';
import type { CanaryPods, Counts, JudgeOptions, Tick, Verdict } from '../../gates/types.ts';
import type { Stage } from '../../operations/canary/intent.ts';
import type { Clock, Log } from '../../ports/collaborators.ts';
import type { Store } from '../../ports/store.ts';
import { failedLookLine, lookLine, progressLine } from '../../report/canary/lines.ts';
import { withPoint } from '../../report/canary/points.ts';
import type { StageReport } from '../../report/canary/types.ts';
import type { Gauge } from './gauge.ts';
import { isDefined, whyEnded, type Notes } from './notes.ts';

export interface Watching {
  readonly stage: Stage;
  /** From 0, of so many. */
  readonly index: number;
  readonly stages: number;
  readonly options: JudgeOptions;
  /** What the judge knows of the stages before; undefined: this is the first. */
  readonly before: JudgeState | undefined;
  readonly gauge: Gauge;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal | undefined;
  readonly store: Store;
  readonly pods: () => Promise<CanaryPods>;
  /** As long as they say this, nobody else has ended the canary. */
  readonly notes: Notes;
  /** Of the build. */
  readonly subset: string;
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
export async function watchStage(watching: Watching): Promise<WatchedStage> {
  const {
    stage,
    index,
    stages,
    options,
    before,
    gauge,
    clock,
    log,
    signal,
    store,
    pods,
    notes,
    subset,
    onLook,
  } = watching;
  const { weight, length, interval } = stage;
  // What came while the routes were changed belongs to no stage.
  const first = await pods();
  await gauge.read(first);
  const start = elapsed(clock);
  let judge = begin({ index, stages, weight, pods: first }, options, before);
  let report = openReport(stage);
  onLook(report);
  // A rule of another namespace is in no look.
  let isInSight = false;
  for (let next = Math.min(interval, length); ; next = nextLook(elapsed(clock) - start, stage)) {
    await sleepUntil(start + next, report, start, watching);
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

/** A machine whose clock is set in the middle watches as long as before, no shorter and no longer. */
function elapsed(clock: Clock): number {
  return clock.elapsed?.() ?? clock.now().getTime();
}

/** Milliseconds from the start of the stage: the next full interval, or the end. */
function nextLook(now: number, { length, interval }: Stage): number {
  return Math.min(length, (Math.floor(now / interval) + 1) * interval);
}

/** Milliseconds between two drawings of a terminal. */
const FRAME = 1_000;

/** @throws TrafficError cancelled */
async function sleepUntil(
  end: number,
  report: StageReport,
  start: number,
  { clock, log, signal, index, stages }: Watching,
): Promise<void> {
  for (;;) {
    throwIfCancelled(signal);
    const now = elapsed(clock);
    if (now >= end) break;
    log.progress?.(progressLine({ ...report, watched: now - start }, index, stages));
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
