import { setPriority } from 'node:os';
import type { IstiodOptions } from '../plane/istiod.ts';
import { boot, type Plane } from '../plane/plane.ts';

export type { Plane } from '../plane/plane.ts';

/**
 * What istiod waits for more changes before it pushes, and at most: with many tests writing at once there is no quiet
 * tenth of a second, and without a limit that fits (Istio's is 10 s) no `propagation-wait` would be long enough.
 */
export const DEBOUNCE = { debounceAfter: '100ms', debounceMax: '200ms' } as const satisfies IstiodOptions;
/** A `propagation-wait` that fits it on a busy machine. */
export const WAIT = '1s';

let shared: Promise<Plane> | undefined;

/** The plane of all test files of a worker: booted by the first that asks, stopped by global-setup.ts. */
export async function sharedPlane(): Promise<Plane> {
  shared ??= bootFirst();
  return await shared;
}

/**
 * What the worker starts from then on, tools above all, gives way to the plane, as on a cluster that has machines of
 * its own: Envoy has its routes within the wait, however many pipelines run here.
 */
async function bootFirst(): Promise<Plane> {
  const plane = await boot({
    istiodDebounceAfter: DEBOUNCE.debounceAfter,
    istiodDebounceMax: DEBOUNCE.debounceMax,
  });
  setPriority(5);
  return plane;
}
