import { TrafficError, type FailureReason } from '../../base/errors.ts';
import { field, parseJson, textIn } from '../../base/json.ts';
import { backoffPause, retry, type Backoff, type Try } from '../../base/retry.ts';
import { VERSION } from '../../base/version.ts';
import { proxyFor } from '../../net/proxy.ts';
import { sendRequest, TooLargeAnswer } from '../../net/send-request.ts';
import { sleep } from '../../net/sleep.ts';
import { inMiB, LARGEST_REFUSAL } from './body.ts';
import { noCredentials, type CredentialSource } from './credential-source.ts';
import { claimsOf, momentIn } from './jwt.ts';
import { refusedTokenWords } from './refused-token.ts';

export interface GithubTokens {
  /** For whom the tokens are to be. */
  readonly audience: string;
  /** The API server's URL. */
  readonly server: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Words of others, without the secrets that we know of. */
  readonly shown: (words: string) => string;
  /** Is told of the runner's own token before it is used; those that it gives are the caller's to tell. */
  readonly onSecret: (secret: string) => void;
}

/** Milliseconds. A token with less to live is not used any more: a write may wait a minute for its answer. */
const LEAST_LEFT = 60_000;
/** Milliseconds for one request; for all of them. */
const PATIENCE = 15_000;
const PATIENCE_IN_ALL = 60_000;
const BACKOFF: Backoff = { first: 500, longest: 8_000, jitter: [0.5, 1] };

/**
 * The OIDC tokens that GitHub gives to a job with `permissions: id-token: write`, each for some minutes. The request is
 * ours rather than `core.getIDToken`'s, which loads an HTTP client of several hundred kilobytes at every start.
 *
 * @throws TrafficError unauthorized, unreachable, timeout
 * @see https://docs.github.com/en/actions/reference/security/oidc#methods-for-requesting-the-oidc-token
 */
export function githubTokens(asked: GithubTokens): CredentialSource {
  let last = '';
  return {
    obtain: async () => {
      last = await newToken(asked);
      const until = usableUntil(last, Date.now());
      return { token: last, ...(until === undefined ? {} : { expires: until }) };
    },
    canRenew: () => true,
    refused: (answer) => asked.shown(refusedTokenWords(last, asked, answer, Date.now())),
  };
}

/**
 * Until when a token that has just come is used, in milliseconds since 1970. A machine whose clock is wrong goes by
 * how long the token lives.
 */
function usableUntil(token: string, now: number): number | undefined {
  const claims = claimsOf(token);
  const [expires, issued] = [momentIn(claims, 'exp'), momentIn(claims, 'iat')];
  if (expires === undefined) return undefined;
  const left = expires - now;
  const life = issued === undefined ? left : expires - issued;
  return now + (left > 0 && left <= life ? left : life) - LEAST_LEFT;
}

async function newToken(asked: GithubTokens): Promise<string> {
  const { env, audience, onSecret } = asked;
  const address = env['ACTIONS_ID_TOKEN_REQUEST_URL']?.trim() ?? '';
  const own = env['ACTIONS_ID_TOKEN_REQUEST_TOKEN']?.trim() ?? '';
  if (address === '' || own === '') throw withoutPermission(asked, address === '' ? 'URL' : 'TOKEN');
  onSecret(own);
  const url = URL.parse(address);
  if (url === null) throw tokenFailure(asked, 'ACTIONS_ID_TOKEN_REQUEST_URL is no URL.');
  url.searchParams.set('audience', audience);
  return askUntilGiven(asked, url, own);
}

/** What may pass is tried again: GitHub's service is asked by every job there is. */
async function askUntilGiven(asked: GithubTokens, url: URL, own: string): Promise<string> {
  const deadline = performance.now() + PATIENCE_IN_ALL;
  const attempt = async (tries: number): Promise<Try<string>> => {
    const given = await ask(asked, url, own);
    if ('token' in given) return { kind: 'done', value: given.token };
    if (!given.mayPass) throw given.error;
    return {
      kind: 'again',
      pause: backoffPause(BACKOFF, tries, Math.random()),
      deadline,
      late: 'give-up',
      giveUp: () => {
        throw given.error;
      },
    };
  };
  return retry({ now: () => performance.now(), sleep }, attempt);
}

type Given = { readonly token: string } | { readonly error: TrafficError; readonly mayPass: boolean };

async function ask(asked: GithubTokens, url: URL, own: string): Promise<Given> {
  const proxy = proxyFor(url, asked.env);
  let answer;
  try {
    answer = await sendRequest(url, {
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${own}`,
        'user-agent': `istiops/${VERSION}`,
      },
      ...(proxy === undefined ? {} : { proxy }),
      signal: AbortSignal.timeout(PATIENCE),
      largest: LARGEST_REFUSAL,
    });
  } catch (thrown) {
    return unanswered(asked, url, thrown);
  }
  const { status, body } = answer;
  const token = textIn(field(parseJson(body), 'value')).trim();
  if (status === 200 && token !== '') return { token };
  // Before it is cut: half of a secret would not be known again.
  const words = asked.shown(textIn(field(parseJson(body), 'message'))).slice(0, 500);
  const said = words === '' ? '' : `: ${words}`;
  const what = status === 200 ? 'answered without a token' : `refuses (${status})${said}`;
  return {
    error: tokenFailure(asked, `the address that gives it, ${url.host}, ${what}.`),
    mayPass: status === 429 || status >= 500,
  };
}

function unanswered(asked: GithubTokens, { host }: URL, thrown: unknown): Given {
  if (thrown instanceof TooLargeAnswer) {
    const words = `the address that gives it, ${host}, answers with more than ${inMiB(LARGEST_REFUSAL)}.`;
    return { error: tokenFailure(asked, words), mayPass: false };
  }
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'a fault that has no code';
  const isLate = code === 'ABORT_ERR' || (thrown instanceof Error && thrown.name === 'TimeoutError');
  const words = isLate
    ? `the address that gives it, ${host}, did not answer within ${PATIENCE / 1000} s.`
    : `the address that gives it, ${host}, can't be reached (${code}). Check HTTPS_PROXY and NO_PROXY.`;
  return { error: tokenFailure(asked, words, isLate ? 'timeout' : 'unreachable'), mayPass: true };
}

/** The runner sets both variables, or none. */
function withoutPermission({ server }: GithubTokens, which: 'URL' | 'TOKEN'): TrafficError {
  return new TrafficError(
    'unauthorized',
    `No credentials for ${server}: this job gets no OIDC token from GitHub (ACTIONS_ID_TOKEN_REQUEST_${which} is not set). ` +
      'The job needs `permissions: id-token: write`, beside the permissions that it has. A pull request from a fork gets ' +
      'no token whatever its permissions are, and a called workflow has no more permissions than its caller. ' +
      'Outside of GitHub Actions, give a kubeconfig in place of `server`.\n\npermissions:\n  id-token: write',
  );
}

function tokenFailure(
  { server, shown }: GithubTokens,
  words: string,
  reason: FailureReason = 'unauthorized',
): TrafficError {
  return noCredentials({ who: server, shown }, `GitHub's OIDC token is missing; ${words}`, reason);
}
