/** A write to which no answer came: was it carried out? */
import type { DestinationRule } from '../istio/types.ts';
import { sameSpec } from '../istio/same-spec.ts';
import type { Write } from '../plan/types.ts';
import type { RunContext } from './context.ts';
import type { RoutingObject } from './journal.ts';
import { writesIn } from './journal-readers.ts';
import { isSameObject } from '../base/title.ts';
import { signatureOf } from '../undo/signature.ts';

/**
 * Looks whether the last write, to which no answer came that can be used, was carried out. An object that is neither
 * as it was nor as it was sent was changed by somebody else: our change may be below theirs, so it is taken back like
 * any other, unless it can't be told; then it stays in doubt.
 */
export async function settleDoubt({ store, journal }: RunContext): Promise<void> {
  const last = writesIn(journal.entries).at(-1);
  if (last?.mayHaveBeenWritten !== true) return;
  const snapshot = await store.read('routing').catch(() => undefined);
  if (snapshot === undefined) return;
  const { write } = last;
  const live = [...snapshot.virtualServices, ...snapshot.destinationRules].find((object) =>
    isSameObject(object, write.after),
  );
  switch (live === undefined ? 'not-written' : fateOf(write, live)) {
    case 'not-written':
      journal.add({ kind: 'settled', stored: null });
      return;
    case 'as-sent':
      journal.add({ kind: 'settled', stored: live ?? write.after });
      return;
    case 'changed-since':
      // With the resourceVersion of before it is a conflict to put it back whole, and only what is ours goes.
      journal.add({ kind: 'settled', stored: write.after });
      return;
    case 'unknown':
  }
}

type Fate = 'not-written' | 'as-sent' | 'changed-since' | 'unknown';

/**
 * What became of a write without an answer, by the object as it is now. A VirtualService carries our signature; of a
 * DestinationRule the subsets tell that it was given.
 */
function fateOf(write: Write, live: RoutingObject): Fate {
  if (live.metadata.resourceVersion === write.before.metadata.resourceVersion) return 'not-written';
  if (write.kind === 'DestinationRule') {
    const names = ({ spec }: DestinationRule): string[] => (spec.subsets ?? []).map(({ name }) => name);
    const [old, now] = [names(write.before), live.kind === 'DestinationRule' ? names(live) : []];
    const isThere = names(write.after).some((name) => !old.includes(name) && now.includes(name));
    return isThere ? 'as-sent' : 'not-written';
  }
  const [old, signature, now] = [write.before, write.after, live].map(signatureOf);
  const isSame = sameSpec(write.kind, write.after.spec, live.spec);
  if (now !== signature && now !== old) return 'unknown';
  if (isSame) return 'as-sent';
  // Who edits what we wrote keeps our signature; where it isn't, neither is our change.
  return now === old ? 'not-written' : 'changed-since';
}
