import { boot, type Plane } from '../plane/plane.ts';

export type { Plane } from '../plane/plane.ts';

/** What istiod waits for more changes before it pushes, and a `propagation-wait` that fits it on a busy machine. */
export const DEBOUNCE = '100ms';
export const WAIT = '1s';

let shared: Promise<Plane> | undefined;

/** The plane of all test files: booted by the first that asks, stopped by global-setup.ts. */
export async function sharedPlane(): Promise<Plane> {
  shared ??= boot({ istiodDebounceAfter: DEBOUNCE });
  return await shared;
}
