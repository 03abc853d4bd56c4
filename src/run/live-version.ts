/**
 * A write that was planned on an older version of its object, on the version that is there now. There are two kinds of
 * it, which differ in where the change begins: the store sends `after`, and records and reports are made of both.
 */
import type { DestinationRule } from '../istio/types.ts';
import type { Write } from '../plan/types.ts';
import type { RoutingObject } from './journal.ts';

/**
 * A further step on top of what this run has stored: it begins there, and whatever the server has added stays.
 *
 * @param stored as the server answered to the write before
 */
export function continuedFrom(write: Write, stored: RoutingObject): Write {
  const { annotations: _, ...metadata } = stored.metadata;
  const { annotations } = write.after.metadata;
  const after = {
    ...stored,
    spec: write.after.spec,
    metadata: { ...metadata, ...(annotations && { annotations }) },
  };
  // The kinds agree: `stored` is what the server answered for an object of the write's kind and name.
  return { ...write, before: stored, after } as Write;
}

/**
 * The same whole change once more, where this run has written a part of it: it still begins before the run's first
 * write, so that its record reverts all of it.
 *
 * @param live as it was read: nobody else has changed it since this run wrote it
 * @param first what the first of two writes of the object makes, where this is the second
 */
export function wholeOnVersionOf(
  write: Write,
  { metadata: { resourceVersion } }: RoutingObject,
  first: RoutingObject | undefined,
): Write {
  const at = <T extends RoutingObject>(object: T): T => ({
    ...object,
    metadata: { ...object.metadata, ...(resourceVersion !== undefined && { resourceVersion }) },
  });
  if (write.kind === 'VirtualService') return { ...write, before: at(write.before), after: at(write.after) };
  const { how, ...update } = write;
  return {
    ...update,
    // The kinds agree: it is what became of `write.before`.
    before: (first as DestinationRule | undefined) ?? at(write.before),
    after: at(write.after),
    // What was created is there by now: the rest of it is an update.
    ...(how === 'delete' && { how }),
  };
}
