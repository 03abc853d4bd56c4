/**
 * The one file that loads the Kubernetes client: 150 ms and most of the bundle, which a run on manifests does
 * without. Import it with `import()`.
 */
import type { RequestOptions } from 'node:https';
import { IsomorphicFetchHttpLibrary, KubeConfig, RequestContext } from '@kubernetes/client-node';
import type { Redactor } from '../../base/redactor.ts';
import { TrafficError } from '../../errors.ts';
import type { Connection } from './connection.ts';
import { askPlugin } from './exec.ts';
import { oidcTokens } from './oidc.ts';
import { formsOf, secretsIn, type Secret } from './secrets.ts';
import type { Answer, Call, Credential, Send, Wire } from './wire.ts';

export interface WireOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly userAgent: string;
  /** Takes the secrets known already out of every message, and learns those found on the way. */
  readonly secrets: Redactor;
}

/** The way to the API server: the client's authentication, TLS and HTTP, one connection pool, JSON untouched. */
export function openWire(connection: Connection, options: WireOptions): Wire {
  const shown = options.secrets.redact;
  const learn = (secrets: readonly Secret[]) => {
    for (const { text, kind } of secrets) options.secrets.learn(text, kind);
  };
  const authenticate = authentication(connection, options.env, shown, learn);
  const http = new IsomorphicFetchHttpLibrary();
  return {
    server: connection.server,
    who: connection.who,
    ...proxyOf(connection),
    shown,
    async prepare(call) {
      const context = contextOf(connection, call);
      await authenticate(context);
      context.setHeaderParam('Accept', 'application/json');
      context.setHeaderParam('User-Agent', options.userAgent);
      return sender(http, context);
    },
  };
}

function proxyOf({ cluster: { proxyUrl } }: Connection): Pick<Wire, 'proxy'> {
  const url = URL.parse(proxyUrl ?? '');
  return url === null ? {} : { proxy: `${url.protocol}//${url.host}` };
}

function contextOf(connection: Connection, call: Call): RequestContext {
  const context = new RequestContext(connection.server + call.path, call.method);
  for (const [name, value] of Object.entries(call.query ?? {})) context.setQueryParam(name, value);
  if (call.body !== undefined) {
    context.setHeaderParam('Content-Type', 'application/json');
    context.setBody(JSON.stringify(call.body));
  }
  return context;
}

function sender(http: IsomorphicFetchHttpLibrary, context: RequestContext): Send {
  return async (signal): Promise<Answer> => {
    context.setSignal(signal);
    const response = await http.send(context).toPromise();
    return { status: response.httpStatusCode, headers: response.headers, text: await response.body.text() };
  };
}

type Authenticate = (context: RequestContext) => Promise<void>;

/**
 * One request at a time, though the lists go out in parallel: five exec plugins or five token renewals at once
 * would be four too many, and a refresh token that is good for one use would be spent by the first.
 */
function authentication(
  connection: Connection,
  env: WireOptions['env'],
  shown: (words: string) => string,
  learn: (secrets: readonly Secret[]) => void,
): Authenticate {
  const config = new KubeConfig();
  config.loadFromClusterAndUser(connection.cluster, connection.user);
  const obtain = credentialSource(connection, env, shown, learn);
  let credential: Credential | undefined;
  if (obtain !== undefined) {
    config.addAuthenticator({
      isAuthProvider: () => true,
      async applyAuthentication(_user, request: RequestOptions) {
        if (credential === undefined || (credential.expires ?? Infinity) <= Date.now()) {
          credential = await obtain();
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
  }

  // The client makes a connection pool for every request; one for as long as the credentials stay the same saves
  // a TLS handshake each.
  let pool: ReturnType<RequestContext['getDispatcher']>;
  let pooled: Credential | undefined;
  const once = async (context: RequestContext) => {
    try {
      await config.applySecurityAuthentication(context);
    } catch (thrown) {
      if (thrown instanceof TrafficError) throw thrown;
      const words = thrown instanceof Error ? thrown.message : String(thrown);
      throw new TrafficError('unauthorized', shown(`No credentials for ${connection.who}: ${words}`));
    }
    if (pool === undefined || pooled !== credential) [pool, pooled] = [context.getDispatcher(), credential];
    if (pool !== undefined) context.setDispatcher(pool);
    learn(sentSecrets(context));
    // What the client's own providers (azure, gcp) fetched on the way.
    learn(secretsIn(config.getCurrentUser()?.authProvider));
  };
  let turn: Promise<unknown> = Promise.resolve();
  return (context) => {
    const mine = turn.then(() => once(context));
    turn = mine.catch(() => undefined);
    return mine;
  };
}

/** Where credentials come from that the kubeconfig doesn't hold; undefined: it does, or the client gets them. */
function credentialSource(
  { plugin, cluster, who }: Connection,
  env: WireOptions['env'],
  shown: (words: string) => string,
  learn: (secrets: readonly Secret[]) => void,
): (() => Promise<Credential>) | undefined {
  switch (plugin?.kind) {
    case undefined:
      return undefined;
    case 'exec':
      return () => askPlugin({ exec: plugin.settings, cluster, who, env, shown });
    case 'oidc':
      return oidcTokens({
        config: plugin.settings,
        who,
        shown,
        onSecret: (secret) => {
          learn(formsOf(secret));
        },
      });
  }
}

function sentSecrets(context: RequestContext): Secret[] {
  const header = context.getHeaders()['Authorization'];
  return header === undefined ? [] : formsOf(header.slice(header.indexOf(' ') + 1).trim());
}
