/** One object of a run, as it was before the run wrote it. */
import { TrafficError, toTrafficError, withSentence } from '../base/errors.ts';
import type { DestinationRule } from '../istio/types.ts';
import type { Write } from '../plan/types.ts';
import { applyUndo, conflictsText } from '../undo/apply.ts';
import { undoOf } from '../undo/diff.ts';
import { refuseWrittenOtherwise } from './as-sent.ts';
import { untilNoConflict } from './conflicts.ts';
import type { RunContext } from './context.ts';
import type { RoutingObject } from './journal.ts';
import { inRunDomain } from './journal-readers.ts';
import { continuedFrom } from './live-version.ts';
import { removeSubsets } from './remove-subsets.ts';
import { newest } from './write-one.ts';

/**
 * A DestinationRule loses the subsets that it was given, rather than be as it was: it may have changed since, and
 * another run, or a write of this run whose answer got lost, may have sent traffic to them. A VirtualService that somebody
 * else has written since loses what we made of it, and keeps what they did.
 *
 * @param first the run's first write of the object
 * @param stored the object as the run's last write left it
 * @throws TrafficError conflict, with what somebody else changed and is left; otherwise as the store
 */
export async function undoObject(first: Write, stored: RoutingObject, context: RunContext): Promise<void> {
  if (first.kind === 'DestinationRule' && context.store.kind === 'kubernetes') {
    // The kinds agree: both are of the same object.
    const given: Write = { kind: 'DestinationRule', before: stored as DestinationRule, after: first.before };
    return removeSubsets([given], context);
  }
  const whole = { ...backOf(first), before: stored, after: beforeWrite(first, stored, context) } as Write;
  try {
    await writeBack(continuedFrom(whole, stored), context);
  } catch (thrown) {
    const error = toTrafficError(thrown);
    if (error.reason !== 'conflict' || whole.kind !== 'VirtualService') throw error;
    context.log.info(withSentence(error.message, 'Taking back only what is ours.'));
    await undoFields({ kind: 'VirtualService', before: whole.after, after: whole.before }, context);
  }
}

/** What was created goes, and what was deleted is created again. */
function backOf(first: Write): Pick<Write, 'kind'> & { readonly how?: 'create' | 'delete' } {
  if (first.kind === 'VirtualService' || first.how === undefined) return { kind: first.kind };
  return { kind: first.kind, how: first.how === 'create' ? 'delete' : 'create' };
}

/** A write that takes something back: a webhook that changes it, too, must not pass for having done so. */
async function writeBack(write: Write, { store, journal }: RunContext): Promise<void> {
  const stored = await store.write(write);
  journal.add({ kind: 'undid', stored });
  refuseWrittenOtherwise(write, stored);
}

/** What it was, but for a route that would send to the whole service, and so to the build, again. */
function beforeWrite({ before }: Write, stored: RoutingObject, { keep, journal }: RunContext): RoutingObject {
  if (before.kind !== 'VirtualService' || stored.kind !== 'VirtualService') return before;
  const { value, findings } = keep({ before: stored, after: before });
  for (const finding of findings) journal.add({ kind: 'found', finding });
  return value;
}

/** Takes back what a write made, field by field, on the object as it is now. */
async function undoFields(made: Write, context: RunContext): Promise<void> {
  const { store, journal, keep } = context;
  const { virtualServices } = undoOf([made]);
  const conflicts = await untilNoConflict(context, async () => {
    const snapshot = await store.read('routing');
    const current = snapshot.virtualServices.map((one) => newest(one, journal.entries));
    const undo = { virtualServices, destinationRules: [] };
    const result = inRunDomain(journal.entries, () =>
      applyUndo({ virtualServices: current, destinationRules: [] }, [undo], keep),
    );
    for (const change of result.virtualServices)
      await writeBack({ kind: 'VirtualService', ...change }, context);
    return result.conflicts;
  });
  if (conflicts.length > 0) throw new TrafficError('conflict', conflictsText(conflicts));
}
