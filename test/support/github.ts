/**
 * GitHub as far as OIDC tokens go: the address at which a job gets them, and the issuer that an API server asks for the
 * keys. What the tokens of a job say, how long they live and which key signs them is the test's to choose, at any moment.
 */
import { generateKeyPairSync, randomBytes, sign, verify, type KeyObject } from 'node:crypto';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { isObject, type JsonObject } from '../../src/base/json.ts';

export interface GithubOptions {
  /** For the issuer, which an API server reaches by https alone; absent: there is none. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

export interface Github extends AsyncDisposable {
  /** `https://127.0.0.1:40001`, or that of github.com where there is no `tls`. */
  readonly issuer: string;
  /** A job with `permissions: id-token: write`; with these claims in place of those of {@link JOB}. */
  job(claims?: JsonObject): Job;
  /** Tokens are signed by another key from now on, and the one before is no key any more. */
  rotate(): void;
  /** What is said by a token with a right signature that has not expired; undefined: there is something wrong with it. */
  claimsIn(token: string): JsonObject | undefined;
}

export interface Job {
  /** Its variables. */
  readonly env: Readonly<Record<string, string>>;
  /** Its own token, with which it asks. */
  readonly own: string;
  /** Those that it got so far, in order. */
  readonly tokens: readonly string[];
  /** The audiences that it asked for, in order. */
  readonly audiences: readonly string[];
  /** Claims of its tokens from now on; undefined: the claim is missing. */
  say(claims: JsonObject): void;
  /** Seconds that its tokens live from now on; GitHub's live some minutes. */
  live(seconds: number): void;
  /** Its next requests get these answers in place of a token. */
  answer(...replies: readonly Answer[]): void;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

interface Key {
  readonly id: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** The repository whose jobs these are. */
export const JOB = {
  repository: 'shop/api',
  repository_id: '123456',
  repository_owner: 'shop',
  repository_owner_id: '4711',
  ref: 'refs/heads/main',
} as const;

export async function startGithub({ tls }: GithubOptions = {}): Promise<Github> {
  const jobs = new Map<string, (request: IncomingMessage, url: URL) => Answer>();
  let key = makeKey();
  const gives = createHttpServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://github');
    const { status, body } = jobs.get(url.pathname)?.(request, url) ?? { status: 404, body: {} };
    send(response, status, body);
  });
  const port = await listen(gives);
  const discovers =
    tls === undefined
      ? undefined
      : createHttpsServer({ ...tls }, (request, response) => {
          const found = discovery(issuer, key)[request.url ?? ''];
          send(response, found === undefined ? 404 : 200, found ?? {});
        });
  const issuer =
    discovers === undefined
      ? 'https://token.actions.githubusercontent.com'
      : `https://127.0.0.1:${await listen(discovers)}`;
  return {
    issuer,
    job: (claims = {}) => {
      const path = `/job-${jobs.size + 1}`;
      const { give, ...job } = makeJob(`http://127.0.0.1:${port}${path}`, claims, (said) =>
        signed(key, { iss: issuer, ...said }),
      );
      jobs.set(path, give);
      return job;
    },
    rotate: () => {
      key = makeKey();
    },
    claimsIn: (token) => verified(token, key),
    [Symbol.asyncDispose]: async () => {
      for (const server of [gives, discovers]) {
        if (server === undefined) continue;
        server.closeAllConnections();
        await new Promise((done) => server.close(done));
      }
    },
  };
}

function makeJob(
  address: string,
  first: JsonObject,
  signedBy: (claims: JsonObject) => string,
): Job & { readonly give: (request: IncomingMessage, url: URL) => Answer } {
  const part = (bytes: number): string => randomBytes(bytes).toString('base64url');
  const own = `eyJhbGciOiJSUzI1NiJ9.${part(48)}.${part(32)}`;
  const tokens: string[] = [];
  const audiences: string[] = [];
  const replies: Answer[] = [];
  let claims = first;
  let lifetime = 300;
  const token = (audience: string): string => {
    const now = Math.floor(Date.now() / 1000);
    const times = { iat: now, nbf: now - 300, exp: now + lifetime };
    const said: JsonObject = {
      aud: audience,
      jti: part(8),
      sub: SUBJECT,
      ...JOB,
      ...times,
      ...claims,
    };
    return signedBy(Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)));
  };
  return {
    env: {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${address}?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: own,
      GITHUB_REPOSITORY_ID: JOB.repository_id,
      GITHUB_REPOSITORY_OWNER_ID: JOB.repository_owner_id,
    },
    own,
    tokens,
    audiences,
    say: (said) => {
      claims = said;
    },
    live: (seconds) => {
      lifetime = seconds;
    },
    answer: (...more) => {
      replies.push(...more);
    },
    give: ({ headers }, { searchParams }) => {
      const audience = searchParams.get('audience') ?? '';
      audiences.push(audience);
      const reply = replies.shift();
      if (reply !== undefined) return reply;
      if (headers.authorization !== `Bearer ${own}` || searchParams.get('api-version') !== '2.0')
        return { status: 401, body: { message: 'Unauthorized' } };
      const value = token(audience);
      tokens.push(value);
      return { status: 200, body: { count: value.length, value } };
    },
  };
}

const SUBJECT = 'repo:shop/api:ref:refs/heads/main';

/** What an issuer answers at each path. */
function discovery(issuer: string, key: Key): Readonly<Record<string, unknown>> {
  return {
    '/.well-known/openid-configuration': {
      issuer,
      jwks_uri: `${issuer}/.well-known/jwks`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    },
    '/.well-known/jwks': { keys: [jwkOf(key)] },
  };
}

function makeKey(): Key {
  return { id: randomBytes(8).toString('hex'), ...generateKeyPairSync('rsa', { modulusLength: 2048 }) };
}

function jwkOf({ id, publicKey }: Key): JsonObject {
  return { ...publicKey.export({ format: 'jwk' }), kid: id, alg: 'RS256', use: 'sig' };
}

function signed({ id, privateKey }: Key, claims: JsonObject): string {
  const part = (value: JsonObject): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: 'RS256', typ: 'JWT', kid: id })}.${part(claims)}`;
  return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
}

function verified(token: string, { publicKey }: Key): JsonObject | undefined {
  const [head = '', body = '', signature = ''] = token.split('.');
  if (!verify('sha256', Buffer.from(`${head}.${body}`), publicKey, Buffer.from(signature, 'base64url')))
    return undefined;
  const claims: unknown = JSON.parse(Buffer.from(body, 'base64url').toString('utf8'));
  return isObject(claims) && Number(claims['exp']) * 1000 > Date.now() ? claims : undefined;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

async function listen(server: Server): Promise<number> {
  // What fails while a plane boots must end its process.
  server.unref();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
}
