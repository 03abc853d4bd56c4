import { readFileSync } from 'node:fs';
import { request as http } from 'node:http';
import { request as https } from 'node:https';
import { TrafficError } from '../../errors.ts';
import { isObject, type JsonObject } from '../../json.ts';
import { field, text } from './fields.ts';
import type { Credential } from './wire.ts';

export interface OidcProvider {
  /** The `config` of a kubeconfig's `auth-provider` with the name `oidc`. */
  readonly config: JsonObject;
  /** `user "ci" of context "prod" (…)`, for messages. */
  readonly who: string;
  /** Words of the identity provider, without the secrets that we know of. */
  readonly shown: (words: string) => string;
  /** Is told of tokens before they are used. */
  readonly onSecret: (secret: string) => void;
}

/** Milliseconds for each of the two requests. */
const PATIENCE = 15_000;

/**
 * A source of ID tokens: the kubeconfig's own for as long as it is valid, then those that its refresh token gives.
 * Ours rather than the client's: version 2.0.1 fails at every renewal (it hands a text where its OpenID library
 * wants a URL), leaves out the client secret, and goes on anonymously where it has no refresh token.
 *
 * @throws TrafficError unauthorized
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#openid-connect-tokens
 */
export function oidcTokens(provider: OidcProvider): () => Promise<Credential> {
  let idToken = text(provider.config['id-token']);
  let refreshToken = text(provider.config['refresh-token']);
  return async () => {
    const expires = expiryOf(idToken);
    if (idToken === '' || (expires !== undefined && expires <= Date.now())) {
      const answer = await renew(provider, refreshToken, expires);
      idToken = text(answer['id_token']);
      if (idToken === '')
        throw failed(provider, 'its identity provider gave no id_token for the refresh token.');
      // Some providers give a new refresh token each time, and the old one is spent.
      refreshToken = text(answer['refresh_token']) || refreshToken;
      provider.onSecret(refreshToken);
    }
    const until = expiryOf(idToken);
    return { token: idToken, ...(until === undefined ? {} : { expires: until }) };
  };
}

async function renew(
  provider: OidcProvider,
  refreshToken: string,
  expired: number | undefined,
): Promise<JsonObject> {
  const { config } = provider;
  const issuer = text(config['idp-issuer-url']);
  const clientId = text(config['client-id']);
  if (refreshToken === '' || issuer === '' || clientId === '') {
    const since =
      expired === undefined ? 'There is no ID token' : `Its ID token expired at ${isoTime(expired)}`;
    throw failed(
      provider,
      `${since}, and without refresh-token, idp-issuer-url and client-id it can't be renewed.`,
    );
  }
  const discovery = await ask(provider, `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  const endpoint = text(discovery['token_endpoint']);
  if (!URL.canParse(endpoint))
    throw failed(provider, `its identity provider ${issuer} names no token endpoint.`);
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    client_id: clientId,
  });
  const secret = text(config['client-secret']);
  if (secret !== '') form.set('client_secret', secret);
  return ask(provider, endpoint, form.toString());
}

/** A GET, or a POST of a form, with JSON for an answer. */
async function ask(provider: OidcProvider, url: string, form?: string): Promise<JsonObject> {
  let answer: { status: number; body: string };
  try {
    answer = await send(new URL(url), authorityOf(provider.config), form);
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'no valid address';
    throw failed(provider, `its identity provider ${hostOf(url)} can't be reached (${code}).`);
  }
  const body = parsed(answer.body);
  if (answer.status === 200 && body !== undefined) return body;
  const words = [text(field(body, 'error')), text(field(body, 'error_description'))].filter(
    (word) => word !== '',
  );
  const said = words.length === 0 ? '' : `: ${words.join(', ')}`;
  throw failed(provider, `its identity provider ${hostOf(url)} refuses (${answer.status})${said}`);
}

function send(
  url: URL,
  ca: string | undefined,
  form: string | undefined,
): Promise<{ status: number; body: string }> {
  const headers = { accept: 'application/json' };
  const typed = { ...headers, 'content-type': 'application/x-www-form-urlencoded' };
  const options = {
    ...(form === undefined ? { headers } : { method: 'POST', headers: typed }),
    ...(ca === undefined ? {} : { ca }),
    signal: AbortSignal.timeout(PATIENCE),
  };
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? https : http)(url, options, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body });
      });
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(form);
  });
}

function authorityOf(config: JsonObject): string | undefined {
  const data = text(config['idp-certificate-authority-data']);
  if (data !== '') return Buffer.from(data, 'base64').toString('utf8');
  const file = text(config['idp-certificate-authority']);
  return file === '' ? undefined : readFileSync(file, 'utf8');
}

/** When a JWT expires, in milliseconds since 1970; undefined where it doesn't say, or is no JWT. */
function expiryOf(token: string): number | undefined {
  const payload = parsed(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
  const seconds = field(payload, 'exp');
  return typeof seconds === 'number' ? seconds * 1000 : undefined;
}

function parsed(body: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'of the kubeconfig';
}

function failed(provider: OidcProvider, words: string): TrafficError {
  return new TrafficError('unauthorized', provider.shown(`No credentials for ${provider.who}: ${words}`));
}
