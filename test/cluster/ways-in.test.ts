import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { authority } from './plane/certs.ts';
import { certificateUser, type KubeconfigParts } from './plane/kubeconfig.ts';
import { startProxy } from '../support/api-server/proxy.ts';
import { action, istiops, library, type CliRan, type Inputs } from './support/doors.ts';
import { sharedPlane, type Plane } from './support/plane.ts';
import { hasMounts, inPod, podOf, type PodSurroundings } from './support/pod.ts';

let plane: Plane;
let namespace: string;
let token: string;

beforeAll(async () => {
  plane = await sharedPlane();
  namespace = await plane.namespace('ways-in');
  await plane.deployBuilds({ namespace, app: 'api', builds: ['v1'] });
  ({ token } = plane.restConfig());
});

/** `show` with a kubeconfig of these parts, whose context names the namespace. */
async function showWith(name: string, parts: Partial<KubeconfigParts>, inputs: Inputs = {}): Promise<CliRan> {
  const kubeconfig = await plane.writeKubeconfig(name, { namespace, ...parts });
  return await istiops({ dir: plane.dir, kubeconfig }, 'show', { 'label-selector': 'app=api', ...inputs });
}

describe('let in', () => {
  test('by a token', async () => {
    const { code, result } = await showWith('by-token', { user: { token } });
    expect(code, JSON.stringify(result.failure)).toBe(0);
  });

  test('by a client certificate', async () => {
    const user = certificateUser(plane.clientCertificate({ name: 'jane', groups: ['system:masters'] }));
    const { code, result } = await showWith('by-certificate', { user });
    expect(code, JSON.stringify(result.failure)).toBe(0);
  });

  test('by an exec plugin', async () => {
    const plugin = join(plane.dir, 'plugin.mjs');
    const credential = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token },
    };
    await writeFile(plugin, `console.log(${JSON.stringify(JSON.stringify(credential))});\n`);
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: [plugin],
      interactiveMode: 'Never',
    };
    const { code, result } = await showWith('by-plugin', { user: { exec } });
    expect(code, JSON.stringify(result.failure)).toBe(0);
  });

  test.for(['yaml', 'base64'] as const)(
    'by the input kubeconfig, as %s; the token is masked first',
    async (form) => {
      const text = await readFile(plane.kubeconfig, 'utf8');
      const ran = await action(
        plane,
        {
          operation: 'show',
          namespace,
          'label-selector': 'app=api',
          kubeconfig: form === 'yaml' ? text : Buffer.from(text).toString('base64'),
        },
        { env: { KUBECONFIG: '' } },
      );
      expect(ran.code, ran.stdout).toBe(0);
      const lines = ran.stdout.split('\n');
      expect(lines).toContain(`::add-mask::${token}`);
      expect(lines.filter((line) => line.includes(token) && !line.startsWith('::add-mask::'))).toEqual([]);
      expect(ran.summary).not.toContain(token);
    },
  );
});

describe('let in as the service account of a pod', () => {
  let pod: PodSurroundings;

  beforeAll(async () => {
    pod = await podOf(plane, namespace, 'runner');
  });

  // Without the right to mount, the folder can only be given to the library, below.
  test.skipIf(!hasMounts())('by the files and variables that it has, in its own namespace', async () => {
    const env = { KUBECONFIG: '', ...pod.env };
    const { code, result } = await istiops(
      plane,
      'show',
      { 'label-selector': 'app=api' },
      { env, under: inPod(pod) },
    );
    expect(code, JSON.stringify(result.failure)).toBe(0);
    expect(result.namespace).toBe(namespace);
  });

  test('by the same files elsewhere, in the library', async () => {
    const store = await library.kubernetesStore({ env: pod.env, serviceAccountPath: pod.folder });
    const { virtualServices, namespace: own } = await store.read();
    expect(own).toBe(namespace);
    expect(virtualServices.map(({ metadata }) => metadata.name)).toEqual(['api']);
  });
});

describe('through an HTTP proxy', () => {
  const show = async (env: Readonly<Record<string, string>>, cluster: Record<string, unknown> = {}) => {
    const kubeconfig = await plane.writeKubeconfig('behind-proxy', { namespace, user: { token }, cluster });
    return await istiops({ dir: plane.dir, kubeconfig }, 'show', { 'label-selector': 'app=api' }, { env });
  };
  const tunnel = (): string => `CONNECT ${new URL(plane.server).host}`;

  test.for(['HTTPS_PROXY', 'https_proxy'])('of %s', async (name) => {
    await using proxy = await startProxy();
    const { code, result } = await show({ [name]: proxy.url });
    expect(code, JSON.stringify(result.failure)).toBe(0);
    expect(proxy.seen).toContain(tunnel());
    expect(new Set(proxy.seen).size).toBe(1);
  });

  test('not where NO_PROXY names the server', async () => {
    await using proxy = await startProxy();
    const { code } = await show({ HTTPS_PROXY: proxy.url, NO_PROXY: 'localhost,127.0.0.0/8' });
    expect([code, proxy.seen]).toEqual([0, []]);
  });

  test("of the kubeconfig, before the environment's", async () => {
    await using own = await startProxy();
    await using other = await startProxy();
    const { code } = await show({ HTTPS_PROXY: other.url }, { 'proxy-url': own.url });
    expect([code, other.seen]).toEqual([0, []]);
    expect(own.seen).toContain(tunnel());
  });

  test('that asks for a password, and gets it', async () => {
    await using proxy = await startProxy({ credentials: 'ada:s3cret' });
    const { code, result } = await show({ HTTPS_PROXY: proxy.url.replace('//', '//ada:s3cret@') });
    expect(code, JSON.stringify(result.failure)).toBe(0);
    expect(proxy.seen).toContain(tunnel());
  });

  test('that asks for a password in vain: told so', async () => {
    await using proxy = await startProxy({ credentials: 'ada:s3cret' });
    const { code, result } = await show({ HTTPS_PROXY: proxy.url });
    expect([code, result.failure?.reason]).toEqual([1, 'unreachable']);
    expect(result.failure?.message).toContain(`the proxy in between (${proxy.url}) answered 407`);
  });

  test('that is not there: told so, within 20 s', async () => {
    const { code, result, took } = await show({ HTTPS_PROXY: `http://127.0.0.1:${await freePort()}` });
    expect([code, result.failure?.reason]).toEqual([1, 'unreachable']);
    expect(took).toBeLessThan(20_000);
  });
});

describe('kept out, and told why', () => {
  const refused = ({ code, result }: CliRan): readonly [number | null, string | undefined, string] => [
    code,
    result.failure?.reason,
    result.failure?.message ?? '',
  ];

  test('a token that nobody knows', async () => {
    const [code, reason, message] = refused(await showWith('wrong-token', { user: { token: 'wrong' } }));
    expect([code, reason]).toEqual([1, 'unauthorized']);
    expect(message).toContain(plane.server);
  });

  test('an expired certificate', async () => {
    const expired = { name: 'jane', from: new Date(0), until: new Date(1_000), groups: ['system:masters'] };
    const user = certificateUser(plane.clientCertificate(expired));
    const [code, reason] = refused(await showWith('expired', { user }));
    expect([code, reason]).toEqual([1, 'unauthorized']);
  });

  test('an authority that did not sign the server', async () => {
    const began = performance.now();
    const [code, reason, message] = refused(
      await showWith('wrong-ca', { ca: authority('another').cert, user: { token } }),
    );
    expect([code, reason]).toEqual([1, 'unreachable']);
    expect(message).toMatch(/certificate/);
    // Trying again would not help.
    expect(performance.now() - began).toBeLessThan(8_000);
  });

  test('a context that is not there', async () => {
    const [code, reason, message] = refused(
      await showWith('no-context', { user: { token } }, { context: 'production' }),
    );
    expect([code, reason]).toEqual([1, 'invalid-input']);
    expect(message).toMatch(/production[\s\S]*plane/);
  });

  test('a server that nobody answers for, within 20 s', { timeout: 60_000 }, async () => {
    const port = await freePort();
    const { took, ...ran } = await showWith('unreachable', {
      server: `https://127.0.0.1:${port}`,
      user: { token },
    });
    const [code, reason, message] = refused({ took, ...ran });
    expect([code, reason]).toEqual([1, 'unreachable']);
    expect(message).toContain(`127.0.0.1:${port}`);
    expect(took).toBeLessThan(20_000);
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
