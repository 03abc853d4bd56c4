/** What a confirmed change asks for, counted on an API server: lists, writes, reviews, port-forwards and questions. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import type { DestinationRule, VirtualService } from '../../src/istio/types.ts';
import { parseWords } from '../../src/operations/parse-words.ts';
import { storeOpener } from '../../src/run/effects.ts';
import { run } from '../../src/run/run.ts';
import { answers, kubeconfig, startServer, type FakeServer } from '../support/api-server/server.ts';
import { clusters, routeConfigs } from '../support/fake-mesh.ts';
import { fakeTime } from '../support/fake-time.ts';
import { destinationRule, virtualService } from '../support/plane.ts';

const GATEWAY = 'istio-system/edge';

interface Counted {
  /** By verb and resource: `LIST pods` → 5. */
  readonly api: Readonly<Record<string, number>>;
  readonly portForwards: number;
  /** Requests that went through them. */
  readonly questions: number;
}

async function counted(
  routes: number,
  gatewayPods: number,
  given: (server: FakeServer) => void = () => undefined,
): Promise<Counted> {
  const mesh = Array.from({ length: gatewayPods }, (_, i) => podOf(`edge-${i}`, { istio: 'edge' }));
  let server: FakeServer | undefined;
  let questions = 0;
  const admin = createServer((request, response) => {
    questions += 1;
    const objects = server === undefined ? [] : routingOf(server);
    response.end(JSON.stringify(answerTo(request.url ?? '', objects)));
  });
  await new Promise<void>((done) => admin.listen(0, '127.0.0.1', done));
  const { port: dial } = admin.address() as AddressInfo;
  try {
    server = await startServer({
      objects: [...objectsOf(routes), ...mesh, podOf('istiod', { app: 'istiod' })],
      gateways: {
        [GATEWAY]: {
          apiVersion: 'networking.istio.io/v1',
          kind: 'Gateway',
          metadata: { namespace: 'istio-system', name: 'edge' },
          spec: { selector: { istio: 'edge' } },
        },
      },
      ports: Object.fromEntries([
        ...mesh.map((_, i) => [`istio-system/edge-${i}:15000`, { dial }] as const),
        ['istio-system/istiod:15014', { dial }] as const,
      ]),
    });
    given(server);
    await change(server);
    const asked = server.requests;
    const portForwards = asked.filter(({ path }) => path.endsWith('/portforward'));
    const api = Object.groupBy(
      asked.filter(({ path }) => !path.endsWith('/portforward')),
      ({ verb, resource, path }) =>
        verb === 'OTHER' ? (path.split('/').at(-1) ?? '') : `${verb} ${resource}`,
    );
    return {
      api: Object.fromEntries(Object.entries(api).map(([what, some = []]) => [what, some.length])),
      portForwards: portForwards.length,
      questions,
    };
  } finally {
    await server?.close();
    admin.closeAllConnections();
    await new Promise((done) => admin.close(done));
  }
}

async function change(server: FakeServer): Promise<void> {
  const { request } = parseWords({
    operation: 'headers',
    namespace: 'shop',
    'label-selector': 'app=api',
    'pod-selector': 'app=api,build=1',
    headers: 'x-cid=me',
    confirm: 'proxies',
    kubeconfig: kubeconfig(server),
  });
  const time = fakeTime();
  const outcome = await run(request, {
    openStore: storeOpener({ env: {}, onSecret: () => undefined, log: () => undefined }),
    clock: { now: () => new Date(time.now()), sleep: time.sleep, random: time.random },
    log: { info: () => undefined, group: (_title, body) => body() },
    author: () => Promise.resolve(undefined),
  });
  expect(outcome.failure ?? outcome.findings.filter(({ severity }) => severity === 'warning')).toEqual([]);
  expect(outcome).toMatchObject({ failure: null, confirmation: { how: 'proxies' } });
}

function answerTo(path: string, objects: readonly (VirtualService | DestinationRule)[]): unknown {
  if (path === '/debug/syncz') return [];
  return {
    configs: path.includes('clusters')
      ? clusters(objects).map((name) => ({ cluster: { name } }))
      : routeConfigs(objects, GATEWAY),
  };
}

function routingOf({ objects }: FakeServer): readonly (VirtualService | DestinationRule)[] {
  return (['VirtualService', 'DestinationRule'] as const).flatMap(
    (kind) => objects.list(kind, 'shop') as unknown as readonly (VirtualService | DestinationRule)[],
  );
}

function podOf(
  name: string,
  labels: Readonly<Record<string, string>>,
  namespace = 'istio-system',
): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

function objectsOf(routes: number): JsonObject[] {
  const route = [{ destination: { host: 'api', subset: 'v1' } }];
  const http = [
    ...Array.from({ length: routes - 1 }, (_, i) => ({
      match: [{ headers: { 'x-path': { exact: `${i}` } } }],
      route,
    })),
    { route },
  ];
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'api', namespace: 'shop' },
    spec: { selector: { app: 'api' }, ports: [{ port: 80 }] },
  };
  return [
    virtualService({ http, gateways: [GATEWAY] }),
    destinationRule({ v1: { app: 'api', version: '1' } }),
    service,
    podOf('api-1', { app: 'api', build: '1' }, 'shop'),
  ];
}

test('API calls are the same for all, and port-forwards are one for each pod', async () => {
  const small = await counted(2, 1);
  expect(small).toMatchInlineSnapshot(`
    {
      "api": {
        "DRYRUN destinationrules": 1,
        "DRYRUN virtualservices": 1,
        "GET gateways": 1,
        "LIST destinationrules": 1,
        "LIST grpcroutes": 1,
        "LIST httproutes": 1,
        "LIST pods": 7,
        "LIST serviceentries": 1,
        "LIST services": 1,
        "LIST virtualservices": 1,
        "LIST-ALL destinationrules": 1,
        "LIST-ALL gateways": 1,
        "LIST-ALL grpcroutes": 1,
        "LIST-ALL httproutes": 1,
        "LIST-ALL pods": 1,
        "LIST-ALL sidecars": 1,
        "LIST-ALL virtualservices": 1,
        "PUT destinationrules": 1,
        "PUT virtualservices": 1,
        "selfsubjectaccessreviews": 3,
      },
      "portForwards": 2,
      "questions": 6,
    }
  `);
  expect(await counted(60, 1)).toEqual(small);
  const wide = await counted(2, 5);
  expect(wide.api).toEqual(small.api);
  // One for each gateway pod, and one for istiod; each is looked at before and asked after each of the two phases.
  expect(wide.portForwards).toBe(small.portForwards + 4);
  expect(wide.questions).toBe(small.questions + 4 * 4);
});

test('the proxies are not looked at anew for each conflict', async () => {
  const quiet = await counted(2, 1);
  const busy = await counted(2, 1, (server) => {
    server.on('PUT virtualservices', answers.conflict, answers.conflict, answers.conflict);
  });
  expect(busy.api['PUT virtualservices']).toBe(4);
  expect([busy.questions, busy.portForwards]).toEqual([quiet.questions, quiet.portForwards]);
});
