/** Long loops over files stay answerable: they give way to signals, and keep few files open at a time. */

/** Told how much was just done; gives way every so often. */
export type Pace = (characters: number) => Promise<void>;

/** As much as is parsed in some tens of milliseconds. */
const STRIDE = 64 * 1024;

/** @throws the signal's reason once it is aborted */
export function paceOf(signal: AbortSignal | undefined): Pace {
  let since = 0;
  return async (characters) => {
    since += characters;
    if (since < STRIDE) return;
    since = 0;
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
  };
}

/** Does a work of many steps, and gives way between them. */
export async function inSteps<T>(steps: Generator<number, T, undefined>, pace: Pace): Promise<T> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await pace(step.value);
  }
}

/** Of folders, and of the files in each: a process may have 1024 open by default, or 256. */
const AT_ONCE = 8;

/** As `Promise.all(items.map(body))`, but with few of them on their way at the same time. */
export async function mapFew<T, R>(items: readonly T[], body: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index];
      if (item !== undefined) results[index] = await body(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, work));
  return results;
}
