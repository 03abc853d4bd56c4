import { execFile, type ExecFileException } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Cluster } from '@kubernetes/client-node';
import type { TrafficError } from '../../base/errors.ts';
import { isObject, listIn, objectIn, parseJson, textIn, type JsonObject } from '../../base/json.ts';
import { inMiB } from './body.ts';
import { redactOpaque } from '../../net/secrets.ts';
import type { Credential } from './wire.ts';
import { noCredentials, type CredentialOwner } from './credential-source.ts';

export interface ExecPlugin extends CredentialOwner {
  /** The `exec` of a kubeconfig's user. */
  readonly exec: JsonObject;
  readonly cluster: Cluster;
  readonly env: Readonly<Record<string, string | undefined>>;
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
  const command = textIn(exec['command']);
  if (command === '') throw noCredentials(plugin, 'its exec plugin has no `command`.');
  if (exec['interactiveMode'] === 'Always') {
    throw noCredentials(
      plugin,
      `its exec plugin ${command} needs a terminal (interactiveMode: Always); a job has none.`,
    );
  }
  const args = listIn(exec['args']).map(String);
  return credentialOf(plugin, command, await runPlugin(plugin, command, args));
}

function runPlugin(plugin: ExecPlugin, command: string, args: readonly string[]): Promise<string> {
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
    const hint = textIn(plugin.exec['installHint']).trim();
    const why = error.code === 'ENOENT' ? "isn't installed on this machine" : "can't be executed";
    return noCredentials(
      plugin,
      `its exec plugin ${command} ${why}. ${hint || 'Install it in an earlier step.'}`,
    );
  }
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') {
    return noCredentials(plugin, `its exec plugin ${command} printed more than ${inMiB(MOST_PRINTED)}.`);
  }
  if (error.killed === true && error.signal === 'SIGKILL') {
    const words = `its exec plugin ${command} gave none within ${PATIENCE / 1000} s. Does it wait for a person?`;
    return noCredentials(plugin, words, 'timeout');
  }
  // Before it is cut: half of a secret would not be known again.
  const said = redactOpaque(plugin.shown(stderr.trim())).slice(-500);
  const how = error.signal
    ? `was killed by ${error.signal}`
    : `ended with exit code ${String(error.code ?? '?')}`;
  return noCredentials(
    plugin,
    `its exec plugin ${command} ${how}${said === '' ? ' and said nothing.' : `: ${said}`}`,
  );
}

function credentialOf(plugin: ExecPlugin, command: string, stdout: string): Credential {
  const status = objectIn(objectIn(parseJson(stdout))['status']);
  const token = textIn(status['token']).trim();
  const certificate = textIn(status['clientCertificateData']);
  const key = textIn(status['clientKeyData']);
  if (token === '' && (certificate === '' || key === '')) {
    throw noCredentials(
      plugin,
      `its exec plugin ${command} printed no ExecCredential with a token or a certificate and key.`,
    );
  }
  const expires = Date.parse(textIn(status['expirationTimestamp']));
  return {
    ...(token === '' ? {} : { token }),
    ...(certificate === '' ? {} : { certificate }),
    ...(key === '' ? {} : { key }),
    ...(Number.isNaN(expires) ? {} : { expires }),
  };
}

function ownEnv(exec: JsonObject): Record<string, string> {
  return Object.fromEntries(
    listIn(exec['env']).flatMap((item) =>
      isObject(item) ? [[textIn(item['name']), textIn(item['value'])]] : [],
    ),
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
    apiVersion: textIn(exec['apiVersion']) || 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    spec: { interactive: false, ...(exec['provideClusterInfo'] === true ? { cluster: info } : {}) },
  };
}
