import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { authority } from './plane/certs.ts';
import { certificateUser, type KubeconfigParts } from './plane/kubeconfig.ts';
import { action, istiops, type CliRan, type Inputs } from './support/doors.ts';
import { sharedPlane, type Plane } from './support/plane.ts';

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
