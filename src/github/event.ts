/** What the event that started the workflow says about the pull request. It comes from a file that GitHub writes. */
import { isObject, isPositiveInteger, objectIn, type Json } from '../base/json.ts';

/** The pull request that a run is about. */
export interface PullRequest {
  /** `octo-org/api` */
  readonly repository: string;
  readonly number: number;
  /** The commit at its head, in 40 hex digits; null where the event does not say it. */
  readonly commit: string | null;
  /** Its branch is in another repository, so the job's token can only read. */
  readonly isFromFork: boolean;
}

/**
 * The pull request of an event: `pull_request` and `pull_request_target` carry it whole, `issue_comment` its number.
 *
 * @param repository of the workflow, `GITHUB_REPOSITORY`
 * @returns undefined where the event is about none
 * @see https://docs.github.com/en/webhooks/webhook-events-and-payloads
 */
export function pullRequestOf(event: Json | undefined, repository: string): PullRequest | undefined {
  if (!isObject(event)) return undefined;
  const pull = event['pull_request'];
  if (isObject(pull)) {
    const number = pull['number'];
    if (!isPositiveInteger(number)) return undefined;
    const head = objectIn(pull['head']);
    const { sha } = head;
    const from = isObject(head['repo']) ? head['repo']['full_name'] : undefined;
    return {
      repository,
      number,
      commit: typeof sha === 'string' && /^[0-9a-f]{40}$/.test(sha) ? sha : null,
      // A fork that was deleted has no repository any more.
      isFromFork: typeof from !== 'string' || from.toLowerCase() !== repository.toLowerCase(),
    };
  }
  const issue = event['issue'];
  if (!isObject(issue) || !isObject(issue['pull_request']) || !isPositiveInteger(issue['number']))
    return undefined;
  return { repository, number: issue['number'], commit: null, isFromFork: false };
}
