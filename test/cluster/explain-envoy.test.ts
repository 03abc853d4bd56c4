/**
 * Envoy as the judge of explain: random VirtualServices and requests, and the two agree on every one. A failure prints
 * the seed, with which `EXPLAIN_SEED=… npm run test:cluster -- explain-envoy` runs it again.
 */
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { DestinationRule } from '../../src/istio/types.ts';
import { paths } from './plane/api.ts';
import { GATEWAY } from './plane/envoy.ts';
import { ROOT_NAMESPACE } from './plane/istiod.ts';
import { compare, type Difference, type Ground } from './support/differ.ts';
import { sharedPlane } from './support/plane.ts';
import { SUBSETS, worlds } from './support/worlds.ts';

const VIRTUAL_SERVICES = 300;
const REQUESTS = 5_000;

let ground: Ground;

beforeAll(async () => {
  const plane = await sharedPlane();
  const first = await plane.namespace('explain');
  const second = await plane.namespace('explain');
  const app = await plane.deployBuilds({
    namespace: first,
    app: 'api',
    builds: ['v1', 'v2'],
    traffic: false,
  });
  const builds: Readonly<Record<(typeof SUBSETS)[number], Record<string, string>>> = {
    one: { build: 'v1' },
    two: { build: 'v2' },
    three: { app: 'api' },
  };
  const destinationRule = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name: 'api', namespace: first },
    spec: { host: app.host, subsets: SUBSETS.map((name) => ({ name, labels: builds[name] })) },
  } satisfies DestinationRule;
  await plane.api.post(paths.destinationRules(first), destinationRule);
  ground = {
    plane,
    gateway: {
      name: GATEWAY,
      namespace: ROOT_NAMESPACE,
      port: plane.gateway.http.port,
      labels: { istio: 'ingressgateway' },
    },
    namespaces: [first, second],
    app: app.host,
    destinationRule,
  };
});

test('explain and Envoy agree on every request', { timeout: 300_000 }, async () => {
  const seed = Number(process.env['EXPLAIN_SEED'] ?? Date.now() % 2 ** 31);
  const batches = fc.array(worlds(ground.gateway), { minLength: 1, maxLength: 60, size: 'max' });
  let virtualServices = 0;
  let requests = 0;
  const property = fc.asyncProperty(batches, async (batch) => {
    const compared = await compare(ground, batch);
    virtualServices += compared.virtualServices;
    requests += compared.requests;
    expect(compared.differences.map(tell).join('\n\n')).toBe('');
  });
  for (let round = 0; virtualServices < VIRTUAL_SERVICES || requests < REQUESTS; round += 1) {
    await fc.assert(property, { seed: seed + round, numRuns: 3, interruptAfterTimeLimit: 120_000 });
  }
  console.log(
    `explain and Envoy agree: ${virtualServices} VirtualServices, ${requests} requests, seed ${seed}`,
  );
});

function tell({ request, envoy, expected, explained, virtualServices }: Difference): string {
  return [
    `${request.method} http://${request.authority}${request.path} ${JSON.stringify(request.headers)}`,
    `  explain: ${expected.join(' or ')}`,
    `  Envoy:   ${JSON.stringify(envoy)}`,
    `  host ${explained.host ?? 'none'}; ${JSON.stringify(explained.result)}`,
    ...virtualServices.map(
      ({ metadata, spec }) =>
        `  ${metadata.namespace}/${metadata.name} ${JSON.stringify(metadata['creationTimestamp'])} ${JSON.stringify(spec)}`,
    ),
  ].join('\n');
}
