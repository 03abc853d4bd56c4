/** The stages of a canary, one after the other, and what comes after the last one. */
import { TrafficError } from '../../base/errors.ts';
import { subsetText } from '../../base/text.ts';
import { formatLabels } from '../../istio/labels.ts';
import type { JudgeState } from '../../gates/index.ts';
import { stepsText, type CanaryIntent } from '../../operations/canary/intent.ts';
import { type CanaryState } from '../../plan/canary-state.ts';
import type { Request } from '../../operations/request.ts';
import type { Snapshot } from '../../plan/types.ts';
import { stageTitle } from '../../report/canary/lines.ts';
import type { StageReport } from '../../report/canary/types.ts';
import { decidingGates } from '../../report/canary/verdict.ts';
import type { Outcome } from '../../report/types.ts';
import type { RunOptions } from '../options.ts';
import type { Course } from './course.ts';
import { notesIn, whyEnded, type Notes } from './notes.ts';
import { promoteOf, throwFailure, type Begun, type Preparing, type Ready } from './prepare.ts';
import { watchStage } from './watch.ts';

/** Somebody else has ended the canary, or taken it over: what becomes of the build is theirs to say. */
export class EndedByOthers extends TrafficError {}

export interface Stages extends Preparing {
  readonly prepared: Begun & Ready;
  /** Of each run: what it writes, and when it has. */
  readonly options: RunOptions;
  /** Called after each run that has done what it was to do. */
  readonly onWritten: () => void;
}

/**
 * Goes through the stages from the one where it begins, then promotes the build.
 *
 * @throws TrafficError check-failed where something speaks against the build; cancelled; as `run`. Then everything is to
 *   be taken back, but after `EndedByOthers`
 */
export async function goThroughStages(stages: Stages): Promise<void> {
  const { request, prepared } = stages;
  const { intent } = request;
  let notes = prepared.notes;
  let judge: JudgeState | undefined;
  for (let index = prepared.start.stage; index < intent.stages.length; index += 1) {
    notes = new Map([...notes, ...(await writeStage(index, notes, stages))]);
    judge = await watchOne(index, notes, judge, stages);
  }
  const { collaborators, onWritten } = stages;
  if (intent.finish === 'keep') {
    const weight = intent.stages.at(-1)?.weight ?? 0;
    collaborators.log.info(`The stages are over: the build keeps ${weight} % (\`finish: keep\`)`);
    return;
  }
  collaborators.log.info('The stages are over: promoting the build');
  await change({ ...request, intent: promoteOf(intent) }, intent.stages.length - 1, notes, stages);
  onWritten();
}

/**
 * One change of the canary.
 *
 * @param index of the stage that it begins or, as the last one, ends
 * @param notes what the VirtualServices had when they were looked at last
 * @throws TrafficError as `run`; EndedByOthers where somebody else has changed them since
 */
async function change(
  request: Request,
  index: number,
  notes: Notes,
  { request: { intent }, collaborators, once, course, prepared, options }: Stages,
): Promise<Outcome> {
  const isAfterWrites = notes !== prepared.notes || prepared.start.left !== undefined;
  let ended: EndedByOthers | undefined;
  const onRead = ({ virtualServices, namespace }: Snapshot): void => {
    const own = virtualServices.filter(({ metadata }) => metadata.namespace === namespace);
    const why = whyEnded(own, notes, prepared.subset);
    if (why === undefined) return;
    ended = endedBy(why, stagePlace(index, intent), intent);
    // A conflict would be tried again.
    throw new TrafficError('check-failed', ended.message);
  };
  const outcome = await once(request, collaborators, {
    ...options,
    part: { ...options.part, id: prepared.id, isAfterWrites, ...(isAfterWrites && { onRead }) },
  });
  if (ended !== undefined) throw ended;
  course.addOutcome(outcome);
  throwFailure(outcome);
  return outcome;
}

function stagePlace(index: number, { stages }: CanaryIntent): string {
  return `stage ${index + 1} of ${stages.length} (${stages[index]?.weight ?? 0} %)`;
}

function endedBy(why: string, place: string, { podLabels }: CanaryIntent): EndedByOthers {
  return new EndedByOthers(
    'conflict',
    `Somebody else has ended this canary in ${place}, or changed the routes of ${formatLabels(podLabels)}: ${why}. ` +
      'Nothing more was changed. What was done with istiops is in `istiops traffic history`.',
  );
}

/** @returns what the VirtualServices that it has written say of the canary now */
async function writeStage(index: number, notes: Notes, stages: Stages): Promise<Notes> {
  const { request, collaborators, prepared, onWritten } = stages;
  const { intent } = request;
  const state = stateAt(index, intent, prepared, collaborators.clock.now().getTime());
  collaborators.log.info(`${stageTitle(intent, index)}: shifting the requests`);
  const staged = { ...intent, stage: index, ...(state !== undefined && { state }) };
  // Before a later stage, the last look was at the end of the one before.
  const outcome = await change({ ...request, intent: staged }, Math.max(0, index - 1), notes, stages);
  onWritten();
  return notesIn(outcome, prepared.subset);
}

/** Milliseconds that a stage may take longer than it says, for its write and the way back, before it counts as left. */
const SLACK = 900_000;

/** What a stage leaves on the VirtualServices. The last write of a canary leaves nothing. */
function stateAt(
  index: number,
  { stages, podLabels, finish }: CanaryIntent,
  { id, subset, run }: Begun & Ready,
  now: number,
): CanaryState | undefined {
  const stage = stages[index];
  const isLastWrite = finish === 'keep' && index === stages.length - 1;
  if (stage === undefined || isLastWrite) return undefined;
  return {
    id,
    labels: podLabels,
    subset,
    steps: stepsText(stages),
    stage: index + 1,
    stages: stages.length,
    since: new Date(now).toISOString(),
    until: new Date(now + stage.length + SLACK).toISOString(),
    run,
  };
}

/** @throws TrafficError check-failed, cancelled; EndedByOthers */
async function watchOne(
  index: number,
  notes: Notes,
  before: JudgeState | undefined,
  stages: Stages,
): Promise<JudgeState> {
  const { request, collaborators, course, prepared } = stages;
  const { intent } = request;
  const stage = intent.stages[index];
  if (stage === undefined) throw new TrafficError('internal', `There is no stage ${index + 1}.`);
  const onLook = (seen: StageReport): void => {
    course.setStage(index, seen);
  };
  const { report, judge, end } = await collaborators.log.group(stageTitle(intent, index), () =>
    watchStage({ stage, index, notes, before, onLook }, stages),
  );
  const place = stagePlace(index, intent);
  switch (end.how) {
    case 'ended':
      throw endedBy(end.why, place, intent);
    case 'undefined':
      throw new TrafficError(
        'conflict',
        `Somebody else has removed the subset ${subsetText(prepared.subset)} in ${place}, and requests that are sent to it are answered with 503.`,
      );
    case 'bad':
      return blamed(report, `${subsetText(prepared.subset)} is not good in ${place}`, course);
    case 'over':
      if (intent.onUnclear === 'rollback' && report.verdict?.kind !== 'good')
        return blamed(
          report,
          `Nobody can say whether ${subsetText(prepared.subset)} is good: ${place} ended unclear (\`on-unclear: rollback\`)`,
          course,
        );
      return judge;
  }
}

/** @param what a sentence without its end */
function blamed(report: StageReport, what: string, course: Course): never {
  const gates = decidingGates(report);
  const words =
    gates.length === 0 ? 'nothing could be seen of it' : gates.map(({ words: why }) => why).join('; ');
  course.blame(words);
  throw new TrafficError('check-failed', `${what}: ${words}.`);
}
