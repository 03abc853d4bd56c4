import { execFile } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createApi, type Api } from './api.ts';
import { authority, issue, type Certificate } from './certs.ts';
import { start, untilReady, type Running } from './processes.ts';
import type { Ports } from './ports.ts';

export interface User {
  readonly name: string;
  readonly groups: readonly string[];
  readonly token: string;
}

export interface ApiServer {
  readonly part: Running;
  readonly url: string;
  /** Signs the server's certificate and, as `--client-ca-file`, those of its clients. */
  readonly ca: Certificate;
  readonly users: readonly User[];
  /** As the user `admin`. */
  readonly api: Api;
}

/** Whose tokens the server accepts besides: GitHub's, as far as a plane has one. */
export interface TrustedIssuer {
  /** https. */
  readonly url: string;
  /** PEM; of the issuer's certificate. */
  readonly ca: string;
  /** Of the tokens' repository. */
  readonly repositoryId: string;
  readonly repositoryOwnerId: string;
}

const ISTIOPS = join(import.meta.dirname, '../../../src/doors/bin/istiops.ts');

/** The AuthenticationConfiguration, as a user has it printed. */
async function printedConfiguration(server: string, github: TrustedIssuer, ca: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...[ISTIOPS, 'keyless', '--only', 'authentication', '--server', server],
    ...['--repository-id', github.repositoryId, '--repository-owner-id', github.repositoryOwnerId],
    ...['--issuer', github.url, '--issuer-ca', ca],
  ]);
  return stdout;
}

export async function startApiServer(
  dir: string,
  command: string,
  ports: Ports,
  groups: Readonly<Record<string, readonly string[]>>,
  github: TrustedIssuer,
): Promise<ApiServer> {
  const folder = join(dir, 'apiserver');
  await mkdir(folder);
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };

  const ca = authority('istiops-plane');
  const serving = issue(ca, { name: 'kube-apiserver', hosts: ['127.0.0.1', 'localhost'] });
  const users = Object.entries(groups).map(([name, of]) => ({
    name,
    groups: of,
    token: randomBytes(16).toString('hex'),
  }));
  const tokens = users.map(({ name, groups: of, token }) => `${token},${name},${name},"${of.join(',')}"\n`);
  // SEC1, for the server reads the public key from the same file, and finds none in PKCS#8 (client-go util/keyutil).
  const issuer = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    type: 'sec1',
    format: 'pem',
  });
  const url = `https://127.0.0.1:${ports.of.apiserver}`;
  const githubCa = await file('github-ca.crt', github.ca);
  const authentication = await file('authentication.yaml', await printedConfiguration(url, github, githubCa));
  const issuerFile = await file('service-accounts.key', issuer.toString());

  const part = start({
    dir,
    name: 'kube-apiserver',
    command,
    args: [
      `--etcd-servers=http://127.0.0.1:${ports.of.etcd}`,
      `--secure-port=${ports.of.apiserver}`,
      '--bind-address=127.0.0.1',
      // An address is needed that is not loopback; nobody looks at it, for the endpoints of `kubernetes` stay unwritten.
      '--advertise-address=192.0.2.1',
      '--endpoint-reconciler-type=none',
      '--service-cluster-ip-range=10.96.0.0/16',
      `--tls-cert-file=${await file('serving.crt', serving.cert)}`,
      `--tls-private-key-file=${await file('serving.key', serving.key)}`,
      `--client-ca-file=${await file('ca.crt', ca.cert)}`,
      `--authentication-config=${authentication}`,
      `--token-auth-file=${await file('tokens.csv', tokens.join(''))}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${issuerFile}`,
      `--service-account-signing-key-file=${issuerFile}`,
      '--authorization-mode=RBAC',
      // No controller makes the default account of each namespace, without which this plugin refuses every pod.
      '--disable-admission-plugins=ServiceAccount',
    ],
    // Endpoints may not be loopback addresses. What the server proxies to others goes through here (services-proxy.ts);
    // Go asks loopback, where etcd and the webhook are, without a proxy.
    env: { HTTP_PROXY: `http://127.0.0.1:${ports.of.servicesProxy}` },
  });
  const admin = users.find(({ name }) => name === 'admin');
  if (admin === undefined) throw new Error('A plane needs a user `admin`.');
  const api = createApi({ server: url, ca: ca.cert, token: admin.token });
  await untilReady(part, async () => (await api.raw('/readyz')).status === 200);
  return { part, url, ca, users, api };
}
