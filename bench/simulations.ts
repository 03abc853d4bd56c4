import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { Figure } from './figure.ts';
import { judgeParts } from './judge.ts';

/** What a thread is told. */
interface Order {
  /** The first of the seeds. */
  readonly first: number;
  /** It computes each part whose index leaves this rest when divided by the number of threads. */
  readonly rest: number;
  readonly threads: number;
}

/**
 * The simulated canaries, by a thread for each core. No time is measured in them, and nothing that is may run beside them.
 *
 * @param first the first of the seeds
 */
export async function benchSimulations(first = 1): Promise<readonly Figure[]> {
  const threads = availableParallelism();
  const computed = await Promise.all(
    Array.from({ length: threads }, async (_, rest) => {
      const worker = new Worker(new URL(import.meta.url), {
        workerData: { first, rest, threads } satisfies Order,
      });
      const [parts] = (await once(worker, 'message')) as [readonly (readonly Figure[])[]];
      return parts;
    }),
  );
  const parts = judgeParts(first);
  return parts.flatMap((_, index) => computed[index % threads]?.[Math.floor(index / threads)] ?? []);
}

if (!isMainThread) {
  const { first, rest, threads } = workerData as Order;
  const own = judgeParts(first).filter((_, index) => index % threads === rest);
  parentPort?.postMessage(own.map((part) => part()));
}
