import { dirname, resolve } from 'node:path';
import { TrafficError } from '../../base/errors.ts';
import type { KubeconfigSource } from '../../intent/types.ts';
import { isObject, type JsonObject } from '../../base/json.ts';
import { kubeconfigYaml } from '../../net/credential-text.ts';
import { kubeconfigDocument } from '../../net/kubeconfig-document.ts';

/** A kubeconfig's entries by name, paths absolute, nothing else checked yet. */
export interface Kubeconfig {
  readonly source: KubeconfigSource;
  /** Where it is from, to begin a sentence with: `The input "kubeconfig"`. */
  readonly origin: string;
  readonly clusters: ReadonlyMap<string, JsonObject>;
  readonly users: ReadonlyMap<string, JsonObject>;
  readonly contexts: ReadonlyMap<string, JsonObject>;
  readonly currentContext?: string;
}

/**
 * Reads a kubeconfig's text. No message ever holds any of it but names: it is a secret as a whole.
 *
 * @param text YAML, JSON, or the base64 of either
 * @param file where it was read from: relative paths in it start there; absent: in the working directory
 * @throws TrafficError invalid-input
 */
export function parseKubeconfig(
  text: string,
  source: KubeconfigSource,
  origin: string,
  file?: string,
): Kubeconfig {
  if (/^\*+$/.test(text.trim()))
    throw badKubeconfig(
      origin,
      'is `***`, which GitHub prints in place of a secret: it was copied from a log. Put the kubeconfig itself into the secret.',
    );
  const root = yamlObject(kubeconfigYaml(text), origin, file);
  // One of several files may do no more than set the current context; kubectl accepts an empty one, too.
  const isPart = file !== undefined && (text.trim() === '' || root['kind'] === 'Config');
  if (!isPart && !['clusters', 'contexts', 'users'].some((list) => Array.isArray(root[list]))) {
    throw badKubeconfig(origin, 'is YAML, but no kubeconfig: it has no list of clusters, contexts or users.');
  }
  const at = (path: string) => resolve(file === undefined ? '.' : dirname(file), path);
  const current = root['current-context'];
  return {
    source,
    origin,
    clusters: entries(root, 'cluster', origin, (cluster) => absolute(cluster, ['certificate-authority'], at)),
    users: entries(root, 'user', origin, (user) => absoluteUser(user, at)),
    contexts: entries(root, 'context', origin, (context) => context),
    ...(typeof current === 'string' && current !== '' ? { currentContext: current } : {}),
  };
}

/**
 * Several kubeconfigs as one: the first that has a name, or a current context, wins, as in kubectl.
 *
 * @see https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/#merging-kubeconfig-files
 */
export function mergeKubeconfigs(
  source: KubeconfigSource,
  origin: string,
  configs: readonly Kubeconfig[],
): Kubeconfig {
  const firstWins = (list: 'clusters' | 'users' | 'contexts') =>
    new Map(configs.toReversed().flatMap((config) => [...config[list]]));
  const current = configs.find((config) => config.currentContext !== undefined)?.currentContext;
  return {
    source,
    origin,
    clusters: firstWins('clusters'),
    users: firstWins('users'),
    contexts: firstWins('contexts'),
    ...(current === undefined ? {} : { currentContext: current }),
  };
}

/** The error of a kubeconfig that can't be used. */
export function badKubeconfig(origin: string, words: string): TrafficError {
  return new TrafficError('invalid-input', `${origin} ${words}`);
}

function yamlObject(yaml: string, origin: string, file: string | undefined): JsonObject {
  const { document, lines } = kubeconfigDocument(yaml);
  const fault = document.errors[0];
  if (fault !== undefined) {
    // The parser's own message quotes the line, which may be the token's: the place has to do.
    const { line, col } = lines.linePos(fault.pos[0]);
    const what = fault.code.toLowerCase().replaceAll('_', ' ');
    throw badKubeconfig(
      origin,
      `is no valid YAML: line ${line}, column ${col} (${what}). Its content is not shown here.`,
    );
  }
  let root: unknown;
  try {
    root = document.toJS({ maxAliasCount: 100 });
  } catch (thrown) {
    const isTooMany = thrown instanceof Error && thrown.message.includes('Excessive alias count');
    throw badKubeconfig(
      origin,
      isTooMany
        ? 'uses YAML aliases in a way that would make it grow beyond measure.'
        : 'refers to a YAML anchor that is not in it (a value that begins with `*`).',
    );
  }
  if (isObject(root)) return root;
  if (file !== undefined && yaml.trim() === '') return {};
  const remedy =
    file === undefined
      ? ' Give the content of the file, not its path (`${{ secrets.KUBECONFIG }}` with what `kubectl config view --raw --minify` prints).'
      : '';
  throw badKubeconfig(origin, `holds no kubeconfig: neither its YAML nor the base64 of it.${remedy}`);
}

function entries(
  root: JsonObject,
  kind: 'cluster' | 'user' | 'context',
  origin: string,
  mapped: (entry: JsonObject) => JsonObject,
): Map<string, JsonObject> {
  const list = root[`${kind}s`] ?? [];
  if (!Array.isArray(list)) throw badKubeconfig(origin, `is no kubeconfig: \`${kind}s\` must be a list.`);
  const found = new Map<string, JsonObject>();
  list.forEach((item: unknown, index) => {
    const name = isObject(item) ? item['name'] : undefined;
    if (!isObject(item) || (typeof name !== 'string' && typeof name !== 'number')) {
      throw badKubeconfig(origin, `is no kubeconfig: \`${kind}s[${index}].name\` is missing.`);
    }
    const entry = item[kind];
    // The first of two with one name wins here too, as it does over several files.
    if (!found.has(String(name))) found.set(String(name), isObject(entry) ? mapped(entry) : {});
  });
  return found;
}

function absoluteUser(user: JsonObject, at: (path: string) => string): JsonObject {
  const found = absolute(user, ['client-certificate', 'client-key', 'tokenFile', 'token-file'], at);
  const exec = user['exec'];
  const command = isObject(exec) ? exec['command'] : undefined;
  // A bare name is looked for in PATH; one with a slash lies beside the kubeconfig.
  if (!isObject(exec) || typeof command !== 'string' || !/[/\\]/.test(command)) return found;
  return { ...found, exec: { ...exec, command: at(command) } };
}

/** The fields that hold paths, from where the kubeconfig lies. */
function absolute(entry: JsonObject, fields: readonly string[], at: (path: string) => string): JsonObject {
  const resolved: Record<string, string> = {};
  for (const name of fields) {
    const path = entry[name];
    if (typeof path === 'string' && path !== '') resolved[name] = at(path);
  }
  return { ...entry, ...resolved };
}
