import type { CanaryIntent } from '../../operations/canary/intent.ts';
import type { Request } from '../../operations/request.ts';
import type { Collaborators } from '../../ports/collaborators.ts';
import type { Store } from '../../ports/store.ts';
import type { Outcome } from '../../report/types.ts';
import type { RunOptions } from '../options.ts';

/** One change, as `run` does it: a canary is made of several. */
export type RunOnce = (
  request: Request,
  collaborators: Collaborators,
  options?: RunOptions,
) => Promise<Outcome>;

export interface CanaryRequest extends Request {
  readonly intent: CanaryIntent;
}

/** The same collaborators with a store that is opened once: a canary is one run, with one login. */
export function withOneStore(collaborators: Collaborators): Collaborators {
  let store: Promise<Store> | undefined;
  return { ...collaborators, openStore: (...place) => (store ??= collaborators.openStore(...place)) };
}

/** The same, for what must be finished even if the run is cancelled. */
export function withoutSignal({ signal: _, ...collaborators }: Collaborators): Collaborators {
  return collaborators;
}
