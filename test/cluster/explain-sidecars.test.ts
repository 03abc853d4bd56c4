/**
 * istiod as the judge of what explain says where the Sidecar of a caller narrows what its proxy knows: each Sidecar is
 * that of a namespace, and a proxy of it has the route of a request or not.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listIn, objectIn, textIn, type JsonObject } from '../../src/base/json.ts';
import { parseWords } from '../../src/operations/parse-words.ts';
import type { Snapshot } from '../../src/plan/types.ts';
import { plan } from '../../src/run/plan.ts';
import { kubernetesStore } from '../../src/stores/kubernetes/store.ts';
import { paths } from './plane/api.ts';
import { configurationOf } from './plane/proxy-configuration.ts';
import { create } from './support/objects.ts';
import { sharedPlane, type Plane } from './support/plane.ts';

/** Stands for the namespace of the services. */
const SHOP = '@shop@';

const ONE = `one.${SHOP}.svc.cluster.local`;
const TWO = `two.${SHOP}.svc.cluster.local:8080`;
/** Within a wildcard alone. */
const THREE = `three.${SHOP}.svc.cluster.local`;
const NAMED = 'named.test';
const UNNAMED = 'unnamed.test';

interface Situation {
  readonly egress: readonly JsonObject[];
  readonly known: readonly string[];
  readonly unknown: readonly string[];
}

const AT_80 = { port: { number: 80, name: 'http', protocol: 'HTTP' } };

const SITUATIONS: Readonly<Record<string, Situation>> = {
  'that has everything': {
    egress: [{ hosts: ['*/*'] }],
    known: [ONE, TWO, THREE, NAMED],
    unknown: [UNNAMED],
  },
  'of one service': {
    egress: [{ hosts: [`${SHOP}/${ONE}`] }],
    known: [ONE],
    unknown: [TWO, THREE, NAMED],
  },
  'with a listener for one port': {
    egress: [{ ...AT_80, hosts: ['./*'] }, { hosts: [`${SHOP}/*`] }],
    known: [TWO],
    unknown: [ONE, THREE],
  },
  'without a listener for other ports': {
    egress: [{ ...AT_80, hosts: ['*/*'] }],
    known: [ONE, THREE],
    unknown: [TWO],
  },
};

let plane: Plane;
let shop: string;
let snapshot: Snapshot;
const callers = new Map<string, string>();

beforeAll(async () => {
  plane = await sharedPlane();
  shop = await plane.namespace('sidecars');
  for (const [name, port] of [
    ['one', 80],
    ['two', 8080],
    ['three', 80],
  ] as const) {
    const spec = { selector: { app: name }, ports: [{ port, name: 'http' }] };
    await plane.api.post(paths.services(shop), { metadata: { name }, spec });
  }
  await create(
    plane,
    'ServiceEntry',
    { namespace: shop, name: 'named' },
    {
      hosts: [NAMED],
      ports: [{ number: 80, name: 'http', protocol: 'HTTP' }],
      resolution: 'STATIC',
      endpoints: [{ address: '10.88.0.9' }],
    },
  );
  for (const [name, host] of Object.entries({
    one: 'one',
    two: 'two',
    all: `*.${shop}.svc.cluster.local`,
    test: '*.test',
  })) {
    const http = [{ name: 'ours', directResponse: { status: 200 } }];
    await create(plane, 'VirtualService', { namespace: shop, name }, { hosts: [host], http });
  }
  for (const [name, { egress }] of Object.entries(SITUATIONS)) {
    const namespace = await plane.namespace('sidecar');
    callers.set(name, namespace);
    await plane.api.post(paths.sidecars(namespace), {
      apiVersion: 'networking.istio.io/v1',
      kind: 'Sidecar',
      metadata: { namespace, name: 'default' },
      spec: { egress: filled(egress) },
    });
  }
  const store = await kubernetesStore({ env: { KUBECONFIG: plane.kubeconfig }, namespace: shop });
  snapshot = await store.read('mesh-and-gateways');
});

afterAll(async () => {
  await plane.api.delete(paths.virtualServices(shop));
  for (const namespace of callers.values()) await plane.api.delete(paths.sidecars(namespace));
});

test.for(Object.keys(SITUATIONS))('a Sidecar %s', async (name) => {
  const { known, unknown } = filled(SITUATIONS[name] ?? { egress: [], known: [], unknown: [] });
  const namespace = callers.get(name) ?? '';
  const proxy = { type: 'sidecar', name: 'asking', namespace, labels: { app: 'asking' } } as const;
  const { routes } = await configurationOf(plane.istiod, proxy, (found) =>
    known.every((authority) => isRouted(found.routes, authority)),
  );
  expect(
    unknown.filter((authority) => isRouted(routes, authority)),
    'what istiod has',
  ).toEqual([]);
  for (const authority of known) expect(explained(authority, namespace), authority).toBe('route');
  for (const authority of unknown) expect(explained(authority, namespace), authority).toBe('undecided');
});

function filled<T>(value: T): T {
  return JSON.parse(JSON.stringify(value).replaceAll(SHOP, shop)) as T;
}

/** Is the route that of the VirtualService in the list that a request is held against? */
function isRouted(routes: readonly JsonObject[], authority: string): boolean {
  const [host = '', port = '80'] = authority.split(':');
  const hosts = listIn(routes.find((one) => textIn(one['name']) === port)?.['virtualHosts']).map(objectIn);
  const isFor = ({ domains }: JsonObject): boolean =>
    listIn(domains).some(
      (one) => one === host || (textIn(one).startsWith('*.') && host.endsWith(textIn(one).slice(1))),
    );
  return hosts
    .filter(isFor)
    .some((one) => listIn(one['routes']).some((route) => objectIn(route)['name'] === 'ours'));
}

function explained(authority: string, namespace: string): string | undefined {
  const words = {
    operation: 'explain',
    'label-selector': '!nothing',
    requests: `http://${authority}/`,
    gateway: 'mesh',
    'source-namespace': namespace,
  };
  return plan(snapshot, parseWords(words).request.intent).explanations?.[0]?.result.kind;
}
