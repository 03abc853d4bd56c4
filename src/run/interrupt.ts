/** A run that is cancelled half way: what ends at once, and what is finished all the same. */
import type { Clock } from '../ports/collaborators.ts';
import { elapsed } from '../base/elapsed.ts';
import { toTrafficError } from '../base/errors.ts';
import type { Store } from '../ports/store.ts';
import { throwIfCancelled } from '../base/cancel.ts';

/** What a run reads, writes and waits with. There are two of it: one that a signal ends, one for what must be finished. */
export interface StoreAndClock {
  readonly store: Store;
  readonly clock: Clock;
}

/**
 * The same store and clock, with which nothing begins once the signal is aborted, and no wait goes on. A write on its
 * way is finished: broken off, nobody would know whether it was done.
 */
export function abortable({ store, clock }: StoreAndClock, signal: AbortSignal | undefined): StoreAndClock {
  const ifNotCancelled = async <T>(step: () => Promise<T>): Promise<T> => {
    throwIfCancelled(signal);
    return await step();
  };
  return {
    store: storeWith(store, {
      read: async (scope) => {
        const snapshot = await ifNotCancelled(() => store.read(scope));
        throwIfCancelled(signal);
        return snapshot;
      },
      rehearse: (write) => ifNotCancelled(() => store.rehearse(write)),
      write: (write) => ifNotCancelled(() => store.write(write)),
    }),
    clock: {
      now: () => clock.now(),
      elapsed: () => elapsed(clock),
      random: () => clock.random(),
      sleep: async (milliseconds) => {
        await ifNotCancelled(() => clock.sleep(milliseconds, signal));
        throwIfCancelled(signal);
      },
    },
  };
}

/**
 * The same store, for what must be finished: a read that the signal broke off (the store ends those that it meets on
 * their way) is done again, which it doesn't end any more.
 */
export function uncancelled(store: Store): Store {
  return storeWith(store, {
    read: async (scope) => {
      try {
        return await store.read(scope);
      } catch (thrown) {
        if (toTrafficError(thrown).reason !== 'cancelled') throw thrown;
        return await store.read(scope);
      }
    },
  });
}

/** The same store, with some calls carried out in another way. Its warnings are read anew each time: they grow. */
function storeWith(store: Store, calls: Partial<Pick<Store, 'read' | 'rehearse' | 'write'>>): Store {
  return {
    kind: store.kind,
    place: store.place,
    ...(store.access !== undefined && { access: store.access }),
    ...waysOf(store),
    get warnings() {
      return store.warnings;
    },
    read: (scope) => store.read(scope),
    rehearse: (write) => store.rehearse(write),
    write: (write) => store.write(write),
    texts: (writes) => store.texts(writes),
    ...calls,
  };
}

/** What is only asked: whoever asks gives the signal along. */
function waysOf({ proxies, gateways }: Store): Pick<Store, 'proxies' | 'gateways'> {
  return { ...(proxies !== undefined && { proxies }), ...(gateways !== undefined && { gateways }) };
}

/**
 * Milliseconds that a cancelled run may still take, as things are put back: the runner sends SIGTERM 7.5 s after
 * SIGINT, kills 2.5 s later, and the last write and the report need some of it.
 *
 * @see https://docs.github.com/actions/reference/workflows-and-actions/workflow-cancellation
 */
const GRACE = 8_000;

export interface Patience {
  /**
   * Waits so many milliseconds; false, and at once, where a run that is or gets cancelled has no time for that.
   */
  wait(milliseconds: number): Promise<boolean>;
}

/** Knows since when the run is cancelled, however often it is told. To be made before the run begins. */
export function patienceOf(clock: Clock, signal: AbortSignal | undefined): Patience {
  let since = signal?.aborted === true ? elapsed(clock) : undefined;
  signal?.addEventListener('abort', () => (since = elapsed(clock)), { once: true });
  return {
    async wait(milliseconds) {
      const end = elapsed(clock) + milliseconds;
      for (;;) {
        const left = end - elapsed(clock);
        if (left <= 0) return true;
        if (since !== undefined && end > since + GRACE) return false;
        await clock.sleep(left, since === undefined ? signal : undefined);
      }
    },
  };
}
