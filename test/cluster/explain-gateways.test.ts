/**
 * Envoy as the judge of explain at Gateways: which of their hosts and ports serve a request, and whose routes get it where
 * the same pods serve several of them. explain may leave it open where several do, and must never say what is wrong. A
 * failure prints the seed, with which `EXPLAIN_SEED=… npm run test:cluster -- explain-gateways` runs it again.
 */
import { request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ExplainedResult } from '../../src/plan/explanation.ts';
import type { Snapshot } from '../../src/plan/types.ts';
import { parseWords } from '../../src/operations/parse-words.ts';
import { plan } from '../../src/run/plan.ts';
import { kubernetesStore } from '../../src/stores/kubernetes/store.ts';
import { paths } from './plane/api.ts';
import { until } from './plane/processes.ts';
import {
  AUTHORITIES,
  gatewayWorld,
  ONE,
  TWO,
  type GatewayWorld,
  type WorldServer,
} from './support/gateway-worlds.ts';
import { create } from './support/objects.ts';
import { sharedPlane, type Plane } from './support/plane.ts';

const WORLDS = Number(process.env['WORLDS'] ?? 25);

test('explain and Envoy agree on what Gateways serve', { timeout: 120_000 }, async () => {
  const plane = await sharedPlane();
  const [one, two] = [await plane.namespace('gateways'), await plane.namespace('gateways')];
  const seed = Number(process.env['EXPLAIN_SEED'] ?? Date.now() % 2 ** 31);
  const filled = (world: GatewayWorld): GatewayWorld =>
    JSON.parse(JSON.stringify(world).replaceAll(ONE, one).replaceAll(TWO, two)) as GatewayWorld;
  const worlds = fc.sample(gatewayWorld, { seed, numRuns: WORLDS }).map(filled);
  try {
    await write(plane, worlds);
    await writeLast(plane, one);
    const snapshots = new Map([
      [one, await read(plane, one)],
      [two, await read(plane, two)],
    ]);
    const wrong: string[] = [];
    for (const [index, world] of worlds.entries()) {
      wrong.push(...(await differences(plane, world, index, snapshots)));
    }
    expect(wrong.join('\n'), `seed ${seed}`).toBe('');
  } finally {
    for (const namespace of [one, two]) {
      await plane.api.delete(paths.virtualServices(namespace));
      await plane.api.delete(paths.gateways(namespace));
    }
  }
});

/** Each world has an address, and so listeners, of its own. */
function addressOf(index: number): string {
  return `127.77.0.${index + 1}`;
}

function portOf({ gateway }: Plane, { isAtOtherPort }: Pick<WorldServer, 'isAtOtherPort'>): number {
  return isAtOtherPort ? gateway.tcp.port : gateway.http.port;
}

async function write(plane: Plane, worlds: readonly GatewayWorld[]): Promise<void> {
  for (const [index, { gateways }] of worlds.entries()) {
    for (const [which, { namespace, selector, servers }] of gateways.entries()) {
      const written = servers.map((server, at) => ({
        port: { number: portOf(plane, server), name: `http-${at}`, protocol: 'HTTP' },
        bind: addressOf(index),
        hosts: server.hosts,
        ...(server.redirects && { tls: { httpsRedirect: true } }),
      }));
      await create(
        plane,
        'Gateway',
        { namespace, name: `w${index}-${which}` },
        { selector, servers: written },
      );
    }
  }
  for (const isLate of [false, true]) {
    for (const [index, world] of worlds.entries()) {
      for (const [which, one] of world.virtualServices.entries()) {
        if (one.isLate !== isLate) continue;
        const http = one.matches.map((match, at) => ({
          name: `w${index}-${which}-${at}`,
          ...(match !== null && { match: [match] }),
          directResponse: { status: 200, body: { string: `w${index}-${which}-${at}` } },
        }));
        const metadata = { namespace: one.namespace, name: `w${index}-${which}` };
        const gateways = gatewaysOf(world, index, one);
        await create(plane, 'VirtualService', metadata, { hosts: [one.host], gateways, http });
      }
    }
    // Times of creation are whole seconds.
    await sleep(1_100);
  }
}

function gatewayOf({ gateways }: GatewayWorld, index: number, which: number): string {
  const at = which % gateways.length;
  return `${gateways[at]?.namespace ?? ''}/w${index}-${at}`;
}

function gatewaysOf(
  world: GatewayWorld,
  index: number,
  { gateways }: GatewayWorld['virtualServices'][number],
): readonly string[] {
  return [...new Set(gateways.map((which) => gatewayOf(world, index, which)))];
}

/** What Envoy answers there says that it has everything before. */
async function writeLast(plane: Plane, namespace: string): Promise<void> {
  const [address, { port }] = [addressOf(WORLDS), plane.gateway.http];
  const servers = [{ port: { number: port, name: 'http', protocol: 'HTTP' }, bind: address, hosts: ['*'] }];
  const metadata = { namespace, name: 'last' };
  await create(plane, 'Gateway', metadata, { selector: { istio: 'ingressgateway' }, servers });
  const http = [{ directResponse: { status: 200, body: { string: 'last' } } }];
  await create(plane, 'VirtualService', metadata, { hosts: ['*'], gateways: ['last'], http });
  await until(
    'Envoy has the last route',
    async () => (await asked({ address, port }, 'last.test', {})) === 'last',
  );
}

async function read(plane: Plane, namespace: string): Promise<Snapshot> {
  const store = await kubernetesStore({ env: { KUBECONFIG: plane.kubeconfig }, namespace });
  return await store.read('mesh-and-gateways');
}

async function differences(
  plane: Plane,
  world: GatewayWorld,
  index: number,
  snapshots: ReadonlyMap<string, Snapshot>,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const [which, { selector, servers }] of world.gateways.entries()) {
    const gateway = gatewayOf(world, index, which);
    const [namer] = world.virtualServices.filter((one) => gatewaysOf(world, index, one).includes(gateway));
    const snapshot = snapshots.get(namer?.namespace ?? '');
    if (snapshot === undefined || selector['istio'] === 'nobody') continue;
    for (const server of servers) {
      const port = portOf(plane, server);
      for (const authority of AUTHORITIES) {
        for (const headers of [{}, { 'x-a': '1' }]) {
          const envoy = await asked({ address: addressOf(index), port }, authority, headers);
          const explained = explain(snapshot, authority, headers, { gateway, port: String(port) });
          if (explained !== 'undecided' && explained !== envoy)
            found.push(
              `${authority} ${JSON.stringify(headers)} by ${gateway} port ${port}: Envoy ${envoy}, explain ${explained}\n  ${JSON.stringify(world)}`,
            );
        }
      }
    }
  }
  return found;
}

/** The name of the route that gets it, or the status where there is none. */
function explain(
  snapshot: Snapshot,
  authority: string,
  headers: Readonly<Record<string, string>>,
  place: Readonly<Record<string, string>>,
): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}=${value}`);
  const words = {
    operation: 'explain',
    'label-selector': '!nothing',
    requests: `http://${authority}/`,
    ...place,
    ...(lines.length > 0 && { headers: lines.join('\n') }),
  };
  const { explanations = [] } = plan(snapshot, parseWords(words).request.intent);
  return named(explanations[0]?.result);
}

function named(result: ExplainedResult | undefined): string {
  if (result?.kind === 'route')
    return result.does.status === 200 ? (result.route.name ?? '') : String(result.does.status);
  if (result?.kind === 'none') return String(result.does?.status ?? 404);
  return result?.kind ?? 'no explanation';
}

async function asked(
  { address, port }: { readonly address: string; readonly port: number },
  host: string,
  headers: Readonly<Record<string, string>>,
): Promise<string> {
  return await new Promise((resolve, reject) => {
    const sent = httpRequest(
      { host: address, port, headers: { host, ...headers }, agent: false, timeout: 5_000 },
      (answer) => {
        let body = '';
        answer.setEncoding('utf8').on('data', (part: string) => (body += part));
        answer.once('error', reject).once('end', () => {
          resolve(answer.statusCode === 200 ? body : String(answer.statusCode));
        });
      },
    );
    sent.once('timeout', () => sent.destroy(new Error('no answer in 5 s')));
    sent.once('error', (error: NodeJS.ErrnoException) => {
      // A port has no listener before the first VirtualService has a route there.
      if (error.code === 'ECONNREFUSED') resolve('404');
      else reject(error);
    });
    sent.end();
  });
}
