/** One write of a run, as it goes into the journal. */
import { toTrafficError } from '../base/errors.ts';
import { isSameObject, titleOf } from '../base/title.ts';
import type { PhaseName, Write } from '../plan/types.ts';
import { refuseWrittenOtherwise } from './as-sent.ts';
import type { RunContext } from './context.ts';
import type { Entry, RoutingObject } from './journal.ts';
import { writesIn } from './journal-readers.ts';
import { continuedFrom } from './live-version.ts';

/**
 * @throws TrafficError as the store; rejected where the server has stored something else
 */
export async function writeOne(phase: PhaseName, planned: Write, context: RunContext): Promise<void> {
  const { journal, log, store, handOnUndoPlan } = context;
  const written = writesIn(journal.entries);
  const earlier = written.findLast(({ stored }) => isSameObject(stored, planned.before));
  // An earlier phase of this very plan wrote it: its resourceVersion counts, not the one that was read.
  const write = earlier?.write.after === planned.before ? continuedFrom(planned, earlier.stored) : planned;
  handOnUndoPlan([...written.map((one) => one.write), planned]);
  let stored: RoutingObject;
  try {
    stored = await store.write(write);
  } catch (thrown) {
    const { reason, mayHaveBeenWritten } = toTrafficError(thrown);
    if (reason === 'conflict') journal.add({ kind: 'overtaken', phase });
    if (mayHaveBeenWritten) journal.add({ kind: 'unanswered', phase, write: planned, sent: write.after });
    throw thrown;
  }
  journal.add({ kind: 'wrote', phase, write: planned, stored });
  log.info(`${verbOf(write, stored)} ${titleOf(stored)}`);
  refuseWrittenOtherwise(write, stored);
}

/** Where deleting is not allowed, the store writes the rule without subsets instead: only such an answer has a version. */
function verbOf(write: Write, { metadata }: RoutingObject): string {
  if (write.kind === 'VirtualService' || write.how === undefined) return 'Wrote';
  if (write.how === 'create') return 'Created';
  return metadata.resourceVersion === undefined ? 'Deleted' : 'Wrote';
}

/** The object as read, or as we wrote it if the read is older than our write (a cache answered). */
export function newest<T extends RoutingObject>(read: T, entries: readonly Entry[]): T {
  const own = writesIn(entries).findLast(({ stored }) => isSameObject(stored, read));
  const isOlder =
    own !== undefined && read.metadata.resourceVersion === own.write.before.metadata.resourceVersion;
  // The same object has the same kind.
  return isOlder ? (own.stored as T) : read;
}
