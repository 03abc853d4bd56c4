import { readFileSync } from 'node:fs';
import { field, isObject, parseJson, textIn, type JsonObject } from '../../base/json.ts';
import { sendRequest, TooLargeAnswer } from '../../net/send-request.ts';
import { inMiB, LARGEST_REFUSAL } from './body.ts';
import { noCredentials, type CredentialOwner, type CredentialSource } from './credential-source.ts';
import { expiryOf } from './jwt.ts';

export interface OidcProvider extends CredentialOwner {
  /** The `config` of a kubeconfig's `auth-provider` with the name `oidc`. */
  readonly config: JsonObject;
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
export function oidcTokens(provider: OidcProvider): CredentialSource {
  let idToken = textIn(provider.config['id-token']);
  let refreshToken = textIn(provider.config['refresh-token']);
  return {
    async obtain(isRefused) {
      const expires = expiryOf(idToken);
      if (isRefused || idToken === '' || (expires !== undefined && expires <= Date.now())) {
        const answer = await renew(provider, refreshToken, expires);
        idToken = textIn(answer['id_token']);
        // Some providers give a new refresh token each time, and the old one is spent.
        refreshToken = textIn(answer['refresh_token']) || refreshToken;
        provider.onSecret(refreshToken);
      }
      const until = expiryOf(idToken);
      return { token: idToken, ...(until === undefined ? {} : { expires: until }) };
    },
    canRenew: () =>
      [refreshToken, provider.config['idp-issuer-url'], provider.config['client-id']].every(
        (given) => textIn(given) !== '',
      ),
  };
}

async function renew(
  provider: OidcProvider,
  refreshToken: string,
  expired: number | undefined,
): Promise<JsonObject> {
  const { config } = provider;
  const issuer = textIn(config['idp-issuer-url']);
  const clientId = textIn(config['client-id']);
  if (refreshToken === '' || issuer === '' || clientId === '') {
    const since =
      expired === undefined ? 'There is no ID token' : `Its ID token expired at ${isoTime(expired)}`;
    throw noCredentials(
      provider,
      `${since}, and without refresh-token, idp-issuer-url and client-id it can't be renewed.`,
    );
  }
  const described = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const discovery = answered(provider, described, await ask(provider, described));
  const endpoint = textIn(discovery['token_endpoint']);
  if (!URL.canParse(endpoint))
    throw noCredentials(provider, `its identity provider ${urlHost(issuer)} names no token endpoint.`);
  return tokensFrom(provider, endpoint, refreshToken, clientId);
}

/**
 * Asks for tokens, with the client's secret in HTTP Basic, which every provider must accept; one that refuses gets it
 * in the body, which some accept alone. A client without a secret says its name in the body.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1
 * @see https://github.com/golang/oauth2/blob/master/internal/token.go (RetrieveToken, which tries both in this order)
 */
async function tokensFrom(
  provider: OidcProvider,
  endpoint: string,
  refreshToken: string,
  clientId: string,
): Promise<JsonObject> {
  const grant = { grant_type: 'refresh_token', refresh_token: refreshToken };
  const secret = textIn(provider.config['client-secret']);
  const asBody = { ...grant, client_id: clientId, ...(secret === '' ? {} : { client_secret: secret }) };
  const viaBody = (): Promise<Reply> => ask(provider, endpoint, { form: asBody });
  if (secret === '') return granted(provider, endpoint, await viaBody());
  const basic = Buffer.from(`${formEncoded(clientId)}:${formEncoded(secret)}`).toString('base64');
  provider.onSecret(basic);
  const first = await ask(provider, endpoint, { form: grant, authorization: `Basic ${basic}` });
  if (isGranted(first)) return granted(provider, endpoint, first);
  const second = await viaBody();
  // Of two refusals, the one that isn't about how the client says who it is says what is wrong.
  const isAboutClient = textIn(field(second.body, 'error')) === 'invalid_client';
  return granted(provider, endpoint, !isGranted(second) && isAboutClient ? first : second);
}

/** As a form has it: a blank is `+`. The RFC wants the name and the secret like this inside Basic. */
function formEncoded(word: string): string {
  return new URLSearchParams({ word }).toString().slice('word='.length);
}

function isGranted({ status, body }: Reply): boolean {
  return status === 200 && textIn(field(body, 'id_token')) !== '';
}

function granted(provider: OidcProvider, endpoint: string, reply: Reply): JsonObject {
  const body = answered(provider, endpoint, reply);
  if (textIn(body['id_token']) === '')
    throw noCredentials(provider, 'its identity provider gave no id_token for the refresh token.');
  return body;
}

interface TokenRequest {
  readonly form?: Readonly<Record<string, string>>;
  readonly authorization?: string;
}

interface Reply {
  readonly status: number;
  /** Undefined where it is no JSON object. */
  readonly body: JsonObject | undefined;
}

/** A GET, or a POST of a form. */
async function ask(provider: OidcProvider, url: string, asked: TokenRequest = {}): Promise<Reply> {
  try {
    const { form, authorization } = asked;
    const ca = authorityOf(provider.config);
    const { status, body } = await sendRequest(new URL(url), {
      headers: {
        accept: 'application/json',
        ...(authorization === undefined ? {} : { authorization }),
        ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      ...(form === undefined ? {} : { body: new URLSearchParams(form).toString() }),
      ...(ca === undefined ? {} : { ca }),
      signal: AbortSignal.timeout(PATIENCE),
      largest: LARGEST_REFUSAL,
    });
    const parsed = parseJson(body);
    return { status, body: isObject(parsed) ? parsed : undefined };
  } catch (thrown) {
    const host = urlHost(url);
    if (thrown instanceof TooLargeAnswer)
      throw noCredentials(
        provider,
        `its identity provider ${host} answers with more than ${inMiB(LARGEST_REFUSAL)}.`,
      );
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ABORT_ERR')
      throw noCredentials(
        provider,
        `its identity provider ${host} did not answer within ${PATIENCE / 1000} s.`,
        'timeout',
      );
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'no valid address';
    throw noCredentials(provider, `its identity provider ${host} can't be reached (${code}).`);
  }
}

/** The JSON object of a reply with status 200. */
function answered(provider: OidcProvider, url: string, { status, body }: Reply): JsonObject {
  if (status === 200 && body !== undefined) return body;
  const words = [textIn(field(body, 'error')), textIn(field(body, 'error_description'))].filter(
    (word) => word !== '',
  );
  const said = words.length === 0 ? '' : `: ${words.join(', ')}`;
  throw noCredentials(provider, `its identity provider ${urlHost(url)} refuses (${status})${said}`);
}

function authorityOf(config: JsonObject): string | undefined {
  const data = textIn(config['idp-certificate-authority-data']);
  if (data !== '') return Buffer.from(data, 'base64').toString('utf8');
  const file = textIn(config['idp-certificate-authority']);
  return file === '' ? undefined : readFileSync(file, 'utf8');
}

function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

function urlHost(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'of the kubeconfig';
}
