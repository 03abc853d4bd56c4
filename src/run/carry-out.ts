/** What a run does with the plan of a change: guard, rehearse, write, and undo what it has written where that fails. */
import { allDone } from '../base/all-done.ts';
import { TrafficError, withSentence } from '../base/errors.ts';
import { titleOf } from '../base/title.ts';
import type { ChangeIntent } from '../operations/index.ts';
import type { Request } from '../operations/request.ts';
import type { ServicesIntent } from '../operations/services.ts';
import type { Plan } from '../plan/types.ts';
import type { Collaborators } from '../ports/collaborators.ts';
import type { RunContext } from './context.ts';
import { hasEntry, leftIn, writesIn } from './journal-readers.ts';
import type { Part } from './options.ts';
import type { Planned } from './planned.ts';
import { refuseUnasked } from './refuse-unasked.ts';
import { rehearse } from './rehearse.ts';
import { signPlan } from './sign.ts';
import { undoWrites } from './undo-writes.ts';
import { leftToWrite } from './whole-change.ts';
import { writePlan } from './write.ts';

export interface Carrying {
  readonly request: Request;
  readonly context: RunContext;
  readonly author: Collaborators['author'];
  readonly clock: Collaborators['clock'];
  readonly part: Part | undefined;
  /** Called while the server tries the writes; absent: it has been. */
  readonly onPlanned?: () => Promise<void>;
}

/**
 * One attempt.
 *
 * @throws TrafficError conflict: somebody else wrote in between, plan again; anything else: as guard and store
 */
export async function carryOut(
  { plan, snapshot, before }: Planned,
  intent: ChangeIntent | ServicesIntent,
  { request, context, author, clock, part, onPlanned }: Carrying,
): Promise<void> {
  const { store, journal } = context;
  journal.add({ kind: 'guarded', reach: refuseUnasked(plan, before, intent) });
  const left = leftToWrite(plan, before, snapshot, journal.entries);
  if (left.phases.length === 0) {
    // An earlier attempt may have written the last of it, and the proxies must have that, too.
    if (!request.dryRun) await writePlan(left, context);
    return;
  }
  const signed =
    store.kind === 'kubernetes' ? await signPlan(left, request, { clock, author }, journal, part?.id) : left;
  await allDone([rehearseOnce(signed, context), ...(onPlanned === undefined ? [] : [onPlanned()])]);
  if (!request.dryRun) await writePlan(signed, context);
}

/** Once a run: a plan made anew after a conflict is a change of the same kind, which the webhooks have accepted. */
async function rehearseOnce(plan: Plan, { store, log, journal }: RunContext): Promise<void> {
  if (hasEntry(journal.entries, 'rehearsed')) return;
  const title =
    store.kind === 'kubernetes' ? 'Rehearse: ask the server to try every write' : 'Rehearse every edit';
  await log.group(title, () => rehearse(plan, store));
  journal.add({ kind: 'rehearsed' });
}

/**
 * Undoes what the run has written.
 *
 * @returns the error that it failed with, with the state that things are in then
 */
export async function afterUndoing(
  error: TrafficError,
  context: RunContext,
  part: Part | undefined,
): Promise<TrafficError> {
  const { journal } = context;
  const words = await undoWrites(context, part);
  const left = leftIn(journal.entries);
  context.handOnUndoPlan(
    writesIn(journal.entries).flatMap(({ write, stored }) => (left.has(titleOf(stored)) ? [write] : [])),
  );
  return new TrafficError(error.reason, withSentence(error.message, words), {
    cause: error,
    findings: error.findings,
  });
}
