import { TrafficError } from '../base/errors.ts';
import { PER_PAGE, type GitHubClient } from './client.ts';

/**
 * The numbers of a repository's open pull requests. A list of several pages is read twice: one that is closed meanwhile
 * moves those behind it to the page before, where nobody looks again.
 *
 * @returns undefined: the token sees no such repository
 * @throws TrafficError as GitHubClient
 */
export async function openPullRequestsOf(
  { list }: GitHubClient,
  repository: string,
): Promise<ReadonlySet<number> | undefined> {
  const numbers = async (): Promise<readonly number[]> =>
    (await list(`/repos/${repository}/pulls?state=open&sort=created&direction=asc`)).flatMap(({ number }) =>
      typeof number === 'number' ? [number] : [],
    );
  try {
    const first = await numbers();
    return new Set(first.length < PER_PAGE ? first : [...first, ...(await numbers())]);
  } catch (thrown) {
    if (thrown instanceof TrafficError && thrown.reason === 'not-found') return undefined;
    throw thrown;
  }
}
