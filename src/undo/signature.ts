/** What tells by whose run a VirtualService was written last. */
import type { KubeObject } from '../istio/types.ts';
import { LAST_CHANGE } from '../plan/last-change.ts';
import { HISTORY } from './format.ts';

/**
 * Differs after each run that writes the object: its history begins with an id of the run's own, also where the library
 * says no author and so leaves `istiops/last-change` as it is.
 */
export function signatureOf({ metadata: { annotations = {} } }: KubeObject): string {
  return JSON.stringify([LAST_CHANGE, HISTORY].map((name) => annotations[name] ?? null));
}
