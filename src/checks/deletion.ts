import { textIn } from '../base/json.ts';
import { finding, type Finding } from '../base/findings.ts';
import { titleOf } from '../base/title.ts';
import { distinctBy } from '../base/distinct.ts';
import type { CheckContext } from './context.ts';

/**
 * An object that is being deleted goes as soon as its finalizers are done, and what is written to it until then goes
 * with it. Taking something out of it does no harm.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/
 */
export function checkDeletion({ snapshot, phases, draft: { shift } }: CheckContext): readonly Finding[] {
  // In files the field says only that somebody saved what a cluster had.
  if (snapshot.source === 'manifests') return [];
  const objects = distinctBy(
    phases.flatMap(({ writes }) => writes.map(({ before }) => before)),
    titleOf,
  );
  return objects.flatMap((object) => {
    const since = textIn(object.metadata['deletionTimestamp']);
    if (since === '') return [];
    const message =
      `${titleOf(object)} is being deleted (since ${since}) and goes once its finalizers are done: whatever is written to it goes with it. ` +
      'Create it again when it is gone, and run again.';
    const isForward = shift !== undefined;
    return [finding('being-deleted', isForward ? 'error' : 'warning', message, object, isForward)];
  });
}
