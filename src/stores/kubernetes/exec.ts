import { execFile, type ExecFileException } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Cluster } from '@kubernetes/client-node';
import { TrafficError, type FailureReason } from '../../base/errors.ts';
import { isObject, type JsonObject } from '../../base/json.ts';
import { inMiB } from './body.ts';
import { text } from './fields.ts';
import { redactOpaque } from '../../net/secrets.ts';
import type { Credential } from './wire.ts';

export interface ExecPlugin {
  /** The `exec` of a kubeconfig's user. */
  readonly exec: JsonObject;
  readonly cluster: Cluster;
  /** `user "ci" of context "prod" (…)`, for messages. */
  readonly who: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Words of the plugin, without the secrets that we know of. */
  readonly shown: (words: string) => string;
}

/** Milliseconds; one that asks a person for a password in CI would wait for ever. */
const PATIENCE = 60_000;

/** Bytes; a credential is a few thousand. */
const MOST_PRINTED = 4 * 1024 * 1024;

/**
 * Asks a kubeconfig's exec plugin for credentials. Ours rather than the client's: that one gives the plugin no
 * KUBERNETES_EXEC_INFO (by which plugins learn the API version that they are to answer in), leaves its standard
 * input open and waits for ever.
 *
 * @throws TrafficError unauthorized, timeout
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 */
export async function askPlugin(plugin: ExecPlugin): Promise<Credential> {
  const { exec } = plugin;
  const command = text(exec['command']);
  if (command === '') throw failed(plugin, 'its exec plugin has no `command`.');
  if (exec['interactiveMode'] === 'Always') {
    throw failed(
      plugin,
      `its exec plugin ${command} needs a terminal (interactiveMode: Always); a job has none.`,
    );
  }
  const args = Array.isArray(exec['args']) ? exec['args'].map(String) : [];
  return credentialOf(plugin, command, await run(plugin, command, args));
}

function run(plugin: ExecPlugin, command: string, args: readonly string[]): Promise<string> {
  const env = {
    ...plugin.env,
    ...ownEnv(plugin.exec),
    KUBERNETES_EXEC_INFO: JSON.stringify(execInfo(plugin)),
  };
  return new Promise((resolve, reject) => {
    const child = execFile(
      command,
      args,
      { env, timeout: PATIENCE, killSignal: 'SIGKILL', maxBuffer: MOST_PRINTED, windowsHide: true },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(pluginFault(plugin, command, error, stderr));
      },
    );
    // A plugin that asks something is told at once that nobody answers.
    child.stdin?.on('error', () => undefined).end();
  });
}

function pluginFault(
  plugin: ExecPlugin,
  command: string,
  error: ExecFileException,
  stderr: string,
): TrafficError {
  if (error.code === 'ENOENT' || error.code === 'EACCES') {
    const hint = text(plugin.exec['installHint']).trim();
    const why = error.code === 'ENOENT' ? "isn't installed on this machine" : "can't be executed";
    return failed(plugin, `its exec plugin ${command} ${why}. ${hint || 'Install it in an earlier step.'}`);
  }
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') {
    return failed(plugin, `its exec plugin ${command} printed more than ${inMiB(MOST_PRINTED)}.`);
  }
  if (error.killed === true && error.signal === 'SIGKILL') {
    const words = `its exec plugin ${command} gave none within ${PATIENCE / 1000} s. Does it wait for a person?`;
    return failed(plugin, words, 'timeout');
  }
  // Before it is cut: half of a secret would not be known again.
  const said = redactOpaque(plugin.shown(stderr.trim())).slice(-500);
  const how = error.signal
    ? `was killed by ${error.signal}`
    : `ended with exit code ${String(error.code ?? '?')}`;
  return failed(
    plugin,
    `its exec plugin ${command} ${how}${said === '' ? ' and said nothing.' : `: ${said}`}`,
  );
}

function credentialOf(plugin: ExecPlugin, command: string, stdout: string): Credential {
  const status = statusOf(stdout);
  const token = text(status['token']).trim();
  const certificate = text(status['clientCertificateData']);
  const key = text(status['clientKeyData']);
  if (token === '' && (certificate === '' || key === '')) {
    throw failed(
      plugin,
      `its exec plugin ${command} printed no ExecCredential with a token or a certificate and key.`,
    );
  }
  const expires = Date.parse(text(status['expirationTimestamp']));
  return {
    ...(token === '' ? {} : { token }),
    ...(certificate === '' ? {} : { certificate }),
    ...(key === '' ? {} : { key }),
    ...(Number.isNaN(expires) ? {} : { expires }),
  };
}

function statusOf(stdout: string): JsonObject {
  try {
    const answer: unknown = JSON.parse(stdout);
    const status = isObject(answer) ? answer['status'] : undefined;
    return isObject(status) ? status : {};
  } catch {
    return {};
  }
}

function ownEnv(exec: JsonObject): Record<string, string> {
  const list: readonly unknown[] = Array.isArray(exec['env']) ? exec['env'] : [];
  return Object.fromEntries(
    list.flatMap((item) => (isObject(item) ? [[text(item['name']), text(item['value'])]] : [])),
  );
}

/** @see https://kubernetes.io/docs/reference/config-api/client-authentication.v1/ */
function execInfo({ exec, cluster }: ExecPlugin): JsonObject {
  const ca = cluster.caFile === undefined ? cluster.caData : readFileSync(cluster.caFile).toString('base64');
  const info: JsonObject = {
    server: cluster.server,
    'tls-server-name': cluster.tlsServerName,
    'insecure-skip-tls-verify': cluster.skipTLSVerify || undefined,
    'certificate-authority-data': ca,
    'proxy-url': cluster.proxyUrl,
  };
  return {
    apiVersion: text(exec['apiVersion']) || 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    spec: { interactive: false, ...(exec['provideClusterInfo'] === true ? { cluster: info } : {}) },
  };
}

function failed(plugin: ExecPlugin, words: string, reason: FailureReason = 'unauthorized'): TrafficError {
  return new TrafficError(reason, plugin.shown(`No credentials for ${plugin.who}: ${words}`));
}
