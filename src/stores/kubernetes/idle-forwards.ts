/** Port-forwards that wait for the next question: most of the time of a question is the way to the pod. */
import type { Time } from './calls.ts';
import type { Forward } from './port-forward.ts';

/** Milliseconds that one waits: longer than between two questions of a run, and not for as long as a program runs. */
const LONGEST_IDLE = 10_000;

export interface IdleForwards {
  /** One that is open and that nobody uses; it is the caller's then. */
  take(object: string): Forward | undefined;
  /** One for each object; a further one is ended. */
  keep(object: string, forward: Forward): void;
}

interface Idle {
  readonly forward: Forward;
  readonly limit: AbortSignal;
  readonly end: () => void;
}

/** Keeps one for each `object`; it ends by itself after a while, or when its stream is closed. */
export function idleForwards({ limit: limitOf }: Pick<Time, 'limit'>): IdleForwards {
  const waiting = new Map<string, Idle>();
  const release = (object: string): Forward | undefined => {
    const idle = waiting.get(object);
    if (idle === undefined) return undefined;
    waiting.delete(object);
    idle.limit.removeEventListener('abort', idle.end);
    idle.forward.stream.off('close', idle.end);
    return idle.forward;
  };
  return {
    take: (object) => {
      const forward = release(object);
      forward?.setIdle(false);
      return forward;
    },
    keep: (object, forward) => {
      if (waiting.has(object)) {
        forward.stream.destroy();
        return;
      }
      forward.setIdle(true);
      const end = (): void => {
        release(object)?.stream.destroy();
      };
      const limit = limitOf(LONGEST_IDLE, `keep ${object}`);
      waiting.set(object, { forward, limit, end });
      limit.addEventListener('abort', end, { once: true });
      forward.stream.once('close', end);
    },
  };
}
