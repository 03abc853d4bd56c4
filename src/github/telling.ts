/** What everything that tells GitHub of a change goes by. */
import { TrafficError } from '../base/errors.ts';
import type { Json } from '../base/json.ts';
import type { GithubPlaces } from '../operations/request.ts';
import type { Clock } from '../ports/collaborators.ts';
import type { GitHubClient } from './client.ts';
import { pullRequestOf, type PullRequest } from './event.ts';

/** What the runner says of the workflow. */
export interface Workflow {
  /** `octo-org/api` */
  readonly repository: string | undefined;
  /** The event's payload. */
  readonly event: Json | undefined;
  /** The address of the run. */
  readonly run: string | null;
  /** The commit that the workflow runs on. */
  readonly commit: string | undefined;
}

export interface Telling {
  /** What was asked for. */
  readonly places: GithubPlaces;
  readonly workflow: Workflow;
  /** Made when it is needed: what is wrong with the token or the address must not stop the change. */
  readonly client: () => Promise<GitHubClient>;
  readonly clock: Clock;
}

/** The note of a pull request: one, for all services. */
export const NOTE = 'previews';

/** The pull request that the workflow runs for; undefined: it runs for none. */
export function pullOf({ repository, event }: Workflow): PullRequest | undefined {
  return repository === undefined ? undefined : pullRequestOf(event, repository);
}

/** @throws TrafficError invalid-input: there is none */
export function pullFor(pull: PullRequest | undefined): PullRequest {
  if (pull !== undefined) return pull;
  throw new TrafficError(
    'invalid-input',
    'the event that started this workflow is about no pull request, so there is none to comment on',
  );
}

/** @throws TrafficError invalid-input: nobody says what is deployed */
export function deployable(
  { repository, commit }: Workflow,
  pull: PullRequest | undefined,
): { readonly repository: string; readonly ref: string } {
  const ref = pull?.commit ?? commit;
  if (repository === undefined || ref === undefined)
    throw new TrafficError(
      'invalid-input',
      'GITHUB_REPOSITORY and GITHUB_SHA are not set, so nobody knows what is deployed',
    );
  return { repository, ref };
}
