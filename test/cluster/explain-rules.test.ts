/**
 * Envoy as the judge of the cluster step of explain: DestinationRules in several namespaces, exported and not, for some
 * proxies and for all, and a Gateway that is not where its pods are. A failure prints the seed, with which
 * `EXPLAIN_SEED=… npm run test:cluster -- explain-rules` runs it again.
 */
import { Agent, request as httpRequest } from 'node:http';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseWords } from '../../src/operations/parse-words.ts';
import type { DestinationRule, ServiceView, VirtualService } from '../../src/istio/types.ts';
import type { JsonObject } from '../../src/base/json.ts';
import { explainRequests } from '../../src/operations/explain/plan.ts';
import type { ExplainedResult } from '../../src/plan/explanation.ts';
import type { Snapshot } from '../../src/plan/types.ts';
import { paths } from './plane/api.ts';
import { GATEWAY } from './plane/envoy.ts';
import { ROOT_NAMESPACE } from './plane/istiod.ts';
import { until } from './plane/processes.ts';
import { sharedPlane, type Plane } from './support/plane.ts';
import { DOMAIN, OTHER, OWN, PODS, ruleWorld, SERVICE, type RuleWorld } from './support/rule-worlds.ts';

const WORLDS = 60;
const LABELS = { istio: 'ingressgateway' };

test('explain and Envoy agree on what is behind every destination', { timeout: 300_000 }, async () => {
  const plane = await sharedPlane();
  const [own, other] = [await plane.namespace('rules'), await plane.namespace('rules')];
  const seed = Number(process.env['EXPLAIN_SEED'] ?? Date.now() % 2 ** 31);
  const worlds = fc.sample(ruleWorld, { seed, numRuns: WORLDS });
  await plane.deployBuilds({ namespace: own, app: 'api', builds: ['v1', 'v2'], traffic: false });
  const edge = `${other}/edge`;
  await plane.api.post(paths.gateways(other), gateway(plane.gateway.http.port));
  const service = await plane.api.get<{ spec: JsonObject }>(`${paths.serviceEntries(own)}/api`);
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const written: { readonly path: string }[] = [];
  const post = async (
    path: string,
    object: JsonObject & { metadata: JsonObject & { name: string } },
  ): Promise<void> => {
    await plane.api.post(path, object);
    written.push({ path: `${path}/${object.metadata.name}` });
  };
  try {
    for (const [index, world] of worlds.entries()) {
      const gatewayName = world.gatewayOf === PODS ? GATEWAY : edge;
      const fill = filler({ own, other, domain: domainOf(index) });
      await post(paths.serviceEntries(own), {
        apiVersion: 'networking.istio.io/v1',
        kind: 'ServiceEntry',
        metadata: { name: `rules-${index}` },
        spec: { ...service.spec, hosts: [fill(SERVICE)] },
      });
      for (const [at, rule] of world.rules.entries()) {
        const namespace = fill(rule.namespace);
        await post(paths.destinationRules(namespace), {
          apiVersion: 'networking.istio.io/v1',
          kind: 'DestinationRule',
          // Named so that the order of names is another than that of writing.
          metadata: { name: `rules-${index}-${'cabd'[at] ?? 'x'}`, labels: { rules: own } },
          spec: fill(rule.spec),
        });
      }
      await post(paths.virtualServices(own), routing(index, fill(world), gatewayName, fill(SERVICE)));
    }
    const sentinel = 'sentinel.rules.test';
    await post(paths.virtualServices(own), {
      ...routing(WORLDS, { exportTo: [] }, GATEWAY, 'none'),
      spec: { hosts: [sentinel], gateways: [GATEWAY], http: [{ directResponse: { status: 299 } }] },
    });
    await until('Envoy has the rules', async () => (await ask(plane, agent, sentinel, '/')) === '299');

    const snapshot = await read(plane, { own, other, edge });
    const questions = worlds.flatMap((_, index) =>
      ['/one', '/two', '/empty', '/all'].map((path) => ({
        index,
        path,
        expected: explained(snapshot, index, path),
      })),
    );
    const differing = async (all: typeof questions): Promise<readonly string[]> => {
      const answers = await Promise.all(
        all.map(({ index, path }) => ask(plane, agent, `r${index}.rules.test`, path)),
      );
      return all.flatMap(({ index, path, expected }, at) =>
        expected.includes(answers[at] ?? '')
          ? []
          : [
              told(
                snapshot,
                `${path} of world ${index}: explain ${expected.join(' or ')}, Envoy ${answers[at] ?? ''}`,
                index,
              ),
            ],
      );
    };
    let differences = await differing(questions);
    if (differences.length > 0) {
      // A cluster may still be warming when the routes are there.
      await pause(5_000);
      differences = await differing(questions);
    }
    const asked = questions.length;
    expect(differences.join('\n\n'), `seed ${seed}`).toBe('');
    console.log(`explain and Envoy agree: ${worlds.length} sets of rules, ${asked} requests, seed ${seed}`);
  } finally {
    agent.destroy();
    for (const { path } of written) await plane.api.delete(path);
    await plane.api.delete(`${paths.gateways(other)}/edge`);
  }
});

/** A difference with the objects that it comes of. */
function told(snapshot: Snapshot, words: string, index: number): string {
  const own = [...snapshot.destinationRules, ...snapshot.virtualServices].filter(
    ({ metadata: { name } }) => name === `rules-${index}` || name.startsWith(`rules-${index}-`),
  );
  const objects = own.map(
    ({ kind, metadata, spec }) => `  ${kind} ${metadata.namespace}/${metadata.name} ${JSON.stringify(spec)}`,
  );
  return [words, ...objects].join('\n');
}

function domainOf(index: number): string {
  return `s${index}.rules.test`;
}

/** Puts names in the places of those that stand for them. */
function filler({ own, other, domain }: { own: string; other: string; domain: string }) {
  return <T>(value: T): T =>
    JSON.parse(
      JSON.stringify(value)
        .replaceAll(OWN, own)
        .replaceAll(OTHER, other)
        .replaceAll(PODS, ROOT_NAMESPACE)
        .replaceAll(DOMAIN, domain),
    ) as T;
}

/** For the plane's own proxy, though it is in another namespace. */
function gateway(port: number): JsonObject {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: 'edge' },
    spec: {
      selector: LABELS,
      servers: [
        {
          port: { number: port, name: 'http', protocol: 'HTTP' },
          // As the plane's own Gateway: servers of one port with different addresses are different listeners.
          bind: '127.0.0.1',
          hosts: ['*.rules.test'],
        },
      ],
    },
  };
}

function routing(
  index: number,
  { exportTo }: Pick<RuleWorld, 'exportTo'>,
  gatewayName: string,
  host: string,
): JsonObject & { metadata: JsonObject & { name: string } } {
  const to = (uri: string, subset: JsonObject): JsonObject => ({
    match: [{ uri: { exact: uri } }],
    route: [{ destination: { host, port: { number: 80 }, ...subset } }],
  });
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: `rules-${index}` },
    spec: {
      hosts: [`r${index}.rules.test`],
      gateways: [gatewayName],
      ...(exportTo.length > 0 && { exportTo }),
      http: [
        to('/one', { subset: 'one' }),
        to('/two', { subset: 'two' }),
        to('/empty', { subset: '' }),
        to('/all', {}),
      ],
    },
  };
}

async function read(
  { api }: Plane,
  { own, other, edge }: { own: string; other: string; edge: string },
): Promise<Snapshot> {
  const list = async <T extends VirtualService | DestinationRule>(
    path: string,
    kind: T['kind'],
  ): Promise<T[]> => (await api.get<{ items: T[] }>(path)).items.map((item) => ({ ...item, kind }));
  const rules = await Promise.all(
    [own, other, ROOT_NAMESPACE].map((namespace) =>
      list<DestinationRule>(paths.destinationRules(namespace), 'DestinationRule'),
    ),
  );
  const services = Array.from({ length: WORLDS }, (_, index): ServiceView => ({
    kind: 'ServiceEntry',
    name: `rules-${index}`,
    namespace: own,
    hosts: [`a.${domainOf(index)}`],
    ports: [80, 9000, 443],
    selector: { app: 'api' },
  }));
  return {
    source: 'kubernetes',
    namespace: own,
    virtualServices: await list<VirtualService>(paths.virtualServices(own), 'VirtualService'),
    destinationRules: rules.flat(),
    pods: { state: 'none' },
    services: { state: 'known', items: services },
    rulesOf: 'all',
    virtualServicesOf: 'all',
    gatewayNamespaces: new Map([GATEWAY, edge].map((name) => [name, [ROOT_NAMESPACE]])),
  };
}

/** What may be seen of it: `404`, `503`, `200 v1`. */
function explained(snapshot: Snapshot, index: number, path: string): readonly string[] {
  const { spec } = snapshot.virtualServices.find(({ metadata }) => metadata.name === `rules-${index}`) ?? {};
  const { intent } = parseWords({
    operation: 'explain',
    'label-selector': '!nothing',
    requests: `http://r${index}.rules.test${path}`,
    gateway: spec?.gateways?.[0] ?? '',
    'source-labels': Object.entries(LABELS)
      .map(([key, value]) => `${key}=${value}`)
      .join(','),
  }).request;
  if (intent.operation !== 'explain') throw new Error('Not what was asked for.');
  const [first] = explainRequests(snapshot, intent).explanations;
  return first === undefined ? [] : seenOf(first.result);
}

function seenOf(result: ExplainedResult): readonly string[] {
  if (result.kind === 'none') return ['404'];
  if (result.kind !== 'route') return [JSON.stringify(result)];
  return result.does.destinations.flatMap(({ state, labels }) => {
    if (state === 'unavailable') return ['503'];
    if (state !== 'ok') return [state];
    return labels?.['build'] === undefined ? ['200 v1', '200 v2'] : [`200 ${labels['build']}`];
  });
}

async function ask({ gateway: { http } }: Plane, agent: Agent, host: string, path: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    const sent = httpRequest(
      { host: http.host, port: http.port, agent, path, headers: { host }, timeout: 10_000 },
      (answer) => {
        const build = answer.headers['x-build'];
        const words = [String(answer.statusCode), ...(typeof build === 'string' ? [build] : [])];
        answer.resume().once('end', () => {
          resolve(words.join(' '));
        });
      },
    );
    sent.once('timeout', () => sent.destroy(new Error('no answer in 10 s')));
    sent.once('error', reject).end();
  });
}

async function pause(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}
