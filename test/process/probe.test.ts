import { describe, test } from 'vitest';
import { sameJson } from '../../src/base/json.ts';
import { startAddress, type Address, type Reply } from '../support/process/address.ts';
import { change, routing, SECRETS, secretKubeconfig } from '../support/process/cluster.ts';
import { leaksOf } from '../support/process/leaks.ts';
import { runAction, runCli, type Around, type Ended } from '../support/process/processes.ts';
import { startProxy } from '../support/api-server/proxy.ts';
import { serverOptions } from '../support/process/scenarios.ts';
import { startServer } from '../support/api-server/server.ts';

const BUILD = {
  'label-selector': 'app=api-domain',
  'pod-selector': 'app=api-domain,build=PR-10',
  'propagation-wait': '0s',
};
const WEIGHT = { operation: 'weight', ...BUILD, weight: '20' };
const HEADERS = { operation: 'headers', ...BUILD, headers: 'x-cid=seu_madruga' };
const SECRET = 'pr0be-s3cret-4711-abcdef';
const PRIVATE = `authorization: Bearer ${SECRET}\nx-api-key: ${SECRET}-key`;
const OK: Reply = { status: 200, body: 'fine', headers: { 'x-build': '10' } };

interface Probed {
  readonly ended: Ended;
  readonly address: Address;
  readonly isAsBefore: boolean;
  readonly puts: readonly string[];
  readonly leaks: readonly string[];
}

/** The Action with a probe of an address that gives these replies. */
async function probed(
  inputs: Readonly<Record<string, string>>,
  replies: readonly Reply[],
  {
    around,
    path = '/health',
    earlier = [],
  }: { around?: Around; path?: string; earlier?: readonly Readonly<Record<string, string>>[] } = {},
): Promise<Probed> {
  await using server = await startServer(serverOptions());
  await using address = await startAddress(...replies);
  await change(server, ...earlier);
  const before = routing(server);
  const done = server.requests.length;
  const ended = await runAction(
    {
      'probe-url': `${address.url}${path}`,
      // Enough for three answers on any machine.
      'probe-timeout': '5m',
      ...inputs,
      kubeconfig: secretKubeconfig(server),
    },
    around,
  );
  const requests = server.requests.slice(done);
  return {
    ended,
    address,
    isAsBefore: sameJson(before, routing(server)),
    puts: requests.filter(({ verb }) => verb === 'PUT').map(({ resource }) => resource),
    leaks: leaksOf({ ...ended, requests }, [...SECRETS, SECRET]),
  };
}

describe.concurrent('a probe', () => {
  test('that goes well: the change stays, the header of the preview and the given ones were sent', async ({
    expect,
  }) => {
    const { ended, address, isAsBefore, leaks } = await probed(
      { ...HEADERS, 'probe-headers': PRIVATE, 'probe-expect': 'status=200\nheader x-build~=1\\d\nbody~=^fi' },
      [OK],
    );
    expect(ended.code, ended.stdout).toBe(0);
    expect(isAsBefore).toBe(false);
    expect(address.asked).toHaveLength(3);
    expect(address.connections).toBe(3);
    expect(address.asked[0]?.headers).toMatchObject({
      'x-cid': 'seu_madruga',
      authorization: `Bearer ${SECRET}`,
      'x-api-key': `${SECRET}-key`,
    });
    expect(ended.summary).toMatch(/The probe GET \S+\/health gave 3 good answers in a row, in \d+/);
    expect(ended.stdout).toMatch(/Good answer 3 of 3: status 200 in \d+ ms/);
    expect(ended.stdout.indexOf(`::add-mask::Bearer ${SECRET}`)).toBeGreaterThanOrEqual(0);
    expect(leaks).toEqual([]);
  });

  test.for<[string, readonly Reply[], Readonly<Record<string, string>>, RegExp]>([
    [
      'answers 500',
      [{ status: 500, body: 'no upstream' }],
      {},
      /check-failed: The probe .* got a bad answer: the status is 500, which is no 2xx. The answer begins: no upstream/,
    ],
    [
      'answers only sometimes',
      [OK, OK, { status: 503 }],
      {},
      /check-failed: .* got a bad answer after 2 good ones: the status is 503/,
    ],
    [
      'breaks off after a good answer',
      [OK, 'drop'],
      {},
      /check-failed: .* after 1 good one: no answer: the connection broke off/,
    ],
    [
      'is another build',
      [{ ...OK, headers: { 'x-build': '9' } }],
      { 'probe-expect': 'header x-build=10' },
      /check-failed: .* the header x-build is "9", "header x-build=10" is expected/,
    ],
    [
      'hangs',
      ['hang'],
      { 'probe-timeout': '1500ms' },
      /timeout: .* gave 0 of 3 good answers within 1.5 s .*no answer: none within/,
    ],
    [
      'leads elsewhere',
      [{ status: 302, headers: { location: 'http://elsewhere.test/?x=y' } }],
      {},
      /check-failed: .* redirects to another host \(elsewhere.test\)/,
    ],
    [
      'echoes what it was sent',
      [{ status: 500, body: (headers) => JSON.stringify(headers) }],
      { 'probe-headers': PRIVATE },
      /check-failed: .*\*\*\*/,
    ],
  ])('of an address that %s: the change is undone', async ([, replies, inputs, said], { expect }) => {
    const { ended, isAsBefore, leaks } = await probed({ ...WEIGHT, ...inputs }, replies);
    expect(ended.code).toBe(1);
    expect(ended.stdout).toMatch(said);
    expect(ended.stdout).toContain('What had been written before was undone: everything is as it was.');
    expect(ended.outputs).toMatchObject({ changed: 'false', 'safe-to-scale-down': '[]' });
    expect(isAsBefore).toBe(true);
    expect(leaks).toEqual([]);
  });

  test('of an address that needs a moment', async ({ expect }) => {
    const { ended, address } = await probed(WEIGHT, ['drop', OK]);
    expect(ended.code, ended.stdout).toBe(0);
    expect(address.asked).toHaveLength(4);
  });

  test('of a promote: subsets go only after it', async ({ expect }) => {
    const promote = { operation: 'promote', ...BUILD };
    const { isAsBefore, puts } = await probed(promote, [{ status: 500 }], {
      earlier: [HEADERS],
    });
    expect(isAsBefore).toBe(true);
    expect(puts).toEqual(['virtualservices', 'virtualservices']);
  });

  test('where nothing changes no request is made', async ({ expect }) => {
    const { ended, address } = await probed(WEIGHT, [{ status: 500 }], { earlier: [WEIGHT] });
    expect(ended.code).toBe(0);
    expect(address.asked).toEqual([]);
    expect(ended.summary).toContain('No route changed, so the probe was not asked.');
  });

  test('with dry-run no request is made, and a warning says so', async ({ expect }) => {
    const { ended, address } = await probed({ ...WEIGHT, 'dry-run': 'true' }, [OK]);
    expect(address.asked).toEqual([]);
    expect(ended.stdout).toMatch(/^::warning title=[^:]*::`probe-url` is not used with `dry-run: true`/m);
  });

  test('goes through a proxy of the environment', async ({ expect }) => {
    await using proxy = await startProxy();
    const { ended } = await probed(WEIGHT, [OK], {
      around: { env: { http_proxy: proxy.url, no_proxy: '' } },
    });
    expect(ended.code, ended.stdout).toBe(0);
    expect(proxy.seen.filter((line) => line.includes('/health'))).toHaveLength(3);
  });

  test('cancelled during a request: the change is undone', async ({ expect }) => {
    await using server = await startServer(serverOptions());
    await using address = await startAddress('hang');
    const before = routing(server);
    const ended = await runAction(
      { ...WEIGHT, 'probe-url': address.url, kubeconfig: secretKubeconfig(server) },
      {
        onStart: (child) => {
          address.onRequest = () => {
            child.kill('SIGINT');
          };
        },
      },
    );
    expect(ended.outputs['failure-reason']).toBe('cancelled');
    expect(sameJson(before, routing(server))).toBe(true);
  });

  test('on the command line, where no runner masks anything', async ({ expect }) => {
    await using server = await startServer(serverOptions());
    await using address = await startAddress({ status: 500, body: (headers) => JSON.stringify(headers) });
    const words = { ...WEIGHT, 'probe-url': address.url, 'probe-headers': PRIVATE };
    const flags = Object.entries(words).flatMap(([name, text]) =>
      name === 'operation' ? [] : [`--${name}`, text],
    );
    const ended = await runCli(['traffic', 'weight', ...flags], {
      files: { '.kube/config': secretKubeconfig(server) },
    });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('***');
    expect(leaksOf({ ...ended, args: [], requests: server.requests }, [SECRET])).toEqual([]);
  });
});
