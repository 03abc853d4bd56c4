/**
 * The one file that loads the Kubernetes client: 150 ms and most of the bundle, which a run on manifests does
 * without. Import it with `import()`.
 */
import type { RequestOptions } from 'node:https';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { KubeConfig, RequestContext } from '@kubernetes/client-node';
import { Agent, type Dispatcher } from 'undici';
import type { Redactor } from '../../base/redactor.ts';
import { TrafficError } from '../../base/errors.ts';
import { bodyWithin, limitOf } from './body.ts';
import type { Connection } from './connection.ts';
import type { CredentialSource } from './credential-source.ts';
import { credentialSource } from './credentials.ts';
import { inTurn } from './in-turn.ts';
import { singleHeaders } from '../../net/headers.ts';
import { formsOf, secretsIn, type Secret } from '../../net/secrets.ts';
import type {
  HttpResponse,
  Call,
  Credential,
  Prepared,
  PreparedUpgrade,
  Send,
  UpgradingWire,
} from './wire.ts';

export interface WireOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly userAgent: string;
  /** Takes the secrets known already out of every message, and learns those found on the way. */
  readonly secrets: Redactor;
}

/** The way to the API server: the client's authentication, TLS and HTTP, one connection pool, JSON untouched. */
export function openWire(connection: Connection, options: WireOptions): UpgradingWire {
  const shown = options.secrets.redact;
  const learn = (secrets: readonly Secret[]) => {
    for (const { text, kind } of secrets) options.secrets.learn(text, kind);
  };
  const source = credentialSource(connection, options.env, shown, (secret) => {
    learn(formsOf(secret));
  });
  const authenticated = authentication(connection, source, shown, learn);
  return {
    server: connection.server,
    who: connection.who,
    terms: connection.terms,
    ...(source?.refused === undefined ? {} : { refused: source.refused }),
    ...proxyOf(connection),
    shown,
    async prepare(call) {
      const context = contextOf(connection, call);
      const { renew, pool } = await authenticated.request(context);
      context.setHeaderParam('Accept', 'application/json');
      context.setHeaderParam('User-Agent', options.userAgent);
      return { send: sender(context, call, pool), renew };
    },
    async prepareUpgrade(path) {
      // `http` becomes `ws`, `https` becomes `wss`.
      const url = connection.server.replace(/^http/, 'ws') + path;
      return { url, ...(await authenticated.upgrade({ 'User-Agent': options.userAgent })) };
    },
  };
}

function proxyOf({ cluster: { proxyUrl } }: Connection): Pick<UpgradingWire, 'proxy'> {
  const url = URL.parse(proxyUrl ?? '');
  return url === null ? {} : { proxy: `${url.protocol}//${url.host}` };
}

function contextOf(connection: Connection, call: Call): RequestContext {
  const context = new RequestContext(connection.server + call.path, call.method);
  for (const [name, value] of Object.entries(call.query ?? {})) context.setQueryParam(name, value);
  for (const [name, value] of Object.entries(call.headers ?? {})) context.setHeaderParam(name, value);
  if (call.body !== undefined) context.setHeaderParam('Content-Type', 'application/json');
  return context;
}

/**
 * The client's own sender is `fetch`, which takes a tenth of a whole change to begin, and follows redirects with the client
 * certificate and the body of a write. An API server has none that a client needs, so a redirect is an answer like
 * another, for `refusal` to describe.
 */
function sender(context: RequestContext, { method, body, isList }: Call, pool: Dispatcher): Send {
  return async (signal): Promise<HttpResponse> => {
    const url = new URL(context.getUrl());
    const answer = await pool.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method,
      headers: { ...context.getHeaders(), 'accept-encoding': 'gzip' },
      body: body === undefined ? null : JSON.stringify(body),
      signal,
    });
    const headers = singleHeaders(answer.headers);
    const status = answer.statusCode;
    const text = await bodyWithin(
      decompressed(answer.body, headers['content-encoding']),
      limitOf(status, isList === true),
    );
    return { status, headers, ...text };
  };
}

/** API servers compress answers of 128 KiB and more for whoever accepts it. */
function decompressed(body: Readable, encoding = 'identity'): Readable {
  // What breaks off in front of it breaks off behind it as well, where it is noticed.
  return encoding.toLowerCase() === 'gzip' ? pipeline(body, createGunzip(), () => undefined) : body;
}

/** Puts credentials to requests. */
interface Authentication {
  request(context: RequestContext): Promise<Pick<Prepared, 'renew'> & { readonly pool: Dispatcher }>;
  upgrade(headers: Readonly<Record<string, string>>): Promise<Omit<PreparedUpgrade, 'url'>>;
}

/**
 * One request at a time, though the lists go out in parallel: five exec plugins or five token renewals at once
 * would be four too many, and a refresh token that is good for one use would be spent by the first.
 */
function authentication(
  connection: Connection,
  source: CredentialSource | undefined,
  shown: (words: string) => string,
  learn: (secrets: readonly Secret[]) => void,
): Authentication {
  let credential: Credential | undefined;
  let isRefused = false;
  const configured = (): KubeConfig => {
    const config = new KubeConfig();
    config.loadFromClusterAndUser(connection.cluster, connection.user);
    if (source === undefined) return config;
    config.addAuthenticator({
      isAuthProvider: () => true,
      async applyAuthentication(_user, request: RequestOptions) {
        if (credential === undefined || isRefused || (credential.expires ?? Infinity) <= Date.now()) {
          credential = await source.obtain(isRefused);
          isRefused = false;
          for (const secret of [credential.token, credential.key])
            learn(secret === undefined ? [] : formsOf(secret));
        }
        const { token, certificate, key } = credential;
        if (token !== undefined)
          Object.assign((request.headers ??= {}), { Authorization: `Bearer ${token}` });
        if (certificate !== undefined) request.cert = certificate;
        if (key !== undefined) request.key = key;
      },
    });
    return config;
  };
  const once = async (config: KubeConfig, apply: () => Promise<void>) => {
    try {
      await apply();
    } catch (thrown) {
      if (thrown instanceof TrafficError) throw thrown;
      const words = thrown instanceof Error ? thrown.message : String(thrown);
      throw new TrafficError('unauthorized', shown(`No credentials for ${connection.who}: ${words}`));
    }
    // What the client's own providers (azure, gcp) fetched on the way.
    learn(secretsIn(config.getCurrentUser()?.authProvider));
    const used = credential;
    return () => {
      if (source?.canRenew() !== true) return false;
      // Five lists are refused at once: the first has new ones got for all.
      if (used === credential) isRefused = true;
      return true;
    };
  };

  // The client makes a connection pool for every request; one for as long as the credentials stay the same saves
  // a TLS handshake each. A token is a header, and no property of the connection.
  const shared = configured();
  let pool: Dispatcher | undefined;
  let pooled = '';
  const alone = inTurn();
  return {
    request: (context) =>
      alone(async () => {
        const renew = await once(shared, () => shared.applySecurityAuthentication(context));
        const identity = `${credential?.certificate ?? ''}\n${credential?.key ?? ''}`;
        // To an address without TLS and proxy, the client has none to make.
        if (pool === undefined || pooled !== identity)
          [pool, pooled] = [context.getDispatcher() ?? new Agent(), identity];
        learn(sentSecrets(context.getHeaders()['Authorization']));
        return { renew, pool };
      }),
    upgrade: (given) =>
      alone(async () => {
        // The client keeps the agent that it makes first, with a certificate that may have been renewed since.
        const config = configured();
        const headers: Record<string, string> = { ...given };
        const options: RequestOptions = { headers };
        const renew = await once(config, () => config.applyToHTTPSOptions(options));
        learn(sentSecrets(headers['Authorization']));
        return { options, renew };
      }),
  };
}

/** @param authorization `Bearer …`, `Basic …` */
function sentSecrets(authorization: string | undefined): Secret[] {
  return authorization === undefined
    ? []
    : formsOf(authorization.slice(authorization.indexOf(' ') + 1).trim());
}
