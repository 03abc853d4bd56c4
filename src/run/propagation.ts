/** How a run makes sure that the proxies have what it has written. */
import type { Store } from '../ports/store.ts';
import type { Clock, Log } from '../ports/collaborators.ts';
import type { Patience } from './interrupt.ts';
import type { Journal } from './journal.ts';
import type { PhaseName } from '../plan/types.ts';
import { hasEntry } from './journal-readers.ts';

export type Propagated =
  | { readonly kind: 'yes' }
  /** They may have it, or still what was before: subsets that only that uses must stay. `why`: part of a sentence. */
  | { readonly kind: 'unknown'; readonly why: string };

export interface Propagation {
  /**
   * Is to be called before the first write of a phase, and of an undoing: what the proxies have by then tells afterwards
   * what is new.
   *
   * @throws TrafficError forbidden: they must be asked, and may not be; cancelled
   */
  readonly before: (phase: PhaseName) => Promise<void>;
  /**
   * Resolves when the proxies have what was written last, or when there is no more time to find out. The journal says
   * what was written, and whether it is being undone.
   *
   * @param phase `add-subsets`: the subsets must be usable now; `routes`: no request may go by the routes of before
   * @throws TrafficError cancelled; rejected: a proxy refuses it; anything else undoes the change
   */
  readonly after: (phase: PhaseName) => Promise<Propagated>;
}

export interface PropagationWait {
  readonly place: Store['kind'];
  /** Milliseconds; 0 for no wait. */
  readonly milliseconds: number;
  /** Ends, with an error, when the run is cancelled. */
  readonly clock: Clock;
  /** For the wait of an undoing, which a cancelled run may have no time for. */
  readonly patience: Patience;
  readonly log: Log;
  readonly journal: Journal;
}

/** A wait of the same length after each phase, for where the proxies can't be asked. */
export function waitForProxies({
  place,
  milliseconds,
  clock,
  patience,
  log,
  journal,
}: PropagationWait): Propagation {
  const after: Propagation['after'] = async (phase) => {
    if (place === 'manifests' || milliseconds === 0) return { kind: 'yes' };
    const seconds = milliseconds / 1000;
    log.info(`Waiting ${seconds} s for istiod and Envoy to catch up`);
    if (!hasEntry(journal.entries, 'undoing')) {
      await clock.sleep(milliseconds);
    } else if (!(await patience.wait(milliseconds))) {
      const why = `a cancelled run has no time to wait ${seconds} s (\`propagation-wait\`) until Envoy has left them`;
      return { kind: 'unknown', why };
    }
    journal.add({ kind: 'confirmed', phase, how: 'waited', words: '' });
    return { kind: 'yes' };
  };
  return { before: () => Promise.resolve(), after };
}
