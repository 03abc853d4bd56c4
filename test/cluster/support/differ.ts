/** Writes worlds to the plane, asks Envoy and explain about every request, and says where they differ. */
import { Agent, request as httpRequest } from 'node:http';
import { explainRequests } from '../../../src/operations/explain/plan.ts';
import type { Treatment, Explanation, RouteRef } from '../../../src/plan/explanation.ts';
import type { Snapshot } from '../../../src/plan/types.ts';
import { intentOf } from './intent.ts';
import type { DestinationRule, VirtualService } from '../../../src/istio/types.ts';
import type { JsonObject } from '../../../src/base/json.ts';
import { distinguishingRequests } from '../../support/distinguishing-requests.ts';
import { paths } from '../plane/api.ts';
import { until } from '../plane/processes.ts';
import type { Plane } from './plane.ts';
import { APP, DELEGATE, HOST, SPACES, type GatewayFacts, type World, type WorldRequest } from './worlds.ts';

export interface Ground {
  readonly plane: Plane;
  readonly gateway: GatewayFacts;
  readonly namespaces: readonly [string, string];
  /** The sample app's host, and its subsets as they are now. */
  readonly app: string;
  readonly destinationRule: DestinationRule;
}

export interface Difference {
  readonly request: WorldRequest;
  readonly explained: Explanation;
  readonly envoy: Observed;
  /** What should have been seen, one of these. */
  readonly expected: readonly string[];
  readonly virtualServices: readonly VirtualService[];
}

export interface Observed {
  readonly status: number;
  /** `namespace/name:index` of the route that answered; null for none. */
  readonly route: string | null;
  readonly build: string | null;
  readonly location: string | null;
}

/** Of one world: a run has thousands of requests all the same. */
const MOST_WITNESSES = 40;

let batch = 0;

/** @returns how many VirtualServices and requests there were, and what explain and Envoy don't agree on */
export async function compare(
  ground: Ground,
  list: readonly World[],
): Promise<{
  readonly virtualServices: number;
  readonly requests: number;
  readonly differences: readonly Difference[];
}> {
  const { plane, namespaces } = ground;
  batch += 1;
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  try {
    const written = await write(ground, list);
    const stored = (await Promise.all(namespaces.map((namespace) => readAll(plane, namespace)))).flat();
    const differences: Difference[] = [];
    const asks = list.flatMap((world, index) => [
      ...world.requests.map((one) => ({ index, request: asSent(placed(one, hostOf(index))) })),
      ...witnessesOf(stored, index, ground.gateway.name).map((one) => ({ index, request: asSent(one) })),
    ]);
    await inParallel(asks, 16, async ({ index, request }) => {
      const envoy = await observe(ground, agent, request);
      const explained = explainOne(ground, stored, request);
      const expected = expectedOf(ground, explained);
      if (expected.some((text) => text === seen(envoy) || isMember(text, envoy))) return;
      const mine = stored.filter(({ metadata }) => metadata.name.startsWith(`w${batch}-${index}-`));
      differences.push({ request, explained, envoy, expected, virtualServices: mine });
    });
    return { virtualServices: written, requests: asks.length, differences };
  } finally {
    agent.destroy();
    for (const namespace of namespaces) await plane.api.delete(paths.virtualServices(namespace));
  }
}

/** Requests that tell the routes of one world apart, as the reach of a change makes them. */
function witnessesOf(
  stored: readonly VirtualService[],
  index: number,
  gateway: string,
): readonly WorldRequest[] {
  const mine = stored.filter(({ metadata }) => metadata.name.startsWith(`w${batch}-${index}-`));
  return distinguishingRequests(mine)
    .filter((one) => one.gateway.endsWith(gateway) && one.authority.endsWith(hostOf(index)))
    .slice(0, MOST_WITNESSES)
    .map(({ method, authority, path, headers }) => ({ method, authority, path, headers }));
}

function hostOf(index: number): string {
  return `w${batch}-${index}.diff.test`;
}

async function write(ground: Ground, list: readonly World[]): Promise<number> {
  const { plane, namespaces } = ground;
  const objects = list.flatMap((world, index) => objectsOf(ground, world, index));
  const post = ({ namespace, object }: (typeof objects)[number]): Promise<unknown> =>
    plane.api.post(paths.virtualServices(namespace), object);
  await inParallel(
    objects.filter(({ late }) => !late),
    8,
    post,
  );
  if (objects.some(({ late }) => late)) {
    // Times of creation are whole seconds.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await inParallel(
      objects.filter(({ late }) => late),
      8,
      post,
    );
  }
  // Last, so that whatever came before is in the push that brings it.
  const sentinel = `sentinel-${batch}.diff.test`;
  await plane.api.post(
    paths.virtualServices(namespaces[0]),
    virtualService(`sentinel-${batch}`, {
      hosts: [sentinel],
      gateways: [ground.gateway.name],
      http: [{ directResponse: { status: 299 } }],
    }),
  );
  const agent = new Agent();
  const ready = { method: 'GET', authority: sentinel, path: '/', headers: {} };
  await until('Envoy has the batch', async () => (await observe(ground, agent, ready)).status === 299);
  return objects.length;
}

interface Made {
  readonly namespace: string;
  readonly object: JsonObject;
  readonly late: boolean;
}

function objectsOf(ground: Ground, world: World, index: number): readonly Made[] {
  const { namespaces } = ground;
  const prefix = `w${batch}-${index}`;
  const delegate = `${prefix}-delegate`;
  const fill = (value: unknown): JsonObject =>
    JSON.parse(
      JSON.stringify(value)
        .replaceAll(HOST, hostOf(index))
        .replaceAll(DELEGATE, delegate)
        .replaceAll(APP, ground.app)
        .replaceAll(SPACES[0], namespaces[0])
        .replaceAll(SPACES[1], namespaces[1]),
    ) as JsonObject;
  const routes = (http: readonly JsonObject[], namespace: string, name: string): readonly unknown[] =>
    http.map((route, at) =>
      'delegate' in route
        ? route
        : { ...route, headers: { response: { set: { 'x-route': `${namespace}/${name}:${at}` } } } },
    );
  const roots = world.roots.map(
    ({ hosts, gateways, exportTo, http, space, late, letter }, position): Made => {
      const namespace = namespaces[space];
      const name = `${prefix}-${letter}${position}`;
      const spec = {
        hosts,
        gateways,
        ...(exportTo.length > 0 && { exportTo }),
        http: routes(http, namespace, name),
      };
      return { namespace, late, object: virtualService(name, fill(spec)) };
    },
  );
  const isUsed = world.roots.some(({ http }) => http.some((route) => 'delegate' in route));
  if (!isUsed) return roots;
  const { exportTo, http } = world.delegate;
  const spec = { ...(exportTo.length > 0 && { exportTo }), http: routes(http, namespaces[1], delegate) };
  return [...roots, { namespace: namespaces[1], late: false, object: virtualService(delegate, fill(spec)) }];
}

function virtualService(name: string, spec: JsonObject): JsonObject {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name, labels: { differ: 'yes' } },
    spec,
  };
}

async function readAll({ api }: Plane, namespace: string): Promise<readonly VirtualService[]> {
  const { items } = await api.get<{ items: VirtualService[] }>(paths.virtualServices(namespace));
  return items.map((item) => ({ ...item, kind: 'VirtualService' }));
}

const BODILESS = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT']);

/** The other methods have a body, and every client says of a missing one how long it is. */
function asSent(request: WorldRequest): WorldRequest {
  if (BODILESS.has(request.method)) return request;
  return { ...request, headers: { 'content-length': '0', ...request.headers } };
}

function placed(request: WorldRequest, host: string): WorldRequest {
  return { ...request, authority: request.authority.replaceAll(HOST, host) };
}

async function observe(
  { plane }: Ground,
  agent: Agent,
  { method, authority, path, headers }: WorldRequest,
): Promise<Observed> {
  const { host, port } = plane.gateway.http;
  return await new Promise((resolve, reject) => {
    const sent = httpRequest(
      // In latin1, as any client's bytes reach the proxy.
      { host, port, agent, method, path, headers: { ...headers, host: authority }, timeout: 10_000 },
      (answer) => {
        const text = (name: string): string | null => {
          const value = answer.headers[name];
          return typeof value === 'string' ? value : null;
        };
        answer.resume().once('end', () => {
          resolve({
            status: answer.statusCode ?? 0,
            route: text('x-route'),
            build: text('x-build'),
            location: text('location'),
          });
        });
      },
    );
    sent.once('timeout', () => sent.destroy(new Error('no answer in 10 s')));
    sent.once('error', reject).end();
  });
}

function explainOne(
  ground: Ground,
  virtualServices: readonly VirtualService[],
  request: WorldRequest,
): Explanation {
  const { gateway, namespaces, destinationRule } = ground;
  const snapshot: Snapshot = {
    source: 'kubernetes',
    namespace: namespaces[0],
    virtualServices,
    destinationRules: [destinationRule],
    pods: { state: 'none' },
    services: { state: 'none' },
  };
  const { explanations } = explainRequests(snapshot, intentOf(gateway, request));
  const [first] = explanations;
  if (first === undefined) throw new Error('No explanation of a request.');
  return first;
}

/** What Envoy's answer must look like: one of these texts, as `seen` writes them. */
function expectedOf(ground: Ground, { result }: Explanation): readonly string[] {
  switch (result.kind) {
    case 'none':
      return ['404'];
    case 'service':
      return ['the mesh'];
    case 'route':
      return deedTexts(ground, result.route, result.does);
    case 'undecided':
      return result.candidates.flatMap(({ route, does }) =>
        route === null || does === null ? ['404'] : deedTexts(ground, route, does),
      );
  }
}

function deedTexts({ destinationRule }: Ground, route: RouteRef, does: Treatment): readonly string[] {
  const id = idOf(route);
  // In place of an answer of the proxy's own, it is without the route's headers.
  if (does.abort !== null)
    return [does.destinations.length > 0 ? `${does.abort.status} ${id}` : does.abort.status];
  if (does.redirect !== null) return [`${does.status ?? 0} ${id} ${does.redirect}`];
  if (does.status !== null) return [`${does.status} ${id}`];
  return does.destinations
    .filter(({ share }) => share > 0)
    .flatMap(({ subset }) => {
      const labels = destinationRule.spec.subsets?.find(({ name }) => name === subset)?.labels ?? {};
      const builds = labels['build'] === undefined ? ['v1', 'v2'] : [labels['build']];
      return builds.map((build) => `200 ${id} by ${build}`);
    });
}

function idOf({ namespace, virtualService, index, delegate }: RouteRef): string {
  if (delegate === null) return `${namespace}/${virtualService}:${index}`;
  return delegate.replace(/ http\[(\d+)\]$/, ':$1');
}

function seen({ status, route, build, location }: Observed): string {
  return [
    `${status}`,
    ...(route === null ? [] : [route]),
    ...(build === null ? [] : [`by ${build}`]),
    ...(location === null ? [] : [location]),
  ].join(' ');
}

function isMember(text: string, observed: Observed): boolean {
  return text === seen(observed);
}

async function inParallel<T>(
  items: readonly T[],
  width: number,
  one: (item: T) => Promise<unknown>,
): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await one(next);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
