/** Asks about the pull requests that an operation goes by. */
import { toTrafficError, TrafficError, withSentence } from '../base/errors.ts';
import type { Clock, Collaborators } from '../ports/collaborators.ts';
import type { WithPullRequests } from './context.ts';
import { isReadOnly, type RequestedIntent } from '../operations/index.ts';
import { isOfServices } from '../operations/services.ts';
import type { PullRequests } from '../plan/types.ts';

/**
 * Adds what is known of pull requests, and the time. Each repository is asked about once in a run.
 *
 * @throws TrafficError as `Collaborators.openPullRequests`
 */
export function pullRequestsFor(
  intent: RequestedIntent,
  openPullRequests: Collaborators['openPullRequests'],
  clock: Clock,
): WithPullRequests {
  if (isReadOnly(intent) || isOfServices(intent)) return (snapshot) => Promise.resolve(snapshot);
  const known = new Map<string, PullRequests>();
  return async (snapshot) => {
    const { plannerOf } = await import('./changing.ts');
    const planner = plannerOf(intent);
    if (planner.pullRequestsOf === undefined) return snapshot;
    for (const repository of planner.pullRequestsOf(snapshot, intent))
      if (!known.has(repository)) known.set(repository, await pullRequestsOf(repository, openPullRequests));
    return { ...snapshot, time: clock.now().toISOString(), pullRequests: known };
  };
}

async function pullRequestsOf(
  repository: string,
  openPullRequests: Collaborators['openPullRequests'],
): Promise<PullRequests> {
  if (openPullRequests === undefined)
    return {
      state: 'unknown',
      why: 'there is no token to ask GitHub with (`github-token`, on the command line the variable GITHUB_TOKEN)',
    };
  const open = await openPullRequests(repository).catch((thrown: unknown) => {
    const { reason, message } = toTrafficError(thrown);
    const grant =
      reason === 'forbidden' ? ' The token needs `permissions: pull-requests: read` in that repository.' : '';
    throw new TrafficError(
      reason,
      `${withSentence(message, 'Which pull requests are open is not known, so every preview stays and nothing was changed.')}${grant}`,
      { cause: thrown },
    );
  });
  return open === undefined
    ? { state: 'unknown', why: 'the token sees no such repository' }
    : { state: 'known', open };
}
