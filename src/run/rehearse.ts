import { allDone } from '../base/all-done.ts';
import type { Plan } from '../plan/types.ts';
import type { Store } from '../ports/store.ts';
import { refuseToWriteOtherwise } from './as-sent.ts';

/** Writes that are rehearsed at the same time: none depends on another, and each waits for a webhook. */
const MOST_REHEARSED = 8;

/**
 * Has the store try every write of a plan, so that admission speaks before anything is changed.
 *
 * @throws TrafficError of the first write, in order, that is refused
 */
export async function rehearse({ phases }: Plan, store: Store): Promise<void> {
  const writes = phases.flatMap((phase) => phase.writes);
  for (let i = 0; i < writes.length; i += MOST_REHEARSED) {
    await allDone(
      writes.slice(i, i + MOST_REHEARSED).map(async (write) => {
        const stored = await store.rehearse(write);
        if (stored !== undefined) refuseToWriteOtherwise(write, stored);
      }),
    );
  }
}
