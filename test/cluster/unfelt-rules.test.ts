/**
 * istiod and Envoy as the judges of what nobody feels: http routes for a port that is not HTTP, subsets of a service
 * whose caller chooses the pod, hosts that a Gateway does not serve, tcp and tls routes behind others. Each situation
 * is written to the plane; `isFelt` says what the proxies have, and a change must be refused where it is false and
 * planned where it is true. `undecided`: more decides than istiops sees, so that it must do neither, but warn.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listIn, objectIn, textIn, type JsonObject } from '../../src/base/json.ts';
import { TrafficError } from '../../src/base/errors.ts';
import { parseWords } from '../../src/operations/parse-words.ts';
import type { ExplainedResult } from '../../src/plan/explanation.ts';
import type { Snapshot } from '../../src/plan/types.ts';
import { plan } from '../../src/run/plan.ts';
import { kubernetesStore } from '../../src/stores/kubernetes/store.ts';
import { paths } from './plane/api.ts';
import { GATEWAY } from './plane/envoy.ts';
import { until } from './plane/processes.ts';
import { configurationOf, routeNames, type ProxyConfiguration } from './plane/proxy-configuration.ts';
import { ask } from './plane/traffic.ts';
import { create } from './support/objects.ts';
import { sharedPlane, type Plane } from './support/plane.ts';

const SLICES = (namespace: string): string =>
  `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
const POD_OF_HEADLESS = '10.88.0.1';

type Kind = 'http' | 'tcp' | 'tls';
type Verdict = 'felt' | 'unfelt' | 'undecided';

let plane: Plane;

beforeAll(async () => {
  plane = await sharedPlane();
});

describe('in the mesh', () => {
  interface Situation {
    readonly kind?: Kind;
    /** Of a Service; default: TCP port 80. */
    readonly port?: JsonObject;
    readonly isHeadless?: boolean;
    readonly match?: JsonObject;
    /** Another VirtualService for the host, and whether it is older: its route of the same kind. */
    readonly other?: { readonly isOlder: boolean; readonly route: JsonObject };
    /** A ServiceEntry in place of the Service: what is not usual in it. */
    readonly entry?: JsonObject;
    readonly policy?: JsonObject;
    readonly subsetPolicy?: JsonObject;
    readonly isFelt: boolean;
    readonly verdict?: Verdict;
  }

  const PASSTHROUGH = { loadBalancer: { simple: 'PASSTHROUGH' } };
  const RANDOM = { loadBalancer: { simple: 'RANDOM' } };
  const atPort = (number: number, policy: JsonObject): JsonObject => ({
    portLevelSettings: [{ port: { number }, ...policy }],
  });
  const POOL = { connectionPool: { tcp: { maxConnections: 100 } } };

  const SITUATIONS: Readonly<Record<string, Situation>> = {
    'named-http': { port: { name: 'http-api' }, isFelt: true },
    'named-grpc-web': { port: { name: 'grpc-web' }, isFelt: true },
    'named-for-its-use': { port: { name: 'web' }, isFelt: true },
    'without-a-name': { isFelt: true },
    'named-tcp': { port: { name: 'tcp-api' }, isFelt: false },
    'named-https': { port: { name: 'https' }, isFelt: false },
    'named-tls': { port: { name: 'tls-api' }, isFelt: false },
    'named-redis': { port: { name: 'redis' }, isFelt: false },
    'named-mongo': { port: { name: 'mongo' }, isFelt: false },
    'named-mysql': { port: { name: 'mysql' }, isFelt: false },
    'app-protocol-tcp': { port: { name: 'http', appProtocol: 'tcp' }, isFelt: false },
    'app-protocol-http': { port: { name: 'tcp', appProtocol: 'http' }, isFelt: true },
    'app-protocol-h2c': { port: { name: 'tcp', appProtocol: 'kubernetes.io/h2c' }, isFelt: true },
    'app-protocol-wss': { port: { name: 'http', appProtocol: 'kubernetes.io/wss' }, isFelt: false },
    'app-protocol-unknown': { port: { name: 'tcp', appProtocol: 'example.com/own' }, isFelt: true },
    'port-of-mysql': { port: { port: 3306 }, isFelt: false },
    'port-of-mysql-named-http': { port: { port: 3306, name: 'http' }, isFelt: true },
    'tcp-route-named-tcp': { kind: 'tcp', port: { name: 'tcp' }, isFelt: true },
    'tcp-route-without-a-name': { kind: 'tcp', isFelt: true },
    'tcp-route-named-http': { kind: 'tcp', port: { name: 'http' }, isFelt: false },
    'tcp-route-named-https': { kind: 'tcp', port: { name: 'https' }, isFelt: false },
    'tls-route-named-https': { kind: 'tls', port: { name: 'https' }, isFelt: true },
    'tls-route-named-tls': { kind: 'tls', port: { name: 'tls' }, isFelt: true },
    'tls-route-named-tcp': { kind: 'tls', port: { name: 'tcp' }, isFelt: false },
    'tls-route-without-a-name': { kind: 'tls', isFelt: false },
    'tls-route-named-http': { kind: 'tls', port: { name: 'http' }, isFelt: false },
    'for-a-port-of-its-pods': { port: { name: 'http' }, match: { port: 9080 }, isFelt: false },
    'tcp-route-for-a-port-of-its-pods': {
      kind: 'tcp',
      port: { name: 'tcp' },
      match: { port: 9080 },
      isFelt: false,
    },
    'tcp-route-behind-an-older-one': {
      kind: 'tcp',
      port: { name: 'tcp' },
      other: { isOlder: true, route: {} },
      isFelt: false,
    },
    'tcp-route-before-a-younger-one': {
      kind: 'tcp',
      port: { name: 'tcp' },
      other: { isOlder: false, route: {} },
      isFelt: true,
    },
    'tcp-route-behind-an-older-one-for-others': {
      kind: 'tcp',
      port: { name: 'tcp' },
      other: { isOlder: true, route: { match: [{ sourceLabels: { app: 'nobody' } }] } },
      isFelt: true,
    },
    'headless-http': { port: { name: 'http' }, isHeadless: true, isFelt: false },
    'headless-without-a-name': { isHeadless: true, isFelt: false },
    'headless-tcp-route': { kind: 'tcp', port: { name: 'tcp' }, isHeadless: true, isFelt: false },
    passthrough: { policy: PASSTHROUGH, isFelt: false },
    'passthrough-of-the-subset': { policy: RANDOM, subsetPolicy: PASSTHROUGH, isFelt: false },
    'passthrough-not-of-the-subset': { policy: PASSTHROUGH, subsetPolicy: RANDOM, isFelt: false },
    'passthrough-of-a-subset-with-a-pool': { policy: PASSTHROUGH, subsetPolicy: POOL, isFelt: false },
    'passthrough-of-the-port': { policy: atPort(80, PASSTHROUGH), isFelt: false },
    'passthrough-of-another-port': { policy: atPort(81, PASSTHROUGH), isFelt: true },
    'passthrough-not-of-the-port': { policy: { ...PASSTHROUGH, ...atPort(80, POOL) }, isFelt: true },
    'passthrough-not-of-the-port-of-the-subset': {
      policy: PASSTHROUGH,
      subsetPolicy: atPort(80, POOL),
      isFelt: false,
    },
    'passthrough-of-the-subset-not-of-its-port': {
      subsetPolicy: { ...PASSTHROUGH, ...atPort(80, RANDOM) },
      isFelt: false,
    },
    'passthrough-of-the-port-of-the-subset': { subsetPolicy: atPort(80, PASSTHROUGH), isFelt: false },
    'tcp-route-passthrough': { kind: 'tcp', policy: PASSTHROUGH, isFelt: false },
    'entry-http': { entry: {}, isFelt: true },
    'entry-tcp-with-an-address': { entry: { port: 'TCP', addresses: ['240.9.9.1'] }, isFelt: false },
    // Their listener is that of all services without an address; the http routes in there are of other ports' services.
    'entry-tcp': { entry: { port: 'TCP' }, isFelt: false },
    'entry-tcp-of-a-network': { entry: { port: 'TCP', addresses: ['240.8.0.0/16'] }, isFelt: false },
    'entry-resolution-none': { entry: { resolution: 'NONE' }, isFelt: false },
    'entry-without-resolution': { entry: { resolution: undefined }, isFelt: false },
  };

  let namespace: string;
  let configuration: ProxyConfiguration;
  let snapshot: Snapshot;
  const addresses = new Map<string, string>();

  beforeAll(async () => {
    namespace = await plane.namespace('unfelt');
    const situations = Object.entries(SITUATIONS);
    const writeOthers = async (isOlder: boolean): Promise<void> => {
      for (const [name, { kind = 'http', other }] of situations) {
        if (other?.isOlder === isOlder) await writeOther(name, kind, other.route);
      }
      // Times of creation are whole seconds.
      await sleep(1_100);
    };
    await writeOthers(true);
    for (const [name, situation] of situations) await write(name, situation);
    await sleep(1_100);
    await writeOthers(false);
    const last = `outbound|80|by-http|${hostOf('last')}`;
    await write('last', { isFelt: true });
    const proxy = { type: 'sidecar', name: 'asking', namespace, labels: { app: 'asking' } } as const;
    configuration = await configurationOf(plane.istiod, proxy, ({ routes, clusters }) =>
      [routes, clusters].every((part) => JSON.stringify(part).includes(last)),
    );
    snapshot = await read(namespace);
  });

  test.for(Object.keys(SITUATIONS))('%s', (name) => {
    const situation = SITUATIONS[name] ?? { isFelt: true };
    const { kind = 'http', isFelt, verdict = isFelt ? 'felt' : 'unfelt' } = situation;
    expect(isInConfiguration(name, situation), 'what istiod has').toBe(isFelt);
    expect(verdictOn(snapshot, name, kind), 'what istiops says').toBe(verdict);
    if (kind !== 'http') return;
    const url = `http://${hostOf(name)}:${Number(situation.port?.['port'] ?? 80)}/`;
    const result = explained(snapshot, url, { 'source-namespace': namespace });
    // Whether a pod is ready is another matter: there is none.
    const isExplained =
      result.kind === 'route' && result.does.destinations.every(({ state }) => state !== 'undecided');
    expect(isExplained, `what explain says: ${JSON.stringify(result)}`).toBe(isFelt);
  });

  function hostOf(name: string): string {
    return `${name}.${namespace}.svc.cluster.local`;
  }

  async function write(name: string, situation: Situation): Promise<void> {
    const { kind = 'http', port = {}, isHeadless = false, match, entry, policy, subsetPolicy } = situation;
    const host = hostOf(name);
    const metadata = { namespace, name, labels: { app: name } };
    if (entry === undefined) {
      const { spec } = await plane.api.post<{ spec: { clusterIP: string } }>(paths.services(namespace), {
        metadata: { name },
        spec: {
          selector: { app: name },
          ports: [{ port: 80, ...port }],
          ...(isHeadless && { clusterIP: 'None' }),
        },
      });
      addresses.set(name, isHeadless ? POD_OF_HEADLESS : spec.clusterIP);
      if (isHeadless) {
        await plane.api.post(SLICES(namespace), {
          metadata: { name, labels: { 'kubernetes.io/service-name': name } },
          addressType: 'IPv4',
          endpoints: [{ addresses: [POD_OF_HEADLESS], conditions: { ready: true } }],
          ports: [{ name: port['name'] ?? '', port: 80 }],
        });
      }
    } else {
      const { port: protocol = 'HTTP', ...rest } = entry;
      const endpoints = [{ address: '10.88.0.2', labels: { by: kind } }];
      await create(
        plane,
        'ServiceEntry',
        { namespace, name },
        {
          hosts: [host],
          ports: [{ number: 80, name: 'port', protocol }],
          resolution: 'STATIC',
          ...(!('resolution' in rest) && { endpoints }),
          ...rest,
        },
      );
      const [address] = listIn(rest['addresses']);
      addresses.set(name, typeof address === 'string' ? address : '0.0.0.0');
    }
    const ofSubset = subsetPolicy && { trafficPolicy: subsetPolicy };
    await create(plane, 'DestinationRule', metadata, {
      host,
      ...(policy && { trafficPolicy: policy }),
      subsets: [
        { name: `by-${kind}`, labels: { by: kind }, ...ofSubset },
        { name: 'new', labels: { is: 'new' }, ...ofSubset },
      ],
    });
    const route = [{ destination: { host, subset: `by-${kind}` } }];
    await create(plane, 'VirtualService', metadata, {
      hosts: [host],
      [kind]: [
        { ...(kind === 'tls' && { match: [{ sniHosts: [host] }] }), ...(match && { match: [match] }), route },
      ],
    });
  }

  async function writeOther(name: string, kind: Kind, route: JsonObject): Promise<void> {
    const metadata = { namespace, name: `other-${name}` };
    await create(plane, 'VirtualService', metadata, {
      hosts: [hostOf(name)],
      [kind]: [{ ...route, route: [{ destination: { host: hostOf('last') } }] }],
    });
  }

  /** Is the route behind the listener that a connection to the service comes to, and is its cluster the subset? */
  function isInConfiguration(name: string, { kind = 'http', port = {} }: Situation): boolean {
    const number = Number(port['port'] ?? 80);
    const { listeners, routes, clusters } = configuration;
    const at = (address: string): JsonObject | undefined =>
      listeners.find((one) => {
        const socket = objectIn(objectIn(one['address'])['socketAddress']);
        return socket['address'] === address && socket['portValue'] === number;
      });
    const listener = at(addresses.get(name) ?? '') ?? at('0.0.0.0');
    const names = routeNames(listener);
    const hosts = routes
      .filter((one) => names.includes(textIn(one['name'])))
      .flatMap((one) => listIn(one['virtualHosts']))
      // Of one service alone, `*`, where the protocol is detected.
      .filter((one) => listIn(objectIn(one)['domains']).some((of) => of === hostOf(name) || of === '*'));
    const cluster = `outbound|${number}|by-${kind}|${hostOf(name)}`;
    const isHeard = JSON.stringify([listener, hosts]).includes(`"${cluster}"`);
    const found = clusters.find((one) => one['name'] === cluster);
    expect(found, cluster).toBeDefined();
    return isHeard && found?.['type'] !== 'ORIGINAL_DST';
  }
});

describe('at a gateway', () => {
  interface Situation {
    readonly hosts: readonly string[];
    readonly redirects?: boolean;
    readonly protocol?: string;
    readonly match?: JsonObject;
    readonly policy?: JsonObject;
    /** Of the service; the destination names one of them, or none where there are several. */
    readonly ports?: readonly number[];
    readonly status: number;
    readonly verdict: Verdict;
  }

  const SITUATIONS: Readonly<Record<string, Situation>> = {
    serves: { hosts: ['HOST'], status: 200, verdict: 'felt' },
    'of-all-hosts': { hosts: ['*'], status: 200, verdict: 'felt' },
    'of-a-wildcard': { hosts: ['*.unfelt.test'], status: 200, verdict: 'felt' },
    'of-other-hosts': { hosts: ['other.HOST'], status: 404, verdict: 'unfelt' },
    'of-other-namespaces': { hosts: ['elsewhere/HOST'], status: 404, verdict: 'unfelt' },
    'of-any-namespace': { hosts: ['*/HOST'], status: 200, verdict: 'felt' },
    'of-its-own-namespace': { hosts: ['./HOST'], status: 404, verdict: 'unfelt' },
    'of-other-ports': { hosts: ['HOST'], match: { port: 81 }, status: 404, verdict: 'unfelt' },
    'that-reads-grpc': { hosts: ['HOST'], protocol: 'GRPC', status: 200, verdict: 'felt' },
    'to-a-port-that-is-not-named': { hosts: ['HOST'], ports: [80, 81], status: 503, verdict: 'unfelt' },
    'that-redirects': { hosts: ['HOST'], redirects: true, status: 301, verdict: 'unfelt' },
    'to-a-passthrough': {
      hosts: ['HOST'],
      policy: { loadBalancer: { simple: 'PASSTHROUGH' } },
      status: 503,
      verdict: 'unfelt',
    },
  };

  let edges: string;
  let snapshot: Snapshot;

  beforeAll(async () => {
    // The Gateways are in another namespace than the VirtualServices.
    const namespace = await plane.namespace('unfelt');
    edges = await plane.namespace('unfelt-edge');
    await plane.deployBuilds({ namespace, app: 'api', builds: ['v1'], traffic: false });
    const { spec: service } = await plane.api.get<{ spec: JsonObject }>(
      `${paths.serviceEntries(namespace)}/api`,
    );
    for (const [name, situation] of Object.entries(SITUATIONS)) {
      const { hosts, redirects, protocol = 'HTTP', match, policy, ports = [80] } = situation;
      const server = {
        port: { number: plane.gateway.http.port, name: 'http', protocol },
        bind: plane.gateway.http.host,
        hosts: hosts.map((one) => one.replace('HOST', hostOf(name))),
        ...(redirects === true && { tls: { httpsRedirect: true } }),
      };
      const selector = { istio: 'ingressgateway' };
      await create(plane, 'Gateway', { namespace: edges, name }, { selector, servers: [server] });
      const host = `to-${name}.unfelt.test`;
      const listed = ports.map((number) => ({ number, name: `http-${number}`, protocol: 'HTTP' }));
      const more = ports.length > 1 ? { ports: listed } : {};
      await create(plane, 'ServiceEntry', { namespace, name }, { ...service, hosts: [host], ...more });
      const metadata = { namespace, name, labels: { app: name } };
      await create(plane, 'DestinationRule', metadata, {
        host,
        ...(policy && { trafficPolicy: policy }),
        subsets: [{ name: 'v1', labels: { build: 'v1' } }],
      });
      const named = ports.length > 1 ? {} : { port: { number: 80 } };
      const route = [{ destination: { host, subset: 'v1', ...named } }];
      await create(plane, 'VirtualService', metadata, {
        hosts: [hostOf(name)],
        gateways: [`${edges}/${name}`],
        http: [{ ...(match && { match: [match] }), route }],
      });
    }
    // Last, so that what Envoy answers before it has the others is not held to be their answer.
    const last = { namespace, name: 'last' };
    const http = [{ directResponse: { status: 299 } }];
    await create(plane, 'VirtualService', last, { hosts: [hostOf('last')], gateways: [GATEWAY], http });
    await until(
      'Envoy has the last route',
      async () => (await ask(plane, { host: hostOf('last') })).status === 299,
    );
    snapshot = await read(namespace);
  });

  // They have the port of the plane's own Gateway.
  afterAll(async () => {
    await plane.api.delete(paths.gateways(edges));
  });

  test.for(Object.keys(SITUATIONS))('%s', async (name) => {
    const { status, verdict } = SITUATIONS[name] ?? { status: 0, verdict: 'felt' };
    // A cluster may still be warming when the routes are there.
    await until(
      `Envoy answers with ${status}`,
      async () => (await ask(plane, { host: hostOf(name) })).status === status,
    );
    expect(verdictOn(snapshot, name, 'http'), 'what istiops says').toBe(verdict);
    const gateway = snapshot.virtualServices.find(({ metadata }) => metadata.name === name)?.spec
      .gateways?.[0];
    const { port } = plane.gateway.http;
    const result = explained(snapshot, `http://${hostOf(name)}/`, {
      gateway: gateway ?? '',
      port: String(port),
    });
    expect(statusIn(result), `what explain says: ${JSON.stringify(result)}`).toBe(status);
  });

  function hostOf(name: string): string {
    return `${name}.unfelt.test`;
  }
});

describe('connections at a gateway', () => {
  interface Situation {
    readonly kind: 'tcp' | 'tls';
    /** Of the older VirtualService. */
    readonly older?: { readonly hosts?: readonly string[]; readonly routes: readonly JsonObject[] };
    /** Matches of the routes above in its own. */
    readonly above?: readonly JsonObject[];
    readonly match?: JsonObject;
    /** What is not usual in the server of the Gateway. */
    readonly server?: {
      readonly protocol?: string;
      readonly tls?: JsonObject;
      readonly hosts?: readonly string[];
    };
    readonly isFelt: boolean;
    readonly verdict?: Verdict;
  }

  const ENDS_TLS = { mode: 'SIMPLE', credentialName: 'absent' };
  const SNI = { sniHosts: ['api.example.com'] };
  const OTHER_SNI = { sniHosts: ['other.example.com'] };
  const WIDE_SNI = { sniHosts: ['*.example.com'] };

  const SITUATIONS: Readonly<Record<string, Situation>> = {
    'tcp-alone': { kind: 'tcp', isFelt: true },
    'tcp-behind-an-older-one': { kind: 'tcp', older: { routes: [{}] }, isFelt: false },
    // Which hosts the Gateway has at this port is not in sight.
    'tcp-behind-an-older-one-of-another-host': {
      kind: 'tcp',
      older: { hosts: ['*.other.test'], routes: [{}] },
      isFelt: false,
      verdict: 'undecided',
    },
    'tcp-beside-another-port': { kind: 'tcp', older: { routes: [{ port: 1 }] }, isFelt: true },
    'tcp-behind-a-route-above': { kind: 'tcp', above: [{}], isFelt: false },
    'tcp-below-another-port': { kind: 'tcp', above: [{ port: 1 }], isFelt: true },
    // A gateway does not look at these.
    'tcp-below-subnets': { kind: 'tcp', above: [{ destinationSubnets: ['10.0.0.0/8'] }], isFelt: false },
    'tcp-below-labels': { kind: 'tcp', above: [{ sourceLabels: { app: 'x' } }], isFelt: false },
    'tcp-for-another-port': { kind: 'tcp', match: { port: 1 }, isFelt: false },
    'tcp-where-http-is-read': { kind: 'tcp', server: { protocol: 'HTTP' }, isFelt: false },
    'tcp-where-tls-ends': { kind: 'tcp', server: { protocol: 'TLS', tls: ENDS_TLS }, isFelt: true },
    'tls-where-tls-ends': {
      kind: 'tls',
      match: SNI,
      server: { protocol: 'HTTPS', tls: ENDS_TLS },
      isFelt: false,
    },
    'tls-where-no-mode-is-said': { kind: 'tls', match: SNI, server: { tls: {} }, isFelt: true },
    'tls-of-other-hosts': { kind: 'tls', match: SNI, server: { hosts: ['*.other.test'] }, isFelt: false },
    'tls-for-another-port': { kind: 'tls', match: { ...SNI, port: 1 }, isFelt: false },
    'tls-alone': { kind: 'tls', match: SNI, isFelt: true },
    'tls-behind-an-older-one': { kind: 'tls', older: { routes: [SNI] }, match: SNI, isFelt: false },
    'tls-beside-another-name': { kind: 'tls', older: { routes: [OTHER_SNI] }, match: SNI, isFelt: true },
    'tls-behind-an-older-wildcard': { kind: 'tls', older: { routes: [WIDE_SNI] }, match: SNI, isFelt: true },
    // A match of several names goes as a whole.
    'tls-with-a-name-of-an-older-one': {
      kind: 'tls',
      older: { routes: [SNI] },
      match: { sniHosts: ['api.example.com', 'second.example.com'] },
      isFelt: false,
    },
    'tls-behind-a-route-above': { kind: 'tls', above: [SNI], match: SNI, isFelt: false },
    'tls-below-a-wildcard': { kind: 'tls', above: [WIDE_SNI], match: SNI, isFelt: true },
  };

  const NUMBERS = new Map(Object.keys(SITUATIONS).map((name, index) => [name, 31_400 + index]));
  let namespace: string;
  let configuration: ProxyConfiguration;
  let snapshot: Snapshot;

  beforeAll(async () => {
    namespace = await plane.namespace('unfelt');
    const labels = { unfelt: namespace };
    for (const name of [...NUMBERS.keys(), 'last', 'other']) await addService(name);
    for (const [name, { older }] of Object.entries(SITUATIONS)) {
      const { kind } = SITUATIONS[name] ?? { kind: 'tcp' };
      await addEdge(name, kind, labels);
      if (older === undefined) continue;
      const { hosts = hostsOf(kind), routes } = older;
      await addRoutes(
        { name: `older-${name}`, edge: name },
        hosts,
        kind,
        routes.map((match) => [match, 'other']),
      );
    }
    // Times of creation are whole seconds.
    await sleep(1_100);
    for (const [name, { kind, above = [], match = {} }] of Object.entries(SITUATIONS)) {
      await addRoutes({ name, edge: name }, hostsOf(kind), kind, [
        ...above.map((one) => [one, 'other'] as const),
        [match, name],
      ]);
    }
    await addEdge('last', 'tcp', labels);
    await addRoutes({ name: 'last', edge: 'last' }, ['*'], 'tcp', [[{}, 'last']]);
    const proxy = { type: 'router', name: 'edge', namespace, labels } as const;
    configuration = await configurationOf(plane.istiod, proxy, ({ listeners }) =>
      JSON.stringify(listeners).includes(clusterOf('last')),
    );
    snapshot = await read(namespace);
  });

  test.for(Object.keys(SITUATIONS))('%s', (name) => {
    const {
      kind,
      isFelt,
      verdict = isFelt ? 'felt' : 'unfelt',
    } = SITUATIONS[name] ?? { kind: 'tcp', isFelt: true };
    expect(JSON.stringify(configuration.listeners).includes(clusterOf(name)), 'what istiod has').toBe(isFelt);
    expect(verdictOn(snapshot, name, kind), 'what istiops says').toBe(verdict);
  });

  function clusterOf(name: string): string {
    return `outbound|9000|v1|${name}.${namespace}.svc.cluster.local`;
  }

  async function addService(name: string): Promise<void> {
    await plane.api.post(paths.services(namespace), {
      metadata: { name },
      spec: { selector: { app: name }, ports: [{ port: 9000, name: 'tcp' }] },
    });
    const metadata = { namespace, name, labels: { app: name } };
    await create(plane, 'DestinationRule', metadata, {
      host: `${name}.${namespace}.svc.cluster.local`,
      subsets: [{ name: 'v1', labels: { version: 'v1' } }],
    });
  }

  function hostsOf(kind: Kind): readonly string[] {
    return kind === 'tls' ? ['*.example.com'] : ['*'];
  }

  async function addEdge(name: string, kind: Kind, selector: JsonObject): Promise<void> {
    const number = NUMBERS.get(name) ?? 31_399;
    const { protocol = kind.toUpperCase(), hosts = ['*'], ...more } = SITUATIONS[name]?.server ?? {};
    const port = { number, name: `${kind}-${number}`, protocol };
    const tls = kind === 'tls' ? { tls: { mode: 'PASSTHROUGH' } } : {};
    const servers = [{ port, hosts, ...tls, ...more }];
    await create(plane, 'Gateway', { namespace, name }, { selector, servers });
  }

  async function addRoutes(
    { name, edge }: { readonly name: string; readonly edge: string },
    hosts: readonly string[],
    kind: Kind,
    routes: readonly (readonly [match: JsonObject, service: string])[],
  ): Promise<void> {
    const metadata = { namespace, name, labels: { app: name } };
    await create(plane, 'VirtualService', metadata, {
      hosts,
      gateways: [edge],
      [kind]: routes.map(([match, service]) => ({
        ...(Object.keys(match).length > 0 && { match: [match] }),
        route: [
          {
            destination: {
              host: `${service}.${namespace}.svc.cluster.local`,
              subset: 'v1',
              port: { number: 9000 },
            },
          },
        ],
      })),
    });
  }
});

/** Everything that a plan may need of it. */
async function read(namespace: string): Promise<Snapshot> {
  const store = await kubernetesStore({ env: { KUBECONFIG: plane.kubeconfig }, namespace });
  return await store.read('mesh-and-servers');
}

/** What `weight` says of the last route of the one VirtualService that is called so. */
function verdictOn(snapshot: Snapshot, name: string, kind: Kind): Verdict {
  const [virtualService] = snapshot.virtualServices.filter(({ metadata }) => metadata.name === name);
  const { intent } = parseWords({
    operation: 'weight',
    'label-selector': `app=${name}`,
    'pod-selector': 'is=new',
    weight: '20',
    routes: `${kind}#${virtualService?.spec[kind]?.length ?? 1}`,
  }).request;
  const codes = codesOf(() => plan(snapshot, intent).findings.map(({ code }) => code));
  if (codes.includes('weight-unreachable')) return 'unfelt';
  return codes.includes('reach-unknown') ? 'undecided' : 'felt';
}

/** @param place where the request comes from */
function explained(
  snapshot: Snapshot,
  url: string,
  place: Readonly<Record<string, string>>,
): ExplainedResult {
  const words = { operation: 'explain', 'label-selector': '!nothing', requests: url, ...place };
  const { explanations = [] } = plan(snapshot, parseWords(words).request.intent);
  const [first] = explanations;
  if (first === undefined) throw new Error(`No explanation of ${url}.`);
  return first.result;
}

function statusIn(result: ExplainedResult): number | string {
  if (result.kind === 'none') return 404;
  return result.kind === 'route' ? (result.does.status ?? 200) : result.kind;
}

function codesOf(make: () => readonly string[]): readonly string[] {
  try {
    return make();
  } catch (error) {
    if (error instanceof TrafficError)
      throw new Error(`Could not be planned: ${error.message}`, { cause: error });
    throw error;
  }
}
