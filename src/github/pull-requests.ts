import { TrafficError } from '../base/errors.ts';
import { isPositiveInteger } from '../base/json.ts';
import type { GitHubClient } from './client.ts';

/** Items that the smallest page of a server has which has further ones. */
const SMALLEST_PAGE = 30;

/**
 * The numbers of a repository's open pull requests. A list that may have several pages is read twice: one that is closed
 * meanwhile moves those behind it to the page before, where nobody looks again.
 *
 * @returns undefined: the token sees no such repository
 * @throws TrafficError as GitHubClient; rejected: an item of the list is no pull request, so that nobody knows which are
 *   open
 */
export async function openPullRequestsOf(
  { list }: GitHubClient,
  repository: string,
): Promise<ReadonlySet<number> | undefined> {
  const numbers = async (): Promise<readonly number[]> =>
    (await list(`/repos/${repository}/pulls?state=open&sort=created&direction=asc`)).map(({ number }) => {
      if (isPositiveInteger(number)) return number;
      throw new TrafficError(
        'rejected',
        `GitHub's list of the open pull requests of ${repository} has an item without a number`,
      );
    });
  try {
    const first = await numbers();
    return new Set(first.length < SMALLEST_PAGE ? first : [...first, ...(await numbers())]);
  } catch (thrown) {
    if (thrown instanceof TrafficError && thrown.reason === 'not-found') return undefined;
    throw thrown;
  }
}
