/** The one way to GitHub's API. Whatever it answers comes from outside, and none of it may fail a traffic change. */
import { elapsed, elapsing } from '../base/elapsed.ts';
import { TrafficError, faultText } from '../base/errors.ts';
import { backoffPause, retry, type Try } from '../base/retry.ts';
import { isList, isObject, type Json, type JsonObject } from '../base/json.ts';
import { cut } from '../base/text.ts';
import type { Clock } from '../ports/collaborators.ts';
import { fetchFromGithub } from './fetch.ts';

export interface GitHubClient {
  /**
   * @param path with its query: `/repos/octo-org/api/issues/10/comments`
   * @param body or what gives it before each try
   * @throws TrafficError unauthorized, forbidden, not-found, unreachable, timeout, rejected
   */
  readonly ask: (
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: JsonObject | (() => Promise<JsonObject>),
  ) => Promise<Json>;
  /** All items of a list, page by page. @throws TrafficError as `ask`, and `rejected` where there is no end to it */
  readonly list: (path: string) => Promise<readonly JsonObject[]>;
  /** As whom GitHub knows the token; undefined: it does not say it. */
  readonly login: () => Promise<string | undefined>;
}

/** Milliseconds that one call may take, with all its tries. */
const PATIENCE = 60_000;
const ONE_TRY = 15_000;
/** Items of a page. */
const PER_PAGE = 100;
/** 10,000 items on GitHub: no pull request has as many comments that it would be worth the calls. */
const MOST_PAGES = 100;
/** GitHub redirects once, from the name that a repository had before. */
const MOST_REDIRECTS = 3;

/**
 * Asks `GITHUB_API_URL` with a token, through the proxy of the environment. Faults that may pass (no connection, 429
 * and 403 with a pause that GitHub names, 5xx) are tried again for a minute. A redirect to another host is not followed:
 * it would get what is written, and could answer whatever it wants.
 *
 * @param token masked by whoever read it
 * @param url of the API, in place of `GITHUB_API_URL`
 * @throws TrafficError invalid-input: the token or the address can't be one
 * @see https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
export async function githubClient(
  token: string,
  clock: Clock,
  url = process.env['GITHUB_API_URL'],
): Promise<GitHubClient> {
  const base = apiAddress(url);
  if (token === '')
    throw new TrafficError(
      'invalid-input',
      'there is no token: `github-token` is empty (an unset variable?)',
    );
  // The message of whoever builds the request would quote a header that can't be sent.
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new TrafficError('invalid-input', '`github-token` has a character that no token has');
  const { getOctokit } = await octokit();
  const { request } = getOctokit(token, { baseUrl: base, request: { fetch: fetchFromGithub } });
  /** Of one try, with the redirects that lie on its way. */
  const send = async (method: string, path: string, body: JsonObject | undefined): Promise<WholeAnswer> => {
    const signal = AbortSignal.timeout(ONE_TRY);
    let to = path;
    for (let redirects = 0; ; redirects += 1) {
      const answer: OctokitResponse = await request({
        method,
        url: to,
        ...body,
        request: { signal, log: SILENT },
      });
      if (answer.status < 300 || answer.status >= 400)
        return { data: (answer.data ?? null) as Json, hasNext: hasNextPage(answer) };
      const next = redirectTarget(answer, base);
      if (next === undefined || redirects === MOST_REDIRECTS)
        throw new TrafficError(
          'rejected',
          `GitHub answered ${callOf(method, path)} with ${answer.status}, a redirect that is not followed`,
        );
      to = next;
    }
  };
  const askWhole = async (...[method, path, body]: Parameters<GitHubClient['ask']>): Promise<WholeAnswer> => {
    const deadline = elapsed(clock) + PATIENCE;
    return retry(elapsing(clock), async (number): Promise<Try<WholeAnswer>> => {
      try {
        return {
          kind: 'done',
          value: await send(method, path, typeof body === 'function' ? await body() : body),
        };
      } catch (thrown) {
        if (thrown instanceof TrafficError) throw thrown;
        const fault = failedCall(thrown, callOf(method, path), clock.now(), token);
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
  const ask: GitHubClient['ask'] = async (...asked) => (await askWhole(...asked)).data;
  const list: GitHubClient['list'] = async (path) => {
    const items: JsonObject[] = [];
    for (let page = 1; page <= MOST_PAGES; page += 1) {
      const { data: more, hasNext } = await askWhole(
        'GET',
        `${path}${path.includes('?') ? '&' : '?'}per_page=${PER_PAGE}&page=${page}`,
      );
      if (!isList(more)) throw new TrafficError('rejected', `GitHub's answer to GET ${path} is no list.`);
      items.push(...more.filter(isObject));
      if (!(hasNext ?? more.length >= PER_PAGE)) return items;
    }
    throw new TrafficError('rejected', `GitHub's list ${path} has more than ${MOST_PAGES} pages.`);
  };
  return { ask, list, login: () => loginOf(ask, base) };
}

/** @throws TrafficError invalid-input: the package reads the file of the event while it is loaded, and can't */
async function octokit() {
  try {
    return await import('@actions/github');
  } catch (thrown) {
    const why = faultText(thrown);
    throw new TrafficError(
      'invalid-input',
      `the file of the event that started this workflow, which GITHUB_EVENT_PATH names, can't be read (${why})`,
      { cause: thrown },
    );
  }
}

interface WholeAnswer {
  readonly data: Json;
  /** Does the server say that a list has another page? Undefined: it does not say it. */
  readonly hasNext: boolean | undefined;
}

/**
 * A server may have smaller pages than it is asked for: Forgejo and Gitea, which run such workflows as well, have 30 or 50
 * items on a page.
 *
 * @see https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api#using-link-headers
 */
function hasNextPage({ headers: { link } }: OctokitResponse): boolean | undefined {
  return typeof link === 'string' ? /;\s*rel="?next"?/.test(link) : undefined;
}

/** What octokit hands back. */
interface OctokitResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly data?: unknown;
}

/** It would print words of whoever answers. */
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing };

function nothing(): void {
  // Nobody reads it.
}

/** @throws TrafficError invalid-input: without its text, which may hold a password */
function apiAddress(url = ''): string {
  const text = url === '' ? 'https://api.github.com' : url.replace(/\/+$/, '');
  const address = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = address?.username === '' && address.password === '' && address.search === '';
  if (address === undefined || !/^https?:$/.test(address.protocol) || !isPlain)
    throw new TrafficError('invalid-input', 'GITHUB_API_URL is no address of an API');
  return text;
}

function callOf(method: string, path: string): string {
  return `${method} ${path.replace(/^https?:\/\/[^/]*|\?.*$/g, '')}`;
}

/**
 * Where on the same host a redirect goes; undefined: elsewhere, or nowhere.
 *
 * @see https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects
 */
function redirectTarget({ status, headers }: OctokitResponse, base: string): string | undefined {
  const { location } = headers;
  if (![301, 302, 307, 308].includes(status) || typeof location !== 'string') return undefined;
  if (!URL.canParse(location, base)) return undefined;
  const to = new URL(location, base);
  // Octokit would fill in what is in braces.
  return to.origin === new URL(base).origin && !/[{}]/.test(to.href) ? to.href : undefined;
}

/**
 * GraphQL says it to every kind of token, the REST API not to that of an app, which the job's own is.
 *
 * @see https://docs.github.com/en/graphql/reference/queries#viewer
 */
async function loginOf(ask: GitHubClient['ask'], base: string): Promise<string | undefined> {
  const graphql = `${base.replace(/\/api\/v3$/, '/api')}/graphql`;
  const asked = await answerOrNothing(ask('POST', graphql, { query: 'query { viewer { login } }' }));
  const data = isObject(asked) && isObject(asked['data']) ? asked['data'] : {};
  const viewer = isObject(data['viewer']) ? data['viewer'] : await answerOrNothing(ask('GET', '/user'));
  const login = isObject(viewer) ? viewer['login'] : undefined;
  return typeof login === 'string' && login !== '' ? login : undefined;
}

/** @throws TrafficError unauthorized */
async function answerOrNothing(asked: Promise<Json>): Promise<Json> {
  try {
    return await asked;
  } catch (thrown) {
    if (thrown instanceof TrafficError && thrown.reason === 'unauthorized') throw thrown;
    return null;
  }
}

interface FailedCall {
  readonly error: TrafficError;
  /** Milliseconds after which it may go better, at least; null: it will not. */
  readonly pause: number | null;
  /** It may have been carried out all the same. */
  readonly isUnclear: boolean;
}

/** What octokit throws has `status`, and the answer's headers and body where there was one. */
function failedCall(thrown: unknown, call: string, now: Date, token: string): FailedCall {
  const { status, response } = isObject(thrown) ? thrown : {};
  const answer = isObject(response) ? response : undefined;
  // Before it is cut: half a token is no longer known as one.
  const without = (text: string): string => text.replaceAll(token, '***');
  if (answer === undefined || typeof status !== 'number') {
    const words = without(faultText(thrown));
    const isLate = [thrown, thrown instanceof Error ? thrown.cause : undefined].some(
      (one) => one instanceof Error && one.name === 'TimeoutError',
    );
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
  const said = typeof data['message'] === 'string' ? `: ${cut(without(data['message']), 200)}` : '';
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
