import { existsSync, readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { delimiter, join } from 'node:path';
import { TrafficError } from '../../base/errors.ts';
import { textOfBytes } from '../../base/text-of-bytes.ts';
import { KUBECONFIG_SOURCES, type Keyless, type KubeconfigSource } from '../../intent/types.ts';
import { connectionOf, type Connection } from './connection.ts';
import { keylessConnection } from './keyless.ts';
import { badKubeconfig, mergeKubeconfigs, parseKubeconfig, type Kubeconfig } from './kubeconfig.ts';
import { looksSecret } from '../../net/credential-text.ts';
import { formsOf, secretsOf } from '../../net/secrets.ts';
import type { SecretKind } from '../../base/redactor.ts';

export interface KubeconfigSources {
  /** A kubeconfig's text: YAML or base64. */
  readonly kubeconfig?: string | undefined;
  /** A kubeconfig's path. */
  readonly kubeconfigPath?: string | undefined;
  readonly context?: string | undefined;
  /** The places to look at, in this order; absent: all, in the order of `KUBECONFIG_SOURCES`. */
  readonly kubeconfigFrom?: readonly KubeconfigSource[] | undefined;
  /** In place of every kubeconfig. */
  readonly keyless?: Keyless | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where a pod finds its service account; a parameter for tests. */
  readonly serviceAccountPath?: string | undefined;
  /** Is told every secret before anything is done with it, so that it can be masked. */
  readonly onSecret?: ((secret: string, kind: SecretKind) => void) | undefined;
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * How to reach the cluster: the kubeconfig given, else `$KUBECONFIG`, else the service account of the pod that
 * this runs in, else `~/.kube/config`; or only some of these. The pod's account comes before the home folder's file,
 * because images of runners come with stale ones.
 *
 * @throws TrafficError invalid-input: none found (the places looked at are listed), or one that can't be used
 */
export function findConnection(sources: KubeconfigSources): Connection {
  if (sources.keyless !== undefined) return keylessConnection(sources.keyless, sources.env);
  const from = sources.kubeconfigFrom ?? KUBECONFIG_SOURCES;
  for (const source of from) {
    const config = READ[source](sources);
    if (config !== undefined) return connectionOf(config, filled(sources.context), sources.env);
  }
  const isAll = KUBECONFIG_SOURCES.every((source) => from.includes(source));
  throw new TrafficError(
    'invalid-input',
    `No kubeconfig was found, so there is no cluster to talk to. Looked at: ${from.map((source) => absent(source, sources)).join(', ')}` +
      `${isAll ? '' : ` (\`kubeconfig-from: ${from.join(', ')}\`)`}. ` +
      "Give one of these, `server` to use GitHub's OIDC token of the job, or `manifests` to work on files in place of a cluster.",
  );
}

const READ: Readonly<Record<KubeconfigSource, (sources: KubeconfigSources) => Kubeconfig | undefined>> = {
  input: given,
  env: fromVariable,
  'in-cluster': inCluster,
  home: fromHome,
};

function absent(source: KubeconfigSource, sources: KubeconfigSources): string {
  switch (source) {
    case 'input':
      return '`kubeconfig` (not given)';
    case 'env':
      return '$KUBECONFIG (not set)';
    case 'in-cluster':
      return `the service account of a pod (${sources.serviceAccountPath ?? SERVICE_ACCOUNT}: not there)`;
    case 'home':
      return `${homeFile(sources) ?? '~/.kube/config'} (not there)`;
  }
}

function given(sources: KubeconfigSources): Kubeconfig | undefined {
  const text = filled(sources.kubeconfig);
  if (text !== undefined) return parsed(text, 'input', 'The input "kubeconfig"', undefined, sources);
  const path = filled(sources.kubeconfigPath);
  if (path === undefined) return undefined;
  return fromFile(path, 'input', `The kubeconfig ${path}`, sources);
}

function fromVariable(sources: KubeconfigSources): Kubeconfig | undefined {
  const text = sources.env['KUBECONFIG'] ?? '';
  if (looksSecret(text)) {
    for (const secret of secretsOf(text)) sources.onSecret?.(secret.text, secret.kind);
    throw badKubeconfig(
      '$KUBECONFIG',
      'is not the path of a file, but the text of a kubeconfig: give it as the input "kubeconfig" of the Action, or write it to a file and name that one. It is not shown here.',
    );
  }
  const paths = text.split(delimiter).filter((path) => path.trim() !== '');
  if (paths.length === 0) return undefined;
  const origin = `$KUBECONFIG (${paths.join(', ')})`;
  // kubectl skips those that don't exist; but if none does, going on elsewhere could change the wrong cluster.
  const existing = paths.filter((path) => existsSync(path));
  if (existing.length === 0)
    throw badKubeconfig(origin, `names no file that exists. Mend or unset it.${homeHint(paths)}`);
  return mergeKubeconfigs(
    'env',
    origin,
    existing.map((path) => fromFile(path, 'env', `$KUBECONFIG's ${path}`, sources)),
  );
}

/** @see https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/ */
function inCluster(sources: KubeconfigSources): Kubeconfig | undefined {
  const root = sources.serviceAccountPath ?? SERVICE_ACCOUNT;
  const host = filled(sources.env['KUBERNETES_SERVICE_HOST']);
  const port = filled(sources.env['KUBERNETES_SERVICE_PORT']);
  const tokenFile = join(root, 'token');
  if (host === undefined || port === undefined || !existsSync(tokenFile)) return undefined;
  const origin = "The pod's service account";
  for (const { text, kind } of formsOf(readFileText(tokenFile, origin))) sources.onSecret?.(text, kind);
  const namespaceFile = join(root, 'namespace');
  const ca = join(root, 'ca.crt');
  const name = 'in-cluster';
  return {
    source: 'in-cluster',
    origin,
    clusters: new Map([
      [
        name,
        {
          server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
          ...(existsSync(ca) ? { 'certificate-authority': ca } : {}),
        },
      ],
    ]),
    users: new Map([[name, { tokenFile }]]),
    contexts: new Map([
      [
        name,
        {
          cluster: name,
          user: name,
          ...(existsSync(namespaceFile) ? { namespace: readFileText(namespaceFile, origin).trim() } : {}),
        },
      ],
    ]),
    currentContext: name,
  };
}

function fromHome(sources: KubeconfigSources): Kubeconfig | undefined {
  const path = homeFile(sources);
  return path !== undefined && existsSync(path)
    ? fromFile(path, 'home', `The kubeconfig ${path}`, sources)
    : undefined;
}

function homeFile({ env }: KubeconfigSources): string | undefined {
  const home = filled(env['HOME']) ?? filled(env['USERPROFILE']);
  return home === undefined ? undefined : join(home, '.kube', 'config');
}

function fromFile(
  path: string,
  source: KubeconfigSource,
  origin: string,
  sources: KubeconfigSources,
): Kubeconfig {
  return parsed(readFileText(path, origin), source, origin, path, sources);
}

function parsed(
  text: string,
  source: KubeconfigSource,
  origin: string,
  file: string | undefined,
  sources: KubeconfigSources,
): Kubeconfig {
  for (const secret of secretsOf(text)) sources.onSecret?.(secret.text, secret.kind);
  return parseKubeconfig(text, source, origin, file);
}

function readFileText(path: string, origin: string): string {
  try {
    return textOfBytes(readFileSync(path));
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'no reason given';
    const why = code === 'EISDIR' ? 'it is a folder' : code;
    throw badKubeconfig(origin, `can't be read (${path}: ${why}).${homeHint([path])}`);
  }
}

/** Nobody but a shell knows what `~` is, and a shell only where it begins a word. */
function homeHint(paths: readonly string[]): string {
  return paths.some((path) => path.startsWith('~'))
    ? ' Only a shell replaces ~ by your home folder, and only at the beginning of a word: write the whole path.'
    : '';
}

function filled(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text;
}
