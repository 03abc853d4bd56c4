import { nearest } from '../../intent/nearest.ts';
import { accessSync, constants } from 'node:fs';
import type { Cluster, User } from '@kubernetes/client-node';
import { parseNamespace } from '../../intent/service.ts';
import type { Access } from '../../intent/types.ts';
import { isObject, objectIn, textIn, type JsonObject } from '../../base/json.ts';
import { uncapitalised } from '../../base/text.ts';
import { badKubeconfig, type Kubeconfig } from './kubeconfig.ts';
import { proxyFor } from '../../net/proxy.ts';
import { KUBECONFIG_TERMS, type AccessTerms } from './terms.ts';

/** All that is needed to reach one cluster as one user. Secret. */
export interface Connection {
  /** Which of the places it was found in, and in words: `the input "kubeconfig"`. */
  readonly source: Access['source'];
  readonly origin: string;
  /** The context's name. */
  readonly context: string;
  /** `user "ci" of context "prod" (the input "kubeconfig")`, for messages. */
  readonly who: string;
  /** The server's URL without credentials and without a slash at its end. */
  readonly server: string;
  readonly namespace?: string;
  readonly cluster: Cluster;
  /** Without what `plugin` stands for: the client isn't to see it. */
  readonly user: User;
  /** What gives the user's credentials, where the kubeconfig doesn't hold them. */
  readonly plugin?: Plugin;
  /** What messages call the settings that this was made of. */
  readonly terms: AccessTerms;
}

/** Its `exec`, an OIDC provider's `config`, a file that something else keeps up to date, or GitHub's token of the job. */
export type Plugin =
  | { readonly kind: 'exec' | 'oidc'; readonly settings: JsonObject }
  | { readonly kind: 'token-file'; readonly path: string }
  | { readonly kind: 'github'; readonly audience: string };

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Picks a context of a kubeconfig: its own current one, or the one asked for.
 *
 * @throws TrafficError invalid-input: an unknown context (those that exist are listed), a cluster or user that
 * the context names and the kubeconfig lacks, no server, a file that it names and nobody can read
 */
export function connectionOf(config: Kubeconfig, asked: string | undefined, env: Environment): Connection {
  const { origin, source } = config;
  const name = asked ?? config.currentContext;
  const known = config.contexts.size === 0 ? 'it has none' : `it has ${quotedNames(config.contexts.keys())}`;
  if (name === undefined)
    throw badKubeconfig(origin, `sets no current context: say which one with \`context\` (${known}).`);
  const context = config.contexts.get(name);
  if (context === undefined) {
    const meant = nearest(name, [...config.contexts.keys()]);
    const hint = meant === undefined ? '' : ` Did you mean "${meant}"?`;
    const which = asked === undefined ? 'its current context' : 'the context';
    throw badKubeconfig(
      origin,
      `lacks ${which} "${name}": ${known}.${hint} Say one of these with \`context\`.`,
    );
  }
  const clusterName = textIn(context['cluster']);
  const cluster = config.clusters.get(clusterName);
  if (cluster === undefined)
    throw badKubeconfig(origin, `has a context "${name}" whose cluster "${clusterName}" it lacks.`);
  const userName = textIn(context['user']);
  const user = userName === '' ? {} : config.users.get(userName);
  if (user === undefined)
    throw badKubeconfig(origin, `has a context "${name}" whose user "${userName}" it lacks.`);
  const server = serverOf(cluster, clusterName, origin);
  const namespace = textIn(context['namespace']);
  // It becomes a part of every path: `..` would lead elsewhere.
  if (namespace !== '' && !parseNamespace(namespace).ok)
    throw badKubeconfig(origin, `has a context "${name}" whose namespace is not the name of a namespace.`);
  const from = uncapitalised(origin);
  return {
    source,
    origin: from,
    context: name,
    who: `user "${userName}" of context "${name}" (${from})`,
    server: `${server.protocol}//${server.host}${server.pathname.replace(/\/+$/, '')}`,
    ...(namespace === '' ? {} : { namespace }),
    cluster: clientCluster(cluster, clusterName, server, env, origin),
    user: clientUser(user, userName, origin),
    ...pluginOf(user, origin),
    terms: KUBECONFIG_TERMS,
  };
}

function serverOf(cluster: JsonObject, name: string, origin: string): URL {
  const server = textIn(cluster['server']);
  if (server === '') throw badKubeconfig(origin, `has a cluster "${name}" without a server.`);
  const url = URL.parse(server);
  if (url !== null && url.username + url.password !== '') {
    throw badKubeconfig(
      origin,
      `has a cluster "${name}" with credentials in its server's address: they belong to its user.`,
    );
  }
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url;
  throw badKubeconfig(origin, `has a cluster "${name}" whose server is no https:// or http:// address.`);
}

function clientCluster(
  cluster: JsonObject,
  name: string,
  server: URL,
  env: Environment,
  origin: string,
): Cluster {
  const proxy = textIn(cluster['proxy-url']) || proxyFor(server, env);
  if (proxy !== undefined && !/^(https?|socks[45]?[ah]?):$/.test(URL.parse(proxy)?.protocol ?? '')) {
    const where =
      textIn(cluster['proxy-url']) === '' ? 'the proxy variables of the environment' : 'its proxy-url';
    throw badKubeconfig(
      origin,
      `has a cluster "${name}" behind a proxy that is no http, https or socks address: mend ${where}.`,
    );
  }
  return {
    name,
    server: textIn(cluster['server']).replace(/\/+$/, ''),
    // The client refuses plain http without it (kubectl doesn't), though there is no TLS to verify.
    skipTLSVerify: cluster['insecure-skip-tls-verify'] === true || server.protocol === 'http:',
    ...dataOrFile(cluster, 'certificate-authority', 'caData', 'caFile', origin),
    ...given('tlsServerName', textIn(cluster['tls-server-name'])),
    ...given('proxyUrl', proxy ?? ''),
  };
}

function clientUser(user: JsonObject, name: string, origin: string): User {
  // The client knows `as` alone; leaving the rest out would act with other rights than asked for.
  for (const field of ['as-groups', 'as-uid', 'as-user-extra']) {
    if (user[field] === undefined) continue;
    throw badKubeconfig(
      origin,
      `has a user "${name}" with \`${field}\`, which is not supported: \`as\` alone is.`,
    );
  }
  const { plugin } = pluginOf(user, origin);
  if (/\s/.test(scalar(user['token'])) && plugin === undefined)
    throw badKubeconfig(
      origin,
      `has a user "${name}" whose token has a blank or a line break in it, which no token has: it was cut into lines, or has "Bearer" in front.`,
    );
  if (isGiven(user, 'client-certificate') && !isGiven(user, 'client-key'))
    throw badKubeconfig(
      origin,
      `has a user "${name}" with a client certificate and without its key (client-key-data): \`kubectl config view --raw --flatten --minify\` prints both.`,
    );
  const authProvider = user['auth-provider'];
  if (isObject(authProvider) && isLeftBehind(user, authProvider)) {
    const which = textIn(authProvider['name']);
    throw badKubeconfig(
      origin,
      `has a user "${name}" with the auth-provider "${which}" and no token of it. Kubernetes has dropped it: write a kubeconfig with an exec plugin${PLUGINS[which] ?? ''}.`,
    );
  }
  return {
    name,
    ...dataOrFile(user, 'client-certificate', 'certData', 'certFile', origin),
    ...dataOrFile(user, 'client-key', 'keyData', 'keyFile', origin),
    // A token file wins over a token, which is only its last known content.
    ...given('token', plugin?.kind === 'token-file' ? '' : scalar(user['token'])),
    ...given('username', scalar(user['username'])),
    ...given('password', scalar(user['password'])),
    ...given('impersonateUser', textIn(user['as'])),
    // The client would renew an OIDC provider's token although there is one that wins.
    ...(isObject(authProvider) && plugin === undefined && authProvider['name'] !== 'oidc'
      ? { authProvider }
      : {}),
  };
}

/** As a file, or as data. */
function isGiven(user: JsonObject, field: string): boolean {
  return textIn(user[field]) !== '' || textIn(user[`${field}-data`]) !== '';
}

const PLUGINS: Readonly<Record<string, string>> = {
  gcp: ' (`gke-gcloud-auth-plugin`, by `gcloud container clusters get-credentials`)',
  azure: ' (`kubelogin convert-kubeconfig`)',
};

/**
 * A provider that only an old kubectl could ask: nothing in the kubeconfig is a credential.
 *
 * @see https://kubernetes.io/blog/2022/12/09/kubernetes-v1-26-release/
 */
function isLeftBehind(user: JsonObject, provider: JsonObject): boolean {
  if (provider['name'] === 'oidc' || isObject(provider['config'])) return false;
  const others = [
    'token',
    'tokenFile',
    'token-file',
    'username',
    'exec',
    'client-certificate',
    'client-certificate-data',
  ];
  return others.every((field) => user[field] === undefined);
}

/** Credentials that the kubeconfig holds come before those that it says where to get, as in kubectl. */
function pluginOf(user: JsonObject, origin: string): Pick<Connection, 'plugin'> {
  const path = readable(textIn(user['tokenFile']) || textIn(user['token-file']), 'tokenFile', origin);
  if (path !== '') return { plugin: { kind: 'token-file', path } };
  if (['token', 'username'].some((name) => scalar(user[name]) !== '')) return {};
  const { exec, 'auth-provider': provider } = user;
  if (isObject(exec)) return { plugin: { kind: 'exec', settings: exec } };
  if (!isObject(provider) || provider['name'] !== 'oidc') return {};
  return { plugin: { kind: 'oidc', settings: objectIn(provider['config']) } };
}

/** A token or password of digits alone is a number to YAML. */
function scalar(value: unknown): string {
  return typeof value === 'number' ? String(value) : textIn(value).trim();
}

function given<K extends string>(key: K, value: string): Partial<Record<K, string>> {
  const found: Partial<Record<K, string>> = {};
  if (value !== '') found[key] = value;
  return found;
}

/** Embedded data wins over a file (kubectl; the client would take the file). */
function dataOrFile<D extends string, F extends string>(
  entry: JsonObject,
  field: string,
  data: D,
  file: F,
  origin: string,
): Partial<Record<D | F, string>> {
  const embedded = textIn(entry[`${field}-data`]);
  if (embedded !== '') return given<D | F>(data, embedded);
  return given<D | F>(file, readable(textIn(entry[field]), field, origin));
}

function readable(path: string, field: string, origin: string): string {
  if (path === '') return path;
  try {
    accessSync(path, constants.R_OK);
  } catch {
    throw badKubeconfig(
      origin,
      `names the file ${path} as \`${field}\`, which can't be read here. Embed it: ` +
        '`kubectl config view --raw --flatten --minify` prints a kubeconfig that needs no other file.',
    );
  }
  return path;
}

function quotedNames(names: Iterable<string>): string {
  return [...names].map((name) => `"${name}"`).join(', ');
}
