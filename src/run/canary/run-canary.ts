/**
 * A canary from its first stage to its end: each stage is a change like `weight`, is watched, and goes on to the next or
 * takes everything back. Whatever happens in between, the build is promoted in the end (or keeps its share, as asked), or
 * everything is as it was.
 */
import { TrafficError, toTrafficError, withSentence } from '../../base/errors.ts';
import type { Collaborators } from '../../ports/collaborators.ts';
import type { Store } from '../../ports/store.ts';
import type { CanaryEnd } from '../../report/canary/types.ts';
import type { Outcome } from '../../report/types.ts';
import type { RunOptions } from '../options.ts';
import type { UndoPlan } from '../../undo/types.ts';
import { openCourse, seenCourse } from './course.ts';
import { withOneStore, type CanaryRequest, type RunOnce } from './once.ts';
import { canaryOutcome } from './outcome.ts';
import { beginCanary, makeReady, refuseIfTooLong, type Begun, type Preparing } from './prepare.ts';
import { EndedByOthers, goThroughStages } from './stages.ts';
import { afterAlso, takeCanaryBack, type CanaryWayBack } from './way-back.ts';

/** Never throws, as `run`. */
export async function runCanary(
  request: CanaryRequest,
  given: Collaborators,
  options: RunOptions,
  once: RunOnce,
): Promise<Outcome> {
  const collaborators = withOneStore(given);
  const course = seenCourse(openCourse(request.intent), options.onStage);
  let store: Store | undefined;
  const ended = (end: CanaryEnd, error: TrafficError | null): Outcome =>
    canaryOutcome({ request, store, course, end, error });
  try {
    refuseIfTooLong(request.intent, collaborators.timeLimit);
    store = await collaborators.openStore(request.place, request.namespace);
    const preparing = { request, collaborators, store, course, once };
    const begun = await beginCanary(preparing);
    if (begun === undefined) return ended('nothing', null);
    const { end, error } = await changeOrTakeBack({ ...preparing, begun, options });
    return ended(end, error);
  } catch (thrown) {
    return ended('nothing', toTrafficError(thrown));
  }
}

interface Canary extends Preparing {
  readonly begun: Begun;
  readonly options: RunOptions;
}

async function changeOrTakeBack(
  canary: Canary,
): Promise<{ readonly end: CanaryEnd; readonly error: TrafficError | null }> {
  const { request, collaborators, course, once, begun, options } = canary;
  const track = openTrack(canary);
  announce(canary);
  try {
    const ready = await makeReady(canary, begun);
    await goThroughStages({
      ...canary,
      prepared: { ...begun, ...ready },
      options: {
        ...(options.onPlanned !== undefined && { onPlanned: options.onPlanned }),
        onWriting: track.onWriting,
        part: { onTidying: track.onTidying },
      },
      onWritten: track.onWritten,
    });
    if (request.onFailure === 'keep') track.keepNothing();
    return { end: request.intent.finish === 'keep' ? 'kept' : 'promoted', error: null };
  } catch (thrown) {
    const error = toTrafficError(thrown);
    if (thrown instanceof EndedByOthers || track.isTidying()) {
      track.keepNothing();
      return { end: track.isTidying() ? 'promoted' : 'left', error };
    }
    const taken = await takeCanaryBack(track.wayBack(), request, collaborators, once);
    if (taken.outcome !== undefined) course.addOutcome(taken.outcome);
    if (taken.isBack) track.keepNothing();
    const wasWritten = taken.outcome !== undefined || begun.start.left !== undefined;
    return {
      end: taken.isBack ? (wasWritten ? 'taken-back' : 'nothing') : 'left',
      error: new TrafficError(
        error.reason,
        taken.words === '' ? error.message : withSentence(error.message, taken.words),
        {
          cause: error,
          findings: error.findings,
        },
      ),
    };
  }
}

function announce({ request, collaborators, course, begun }: Canary): void {
  const { left, stage } = begun.start;
  course.begin({ id: begun.id, resumedAt: left === undefined ? null : stage + 1 });
  if (left === undefined) return;
  const by = left.run === null ? '' : ` by ${left.run}`;
  const where = `stage ${left.stage} of ${left.stages} since ${left.since}${by}`;
  const { stages } = request.intent;
  collaborators.log.info(
    `An earlier run of this canary was not finished (${where}): it goes on with stage ${stage + 1} of ${stages.length}`,
  );
}

interface Track {
  readonly wayBack: () => CanaryWayBack;
  readonly isTidying: () => boolean;
  readonly onWriting: NonNullable<RunOptions['onWriting']>;
  readonly onWritten: () => void;
  readonly onTidying: () => void;
  /** Tells whoever keeps the undo plan (the post step) that there is nothing to take back any more. */
  readonly keepNothing: () => void;
}

/** Knows what takes back everything written so far, and hands it on with each write (`RunOptions.onWriting`). */
function openTrack({ store, begun, options, collaborators }: Canary): Track {
  const { left, undo } = begun.start;
  const { namespace } = begun.snapshot;
  let settled: CanaryWayBack =
    left === undefined
      ? { kind: 'nothing' }
      : undo === undefined
        ? { kind: 'unrecorded' }
        : { kind: 'recorded', step: undo };
  let current = settled;
  let isTidying = false;
  /** An undo plan that changes nothing. */
  const nothing: UndoPlan = {
    summary: { operation: 'canary', subset: left?.subset ?? null, isBack: false, effects: [] },
    by: null,
    time: collaborators.clock.now().toISOString(),
    undo: { virtualServices: [], destinationRules: [] },
  };
  if (undo !== undefined) options.onWriting?.(undo, store, namespace);
  return {
    wayBack: () => current,
    isTidying: () => isTidying,
    onWriting: (undoPlan, at, space) => {
      current = afterAlso(settled, undoPlan);
      options.onWriting?.(current.kind === 'recorded' ? current.step : undoPlan, at, space);
    },
    onWritten: () => {
      settled = current;
    },
    onTidying: () => {
      isTidying = true;
    },
    keepNothing: () => options.onWriting?.(nothing, store, namespace),
  };
}
