import { setTimeout as pause } from 'node:timers/promises';

/**
 * Waits for real.
 *
 * @param milliseconds 0 or less resolves at once
 * @param signal ends it early, without an error: whoever waits looks at the signal
 */
export async function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  if (milliseconds <= 0 || signal?.aborted === true) return;
  await pause(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}
