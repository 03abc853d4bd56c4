import { clock, storeOpener } from '../src/run/effects.ts';
import { parseWords } from '../src/operations/parse-words.ts';
import type { Words } from '../src/intent/types.ts';
import type { Route } from '../src/istio/types.ts';
import type { JsonObject } from '../src/base/json.ts';
import { run } from '../src/run/run.ts';
import { kubeconfig, startServer, type FakeServer } from '../test/support/api-server/server.ts';
import { destinationRule, virtualService } from '../test/support/plane.ts';
import type { Figure } from './figure.ts';

const BUILD = { 'pod-selector': 'app=api,build=1', 'propagation-wait': '0s' };

/** In this order, for each needs what the one before has done. */
const OPERATIONS: readonly Words[] = [
  { operation: 'show' },
  { operation: 'headers', headers: 'x-cid=a', ...BUILD },
  { operation: 'weight', weight: '20', ...BUILD },
  { operation: 'weight', weight: '20', ...BUILD },
  { operation: 'rollback', ...BUILD },
  { operation: 'promote', ...BUILD },
  { operation: 'clear', 'propagation-wait': '0s' },
];

/** Requests to the API server by operation, on a small and on a large cluster: they have to be the same. */
export async function benchCalls(): Promise<Figure[]> {
  const small = await callsOn(2, 2);
  const large = await callsOn(200, 40);
  return OPERATIONS.map(({ operation }, i): Figure => {
    const [few, many] = [small[i] ?? '', large[i] ?? ''];
    return {
      group: 'Calls to Kubernetes, the same for 2 routes and 2 builds as for 200 and 40',
      name: `${operation}${i === 3 ? ', the second time' : ''}`,
      value: few,
      limit: few === many ? '' : `not ${many}`,
      isBroken: few !== many,
    };
  });
}

async function callsOn(routes: number, builds: number): Promise<string[]> {
  await using server = await startServer({ objects: clusterOf(routes, builds) });
  const calls: string[] = [];
  for (const words of OPERATIONS) calls.push(await callsOf(words, server));
  return calls;
}

async function callsOf(words: Words, server: FakeServer): Promise<string> {
  const first = server.requests.length;
  const { request } = parseWords({
    ...words,
    namespace: 'shop',
    'label-selector': 'app=api',
    kubeconfig: kubeconfig(server),
  });
  const { failure } = await run(request, {
    openStore: storeOpener({ env: {}, onSecret: () => undefined, log: () => undefined }),
    clock,
    log: { info: () => undefined, group: (_title, body) => body() },
    author: () => Promise.resolve(undefined),
  });
  if (failure !== null) throw new Error(`${words['operation'] ?? ''}: ${failure.message}`);
  const verbs = Map.groupBy(server.requests.slice(first), ({ verb }) => verb);
  return [...verbs].map(([verb, all]) => `${all.length} ${verb}`).join(', ');
}

function clusterOf(routes: number, builds: number): JsonObject[] {
  const route = [{ destination: { host: 'api', subset: 'v1' } }];
  const http: Route[] = [
    ...Array.from({ length: routes - 1 }, (_, i) => ({ match: [{ uri: { prefix: `/path-${i}` } }], route })),
    { route },
  ];
  const pods = Array.from({ length: builds }, (_, i) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `api-${i}`, namespace: 'shop', labels: { app: 'api', build: String(i) } },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  }));
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'api', namespace: 'shop' },
    spec: { selector: { app: 'api' }, ports: [{ port: 80 }] },
  };
  const subsets = Object.fromEntries(
    Array.from({ length: builds }, (_, i) => [`b${i}`, { app: 'api', build: `b${i}` }]),
  );
  return [
    virtualService({ http }),
    destinationRule({ v1: { app: 'api', version: '1' }, ...subsets }),
    service,
    ...pods,
  ];
}
