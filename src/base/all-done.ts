/**
 * Waits for all of them, also where one fails.
 *
 * @throws what the first of them, in order, was rejected with
 */
export async function allDone(promises: readonly Promise<unknown>[]): Promise<void> {
  for (const one of await Promise.allSettled(promises)) if (one.status === 'rejected') throw one.reason;
}
