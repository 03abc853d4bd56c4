/**
 * A request breaks off, is late, comes twice: each request of each writing operation in turn, each fault. The real API
 * server gets the writes, and one of each kind of the others, in test/cluster/faults.test.ts.
 */
import { describe, expect, test } from 'vitest';
import { isObject, type JsonObject } from '../../src/base/json.ts';
import { parseWords } from '../../src/operations/parse-words.ts';
import type { Outcome } from '../../src/report/types.ts';
import type { Author } from '../../src/ports/collaborators.ts';
import { run } from '../../src/run/run.ts';
import { kubernetesStore } from '../../src/stores/kubernetes/store.ts';
import { CHAINS, type Asked } from '../cluster/support/chains.ts';
import { startFaultProxy, type FaultProxy } from '../cluster/support/fault-proxy.ts';
import { PASSING_FAULTS, type Fault } from '../cluster/support/faults.ts';
import { kubeconfig, startServer, type FakeServer } from '../support/api-server/server.ts';
import { destinationRule, service, virtualService } from '../support/kubernetes-store.ts';
import { lastingAnnotations } from '../support/lasting.ts';

const pod = (build: string): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `api-${build}`, labels: { app: 'api', build } },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
});

const OBJECTS: readonly JsonObject[] = [
  virtualService,
  { ...destinationRule, spec: { host: 'api', subsets: [{ name: 'v1', labels: { build: 'v1' } }] } },
  service,
  pod('v1'),
  pod('v2'),
];

const TESTER: Author = { actor: 'tester' };

/** The library on what answers at the URL, without the pauses before it tries again. */
async function runOn(
  config: string,
  { operation, inputs }: Asked,
  { author }: { readonly author?: Author } = { author: TESTER },
): Promise<Outcome> {
  const common = { 'label-selector': 'app=api', 'propagation-wait': '0s' };
  const { request } = parseWords({ ...common, ...inputs, operation });
  const sleep = (): Promise<void> => Promise.resolve();
  return await run(request, {
    openStore: (_place, namespace) =>
      kubernetesStore({ env: {}, namespace, kubeconfig: config, time: { sleep } }),
    clock: { now: () => new Date(0), sleep, random: () => 0 },
    log: { info: () => undefined, group: (_title, body) => body() },
    author: () => Promise.resolve(author),
  });
}

/** The objects that are changed, as they are. */
function changed({ objects }: FakeServer): readonly JsonObject[] {
  return ['VirtualService', 'DestinationRule'].flatMap((kind) => objects.list(kind, ''));
}

/** What must be the same however often somebody asked, but for the record of what was done. */
function state(server: FakeServer): readonly unknown[] {
  return changed(server).map(({ spec, metadata }) => {
    const annotations =
      isObject(metadata) && isObject(metadata['annotations']) ? metadata['annotations'] : {};
    return { spec, annotations: lastingAnnotations(annotations) };
  });
}

interface Broken extends AsyncDisposable {
  readonly server: FakeServer;
  readonly proxy: FaultProxy;
  readonly direct: string;
  readonly through: string;
}

async function start(): Promise<Broken> {
  const server = await startServer({ objects: OBJECTS });
  const proxy = await startFaultProxy({ server: server.url }, { delay: 20 });
  const certificate = { 'certificate-authority-data': Buffer.from(proxy.ca).toString('base64') };
  return {
    server,
    proxy,
    direct: kubeconfig(server),
    through: kubeconfig(proxy, { cluster: certificate }),
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]();
      await server.close();
    },
  };
}

/** The requests of the step, each with this fault, from the same state; leaves the state after the step. */
async function breakEach(
  { server, proxy, direct, through }: Broken,
  step: Asked,
  fault: Fault,
): Promise<number> {
  const before = changed(server);
  proxy.begin();
  expect((await runOn(through, step)).failure).toBeNull();
  const [requests, after] = [[...proxy.requests], state(server)];
  for (const [at, request] of requests.entries()) {
    const where = `${step.operation}, request ${at} (${request}), ${fault}`;
    for (const object of before) server.objects.set(object);
    proxy.begin(at, fault);
    const hit = await runOn(through, step);
    expect(hit.failure, where).toBeNull();
    expect(hit.changed, where).toBe(true);
    expect(state(server), where).toEqual(after);
    const next = await runOn(direct, step);
    expect(next.failure, `${where}, the next run`).toBeNull();
    expect(next.changed, `${where}, the next run`).toBe(false);
    expect(state(server), `${where}, the next run`).toEqual(after);
  }
  return requests.length;
}

describe.for(Object.entries(CHAINS))('%s', ([, { before, steps }]) => {
  test.for(PASSING_FAULTS)('%s: done, and told as done', async (fault) => {
    await using broken = await start();
    for (const step of before) await runOn(broken.direct, step);
    for (const step of steps) expect(await breakEach(broken, step, fault)).toBeGreaterThan(10);
  });
});

test.for(PASSING_FAULTS.filter((fault) => fault.startsWith('doubled')))(
  '%s, where nobody signs: told as done',
  async (fault) => {
    await using broken = await start();
    const weight: Asked = {
      operation: 'weight',
      inputs: { 'pod-selector': 'app=api,build=v2', weight: '20' },
    };
    const before = changed(broken.server);
    broken.proxy.begin();
    await runOn(broken.through, weight, {});
    const requests = [...broken.proxy.requests];
    const writes = requests.flatMap((request, at) => (request.startsWith('PUT') ? [at] : []));
    expect(writes).toHaveLength(2);
    for (const at of writes) {
      for (const object of before) broken.server.objects.set(object);
      broken.proxy.begin(at, fault);
      const outcome = await runOn(broken.through, weight, {});
      expect(outcome, `${requests[at] ?? ''}, ${fault}`).toMatchObject({ failure: null, changed: true });
    }
  },
);
