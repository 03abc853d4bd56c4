import { strict as assert } from 'node:assert';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ApiError, paths } from './api.ts';
import { answersOf, failedOf, loadFor } from './load.ts';
import { certificateUser } from './kubeconfig.ts';
import { boot } from './plane.ts';
import { until } from './processes.ts';
import { markedProcesses } from './reap.ts';
import { ask, askTcp, askTls } from './traffic.ts';

/** Proves the plane itself: `node smoke.ts` for all, `node smoke.ts --once` for one plane alone. */

const run = promisify(execFile);
const here = (name: string): string => join(import.meta.dirname, name);

async function once(): Promise<void> {
  const plane = await boot({ log: console.log });
  const namespace = await plane.namespace();
  const { host, ...app } = await plane.deployBuilds({
    namespace,
    app: 'api',
    builds: ['v1', 'v2'],
    routes: ['http', 'tcp', 'tls'],
  });
  const service = `${paths.virtualServices(namespace)}/api`;

  const got = await ask(plane, { host, path: '/some?thing', headers: { 'x-here': 'yes' } });
  assert.equal(got.build, 'v1');
  assert.equal(got.seen?.path, '/some?thing');
  assert.equal(got.seen.headers['x-here'], 'yes');
  assert.equal((await askTls(plane, { host })).build, 'v1');
  assert.deepEqual(await askTcp(plane, 'ping'), { build: 'v1', echo: 'ping' });

  await plane.api.patch(`${paths.destinationRules(namespace)}/api`, {
    spec: { subsets: ['v1', 'v2'].map((build) => ({ name: build, labels: { build } })) },
  });
  const to = (subset: string): readonly unknown[] => [
    { destination: { host, subset, port: { number: 80 } } },
  ];
  const preview = { match: [{ headers: { 'x-cid': { exact: 'me' } } }], route: to('v2') };
  await plane.api.patch(service, { spec: { http: [preview, { route: to('v1') }] } });
  await until(
    'the header reaches v2',
    async () => (await ask(plane, { host, headers: { 'x-cid': 'me' } })).build === 'v2',
  );
  assert.equal((await ask(plane, { host })).build, 'v1');

  const broken = { match: [{ uri: { regex: '(' } }], route: to('v1') };
  await assert.rejects(plane.api.patch(service, { spec: { http: [broken] } }), (error) => {
    assert(error instanceof ApiError);
    assert.match(error.message, /admission webhook .*validation\.istio\.io.* denied the request/);
    return true;
  });

  const report = await loadFor(plane, 3, [
    { name: 'all', host, rate: 400 },
    { name: 'me', host, rate: 50, headers: { 'x-cid': 'me' } },
  ]);
  console.log(JSON.stringify(report));
  assert.equal(failedOf(report), 0);
  assert.deepEqual(Object.keys(answersOf(report, 'all')), ['200 v1']);
  assert.deepEqual(Object.keys(answersOf(report, 'me')), ['200 v2']);
  assert(Math.abs((answersOf(report, 'all')['200 v1'] ?? 0) - 1_200) < 60);

  await app.behave('v2', { status: 500, delayMs: 100 });
  assert.equal((await ask(plane, { host, headers: { 'x-cid': 'me' } })).status, 500);

  await waysIn(plane);
  await plane.restartIstiod({ debounceAfter: '1s', debounceMax: '2s' });
  assert.equal((await ask(plane, { host })).build, 'v1');

  await plane.stop();
  nothingLeft(plane.dir);
}

async function waysIn(plane: Awaited<ReturnType<typeof boot>>): Promise<void> {
  const namespace = await plane.namespace();
  await assert.rejects(plane.apiAs('nobody').get(paths.pods(namespace)), /403/);
  const token = await plane.serviceAccountToken(namespace, 'runner');
  const { cert, key } = plane.clientCertificate({ name: 'jane', groups: ['system:masters'] });
  const expired = plane.clientCertificate({ name: 'jane', from: new Date(0), until: new Date(1_000) });
  const certificate = await plane.writeKubeconfig('certificate', { user: certificateUser({ cert, key }) });
  const late = await plane.writeKubeconfig('expired', { user: certificateUser(expired) });
  const account = await plane.writeKubeconfig('account', { user: { token } });
  if (process.env['PATH']?.split(':').some((folder) => existsSync(join(folder, 'kubectl'))) !== true) return;
  const whoami = async (kubeconfig: string): Promise<string> =>
    (
      await run('kubectl', ['--kubeconfig', kubeconfig, 'auth', 'whoami'], {
        env: { ...process.env, HOME: plane.dir },
      })
    ).stdout;
  assert.match(await whoami(certificate), /jane/);
  assert.match(await whoami(account), new RegExp(`system:serviceaccount:${namespace}:runner`));
  await assert.rejects(whoami(late));
}

/** Processes that name the folder in their command line or environment, and the folder itself. */
function nothingLeft(dir: string): void {
  assert.deepEqual(markedProcesses(dir), []);
  const naming = readdirSync('/proc').filter((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    try {
      return readFileSync(`/proc/${entry}/cmdline`, 'utf8').includes(dir);
    } catch {
      return false;
    }
  });
  assert.deepEqual(naming, []);
  assert(!existsSync(dir), `${dir} is still there`);
}

/** A smoke test that fails leaves nothing either: with these gone, the keepers do the rest. */
const mine = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of mine) child.kill('SIGKILL');
});

interface Up {
  readonly pid: number;
  readonly dir: string;
  readonly ended: Promise<number | null>;
}

async function up(...args: readonly string[]): Promise<Up> {
  const child = spawn(process.execPath, [here('up.ts'), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  mine.add(child);
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
  const { pid = 0 } = child;
  await until('cluster:up is ready', () => Promise.resolve(/ends it\./.test(text)), 120_000);
  const kubeconfig = /KUBECONFIG=(\S+)/.exec(text)?.[1];
  assert(kubeconfig !== undefined && existsSync(kubeconfig));
  return { pid, dir: dirname(kubeconfig), ended };
}

async function untilNothingLeft(dir: string): Promise<void> {
  await until(`nothing is left of ${dir}`, () => {
    nothingLeft(dir);
    return Promise.resolve(true);
  });
}

function keeperOf(dir: string): number {
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const words = readFileSync(`/proc/${entry}/cmdline`, 'utf8').split('\0');
    if (words[1] === here('keeper.ts') && words[2] === dir) return Number(entry);
  }
  throw new Error(`${dir} has no keeper.`);
}

const scenarios: Readonly<Record<string, () => Promise<void>>> = {
  'one plane': once,
  'two side by side': async () => {
    await Promise.all([1, 2].map(() => run(process.execPath, [here('smoke.ts'), '--once'])));
  },
  'SIGTERM ends cluster:up in order': async () => {
    const { pid, dir, ended } = await up();
    process.kill(pid, 'SIGTERM');
    assert.equal(await ended, 0);
    nothingLeft(dir);
  },
  'SIGKILL: the keeper cleans up': async () => {
    const { pid, dir } = await up('--no-sample');
    process.kill(pid, 'SIGKILL');
    await untilNothingLeft(dir);
  },
  'SIGKILL in the middle of booting': async () => {
    for (const delay of [0, 300, 1_500, 3_000]) {
      // Of its own, so that a plane of somebody else is not taken for this one.
      const folder = await mkdtemp(join(tmpdir(), 'smoke-'));
      const child = spawn(process.execPath, [here('up.ts')], {
        stdio: 'ignore',
        env: { ...process.env, TMPDIR: folder },
      });
      mine.add(child);
      await until('it boots', () => Promise.resolve(readdirSync(folder).length > 0));
      await sleep(delay);
      const [made = ''] = readdirSync(folder);
      child.kill('SIGKILL');
      await untilNothingLeft(join(folder, made));
      await rmdir(folder);
    }
  },
  'SIGKILL of owner and keeper: cluster:down cleans up': async () => {
    const { pid, dir } = await up('--no-sample');
    process.kill(keeperOf(dir), 'SIGKILL');
    process.kill(pid, 'SIGKILL');
    await sleep(200);
    assert(markedProcesses(dir).length >= 4);
    await run(process.execPath, [here('down.ts'), dir]);
    nothingLeft(dir);
  },
  'detached, then cluster:down': async () => {
    const { dir, ended } = await up('--detach');
    assert.equal(await ended, 0);
    assert(markedProcesses(dir).length >= 5);
    await run(process.execPath, [here('down.ts'), dir]);
    await untilNothingLeft(dir);
  },
};

if (process.argv.includes('--once')) {
  await once();
} else {
  for (const [name, scenario] of Object.entries(scenarios)) {
    const began = performance.now();
    await scenario();
    console.log(`ok: ${name} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
  }
}
