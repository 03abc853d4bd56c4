/** The watching of one stage: look after look, until its time is over or something speaks against the build. */
import { throwIfCancelled } from '../../base/cancel.ts';
import { toTrafficError } from '../../base/errors.ts';
import { begin, observe, verdictOf, type JudgeState } from '../../gates/index.ts';
import type { CanaryPods, Counts, JudgeOptions, Tick, Verdict } from '../../gates/types.ts';
import type { Stage } from '../../operations/canary/intent.ts';
import { CANARY } from '../../plan/canary-state.ts';
import type { Clock, Log } from '../../ports/collaborators.ts';
import type { Store } from '../../ports/store.ts';
import { failedLookLine, lookLine } from '../../report/canary/lines.ts';
import { withPoint } from '../../report/canary/points.ts';
import type { StageReport } from '../../report/canary/types.ts';
import type { Gauge } from './gauge.ts';

export interface Watching {
  readonly stage: Stage;
  /** From 0, of so many. */
  readonly index: number;
  readonly stages: number;
  readonly options: JudgeOptions;
  /** What the judge knows of the stages before; absent: this is the first. */
  readonly before?: JudgeState;
  readonly gauge: Gauge;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal | undefined;
  readonly store: Store;
  readonly pods: () => Promise<CanaryPods>;
  /** What `istiops/canary` of each VirtualService says as long as nobody else ended the canary, by `namespace/name`. */
  readonly notes: ReadonlyMap<string, string | undefined>;
}

export interface Watched {
  readonly report: StageReport;
  readonly judge: JudgeState;
  /** `lost`: somebody else has ended the canary, or taken it over. */
  readonly how: 'over' | 'bad' | 'lost';
}

/** @throws TrafficError cancelled, with `onLook` told of everything that was seen until then */
export async function watchStage(
  { stage, index, stages, options, before, gauge, clock, log, signal, store, pods, notes }: Watching,
  onLook: (report: StageReport) => void,
): Promise<Watched> {
  const start = clock.now().getTime();
  const { weight, length, interval } = stage;
  let judge = begin({ index, stages, weight, pods: await pods() }, options, before);
  let report: StageReport = {
    weight,
    length,
    state: 'cut-short',
    watched: 0,
    looks: 0,
    verdict: null,
    points: [],
  };
  onLook(report);
  for (let next = Math.min(interval, length); ; next = nextLook(clock.now().getTime() - start, stage)) {
    await clock.sleep(start + next - clock.now().getTime(), signal);
    throwIfCancelled(signal);
    const at = clock.now().getTime() - start;
    const isLast = at >= length;
    try {
      if (await isEnded(store, notes)) return { report: { ...report, watched: at }, judge, how: 'lost' };
      const tick = await lookAt(at, await pods(), gauge);
      judge = observe(judge, tick);
      const verdict = verdictOf(judge);
      report = { ...seen(report, tick, verdict), state: stateOf(verdict, isLast) };
      onLook(report);
      log.info(lookLine(report));
    } catch (thrown) {
      throwIfCancelled(signal);
      // The API server may be away for a minute: the build is judged when it is there again.
      log.info(failedLookLine(at, toTrafficError(thrown).message));
      report = { ...report, watched: at, state: isLast ? 'over' : 'cut-short' };
      onLook(report);
    }
    if (report.state === 'bad') return { report, judge, how: 'bad' };
    if (isLast) return { report, judge, how: 'over' };
  }
}

/** Milliseconds from the start of the stage: the next full interval, and the end. */
function nextLook(now: number, { length, interval }: Stage): number {
  return Math.min(length, (Math.floor(now / interval) + 1) * interval);
}

async function lookAt(at: number, pods: CanaryPods, gauge: Gauge): Promise<Tick> {
  return { at, pods, ...(await gauge.read(pods)) };
}

function stateOf({ kind }: Verdict, isLast: boolean): StageReport['state'] {
  if (kind === 'bad') return 'bad';
  return isLast ? 'over' : 'cut-short';
}

function seen(report: StageReport, { at, counts }: Tick, verdict: Verdict): StageReport {
  return {
    ...report,
    watched: at,
    looks: report.looks + 1,
    verdict,
    points: isCounted(counts)
      ? withPoint(report.points, { at, build: counts.build, stable: counts.stable })
      : report.points,
  };
}

function isCounted(counts: Tick['counts']): counts is Counts {
  return counts !== undefined && !('unread' in counts);
}

/** Has somebody else changed what the canary has noted on its VirtualServices? */
async function isEnded(store: Store, notes: Watching['notes']): Promise<boolean> {
  const { virtualServices } = await store.read('routing');
  return virtualServices.some(({ metadata }) => {
    const name = `${metadata.namespace}/${metadata.name}`;
    return notes.has(name) && notes.get(name) !== metadata.annotations?.[CANARY];
  });
}
