/** The one way to GitHub's API. Whatever it answers comes from outside, and none of it may fail a traffic change. */
import { TrafficError, toTrafficError } from '../base/errors.ts';
import { backoffPause, retry, type Try } from '../base/retry.ts';
import { isList, isObject, type Json, type JsonObject } from '../base/json.ts';
import { cut } from '../base/text.ts';
import type { Clock } from '../ports/collaborators.ts';

export interface GitHubClient {
  /**
   * @param path with its query: `/repos/octo-org/api/issues/10/comments`
   * @throws TrafficError unauthorized, forbidden, not-found, unreachable, timeout, rejected
   */
  readonly ask: (
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: JsonObject,
  ) => Promise<Json>;
  /** All items of a list, page by page. @throws TrafficError as `ask`, and `rejected` where there is no end to it */
  readonly list: (path: string) => Promise<readonly JsonObject[]>;
}

/** Milliseconds that one call may take, with all its tries. */
const PATIENCE = 60_000;
const ONE_TRY = 15_000;
/** Items of a page: a list of fewer has no other page. */
export const PER_PAGE = 100;
/** 10,000 items: no pull request has as many comments that it would be worth the calls. */
const MOST_PAGES = 100;

/**
 * Asks `GITHUB_API_URL` with a token, through the proxy of the environment. Faults that may pass (no connection, 429
 * and 403 with a pause that GitHub names, 5xx) are tried again for a minute.
 *
 * @param token masked by whoever read it
 * @param url of the API, in place of `GITHUB_API_URL`
 * @see https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
export async function githubClient(token: string, clock: Clock, url?: string): Promise<GitHubClient> {
  const { getOctokit } = await import('@actions/github');
  const { request } = getOctokit(token, url === undefined ? {} : { baseUrl: url });
  const ask: GitHubClient['ask'] = async (method, path, body) => {
    const deadline = clock.now().getTime() + PATIENCE;
    return retry(clock, async (number): Promise<Try<Json>> => {
      try {
        const answer: { readonly data?: unknown } = await request({
          method,
          url: path,
          ...body,
          request: { signal: AbortSignal.timeout(ONE_TRY) },
        });
        return { kind: 'done', value: (answer.data ?? null) as Json };
      } catch (thrown) {
        const fault = faultOf(thrown, `${method} ${path.replace(/\?.*/, '')}`, clock.now());
        if (fault.pause === null || (method === 'POST' && fault.isUnclear)) throw fault.error;
        return {
          kind: 'again',
          pause: Math.max(
            fault.pause,
            backoffPause({ first: 500, longest: 8_000, jitter: [0.5, 1] }, number, clock.random()),
          ),
          deadline,
          late: 'give-up',
          giveUp: () => {
            throw fault.error;
          },
        };
      }
    });
  };
  const list: GitHubClient['list'] = async (path) => {
    const items: JsonObject[] = [];
    for (let page = 1; page <= MOST_PAGES; page += 1) {
      const more = await ask(
        'GET',
        `${path}${path.includes('?') ? '&' : '?'}per_page=${PER_PAGE}&page=${page}`,
      );
      if (!isList(more)) throw new TrafficError('rejected', `GitHub's answer to GET ${path} is no list.`);
      items.push(...more.filter(isObject));
      if (more.length < PER_PAGE) return items;
    }
    throw new TrafficError('rejected', `GitHub's list ${path} has more than ${MOST_PAGES * PER_PAGE} items.`);
  };
  return { ask, list };
}

interface Fault {
  readonly error: TrafficError;
  /** Milliseconds after which it may go better, at least; null: it will not. */
  readonly pause: number | null;
  /** It may have been carried out all the same. */
  readonly isUnclear: boolean;
}

/** What octokit throws has `status`, and the answer's headers and body where there was one. */
function faultOf(thrown: unknown, call: string, now: Date): Fault {
  const { status, response } = isObject(thrown) ? thrown : {};
  const answer = isObject(response) ? response : undefined;
  if (answer === undefined || typeof status !== 'number') {
    const words = toTrafficError(thrown).message.replace(/^Unexpected fault: /, '');
    const isLate = thrown instanceof Error && thrown.name === 'TimeoutError';
    const message = isLate
      ? `GitHub did not answer ${call} in ${ONE_TRY / 1000} s.`
      : `GitHub could not be reached for ${call}: ${cut(words, 200)}`;
    return {
      error: new TrafficError(isLate ? 'timeout' : 'unreachable', message),
      pause: 0,
      isUnclear: true,
    };
  }
  const headers = isObject(answer['headers']) ? answer['headers'] : {};
  const data = isObject(answer['data']) ? answer['data'] : {};
  const said = typeof data['message'] === 'string' ? `: ${cut(data['message'], 200)}` : '';
  const message = `GitHub answered ${call} with ${status}${said}`;
  const pause = pauseOf(headers, now);
  if (status === 429 || (status === 403 && pause !== null))
    return { error: new TrafficError('rejected', message), pause: pause ?? 0, isUnclear: false };
  if (status >= 500)
    return { error: new TrafficError('unreachable', message), pause: pause ?? 0, isUnclear: true };
  const reasons = { 401: 'unauthorized', 403: 'forbidden', 404: 'not-found' } as const;
  const reason = status === 401 || status === 403 || status === 404 ? reasons[status] : 'rejected';
  return { error: new TrafficError(reason, message), pause: null, isUnclear: false };
}

/** Milliseconds that a rate limit names; null: none. */
function pauseOf(headers: JsonObject, now: Date): number | null {
  const seconds = Number(headers['retry-after'] ?? Number.NaN);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  if (headers['x-ratelimit-remaining'] !== '0') return null;
  const reset = Number(headers['x-ratelimit-reset'] ?? Number.NaN);
  return Number.isFinite(reset) ? Math.max(0, reset * 1000 - now.getTime()) : null;
}
