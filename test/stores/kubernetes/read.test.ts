import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/base/json.ts';
import { answers, kubeconfig, startServer } from '../../support/api-server/server.ts';
import {
  errorOf,
  everything,
  openStore,
  pod,
  serviceEntry,
  virtualService,
} from '../../support/kubernetes-store.ts';

test('reads a namespace with five lists, everything in them as it is', async () => {
  await using server = await startServer({ objects: everything });
  const { store } = await openStore(server);
  const snapshot = await store.read();

  expect(server.transcript()).toEqual([
    'LIST destinationrules',
    'LIST pods',
    'LIST serviceentries',
    'LIST services',
    'LIST virtualservices',
  ]);
  expect(snapshot).toMatchObject({ source: 'kubernetes', namespace: 'default' });
  expect(snapshot.virtualServices).toEqual([server.objects.find('VirtualService', 'default', 'api')]);
  expect(snapshot.destinationRules).toEqual([server.objects.find('DestinationRule', 'default', 'api')]);
  expect(snapshot.pods).toEqual({
    state: 'known',
    items: [{ name: 'api-1', labels: { app: 'api', build: '1' }, ready: true }],
  });
  expect(snapshot.services).toEqual({
    state: 'known',
    items: [
      {
        kind: 'Service',
        name: 'api',
        namespace: 'default',
        hosts: ['api.default.svc.cluster.local'],
        ports: [5000],
        protocols: new Map([[5000, 'http']]),
        selector: { app: 'api' },
      },
      {
        kind: 'ServiceEntry',
        name: 'partner',
        namespace: 'default',
        hosts: ['partner.io', '*.partner.io'],
        ports: [443],
        isHeadless: true,
        lacksResolution: true,
      },
    ],
  });
  expect(new Set(server.requests.map(({ userAgent }) => userAgent))).toEqual(new Set(['istiops/1.2.3']));
  expect(store).toMatchObject({ kind: 'kubernetes', place: `cluster ${server.url}`, warnings: [] });
});

test('the given namespace comes before that of the context', async () => {
  await using server = await startServer({ objects: everything });
  const config = kubeconfig(server, { namespace: 'shop' });
  const { store } = await openStore(server, { kubeconfig: config });
  expect((await store.read()).namespace).toBe('shop');
  const other = await openStore(server, { kubeconfig: config, namespace: 'qa' });
  expect((await other.store.read()).namespace).toBe('qa');
  expect(server.requests.map(({ path }) => path)).toContain('/api/v1/namespaces/qa/pods');
});

test('a pod is ready by its condition, unless it is being deleted', async () => {
  const leaving = pod('leaving', true, { deletionTimestamp: '2026-01-01T00:00:00Z' });
  const young = { ...pod('young', true), status: { phase: 'Pending' } };
  await using server = await startServer({ objects: [pod('up', true), pod('down', false), leaving, young] });
  const { pods } = await (await openStore(server)).store.read();
  expect(pods.state === 'known' && pods.items.map(({ name, ready }) => [name, ready])).toEqual([
    ['up', true],
    ['down', false],
    ['leaving', false],
    ['young', false],
  ]);
});

test('uses v1beta1 where the server has no v1, and writes back what it read', async () => {
  await using server = await startServer({ objects: everything, istio: ['v1beta1'] });
  const { store } = await openStore(server);
  const { virtualServices, services } = await store.read();
  expect(virtualServices.map(({ apiVersion }) => apiVersion)).toEqual(['networking.istio.io/v1beta1']);
  expect(services.state === 'known' && services.items.length).toBe(2);
  expect(server.requests).toHaveLength(8);
});

test('no ServiceEntries known to the server is as good as none', async () => {
  await using server = await startServer({ objects: everything, serviceEntries: false });
  const { services } = await (await openStore(server)).store.read();
  expect(services.state === 'known' && services.items.map(({ kind }) => kind)).toEqual(['Service']);
});

describe('WorkloadEntries, which a ServiceEntry selects', () => {
  const selecting = {
    ...serviceEntry,
    spec: { hosts: ['vm.io'], workloadSelector: { labels: { app: 'vm' } } },
  };
  const vm = (name: string, more: JsonObject = {}): JsonObject => ({
    apiVersion: 'networking.istio.io/v1',
    kind: 'WorkloadEntry',
    metadata: { name },
    spec: { address: '10.0.0.1', labels: { app: 'vm', build: '1' } },
    ...more,
  });
  const checked = (name: string): JsonObject => ({
    name,
    annotations: { 'proxy.istio.io/health-checks-enabled': 'true' },
  });
  const healthy = { conditions: [{ type: 'Healthy', status: 'True' }] };

  test('count as pods, whether they are healthy as istiod sees it', async () => {
    const objects = [
      selecting,
      vm('plain'),
      vm('labelled', { metadata: { name: 'labelled', labels: { build: '2' } } }),
      vm('unproven', { metadata: checked('unproven') }),
      vm('proven', { metadata: checked('proven'), status: healthy }),
    ];
    await using server = await startServer({ objects });
    const { store } = await openStore(server);
    const { pods, unreadWorkloads } = await store.read();
    const own = { app: 'vm', build: '1' };
    expect(pods).toEqual({
      state: 'known',
      items: [
        { name: 'plain', labels: own, ready: true },
        { name: 'labelled', labels: { app: 'vm', build: '2' }, ready: true },
        { name: 'unproven', labels: own, ready: false },
        { name: 'proven', labels: own, ready: true },
      ],
    });
    expect(unreadWorkloads).toBeUndefined();
    // What a canary is watched by.
    expect((await store.pods?.())?.map(({ name, ready }) => [name, ready])).toEqual([
      ['plain', true],
      ['labelled', true],
      ['unproven', false],
      ['proven', true],
    ]);
  });

  test('that may not be listed: the pods are known, and why the others are not', async () => {
    await using server = await startServer({ objects: [pod('api-1', true), selecting, vm('plain')] });
    server.deny('list', 'workloadentries');
    const { pods, unreadWorkloads } = await (await openStore(server)).store.read();
    expect(pods.state === 'known' && pods.items.map(({ name }) => name)).toEqual(['api-1']);
    expect(unreadWorkloads).toContain('cannot list resource "workloadentries"');
  });
});

test('a cluster without Istio is reported as one', async () => {
  await using server = await startServer({ istio: [] });
  const error = await errorOf((await openStore(server)).store.read());
  expect(error.reason).toBe('not-found');
  expect(error.message).toContain(
    `The cluster ${server.url} has no virtualservices of networking.istio.io/v1 or networking.istio.io/v1beta1`,
  );
});

test('a namespace that the server does not know is reported in its words', async () => {
  await using server = await startServer();
  const reply = answers.status(404, 'namespaces "shop" not found');
  server.always('LIST *', {
    ...reply,
    body: { ...reply.body, details: { name: 'shop', kind: 'namespaces' } },
  });
  const error = await errorOf((await openStore(server)).store.read());
  expect(error).toMatchObject({ reason: 'not-found' });
  expect(error.message).toContain('namespaces "shop" not found');
});

test('a list that the server sends in parts is read to its end', async () => {
  const objects = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ ...virtualService, metadata: { name } }));
  await using server = await startServer({ objects, pageSize: 2 });
  const { virtualServices } = await (await openStore(server)).store.read();
  expect(virtualServices.map(({ metadata }) => metadata.name)).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(server.requests.filter(({ resource }) => resource === 'virtualservices')).toHaveLength(3);
});

test.each(['pods', 'services', 'serviceentries'] as const)(
  'no right to list %s: the checks are told why',
  async (resource) => {
    await using server = await startServer({ objects: everything });
    server.deny('list', resource);
    const snapshot = await (await openStore(server)).store.read();
    const listing = resource === 'pods' ? snapshot.pods : snapshot.services;
    expect(listing.state).toBe('forbidden');
    expect(listing.state === 'forbidden' && listing.reason).toContain(
      `User "anyone" cannot list resource "${resource}"`,
    );
    const other = resource === 'pods' ? snapshot.services : snapshot.pods;
    expect(other.state).toBe('known');
  },
);

test('no right to list VirtualServices: the Role to grant, and to whom', async () => {
  await using server = await startServer({
    objects: everything,
    users: { 't0ken-of-ci': 'system:serviceaccount:ci:deployer' },
  });
  server.deny('list', 'virtualservices').deny('list', 'destinationrules').deny('list', 'pods');
  const { store } = await openStore(server, {
    kubeconfig: kubeconfig(server, { token: 't0ken-of-ci', namespace: 'shop' }),
  });
  const { reason, message } = await errorOf(store.read());
  expect(reason).toBe('forbidden');
  expect(message.replace(server.url, 'SERVER')).toMatchInlineSnapshot(`
    "Not allowed in namespace "shop" of SERVER: list virtualservices (virtualservices.networking.istio.io is forbidden: User "system:serviceaccount:ci:deployer" cannot list resource "virtualservices" in API group "networking.istio.io" in the namespace "shop"); list destinationrules (destinationrules.networking.istio.io is forbidden: User "system:serviceaccount:ci:deployer" cannot list resource "destinationrules" in API group "networking.istio.io" in the namespace "shop"). The API server knows you as "system:serviceaccount:ci:deployer" (group system:authenticated). Grant it with this Role (kubectl apply -f -):

    apiVersion: rbac.authorization.k8s.io/v1
    kind: Role
    metadata:
      name: istiops
      namespace: shop
    rules:
      - apiGroups:
          - networking.istio.io
        resources:
          - virtualservices
          - destinationrules
        verbs:
          - get
          - list
          - update
      - apiGroups:
          - networking.istio.io
        resources:
          - serviceentries
        verbs:
          - list
      - apiGroups:
          - ""
        resources:
          - pods
          - services
        verbs:
          - list
    ---
    apiVersion: rbac.authorization.k8s.io/v1
    kind: RoleBinding
    metadata:
      name: istiops
      namespace: shop
    roleRef:
      apiGroup: rbac.authorization.k8s.io
      kind: Role
      name: istiops
    subjects:
      - kind: ServiceAccount
        name: deployer
        namespace: ci"
  `);
});

test('a request that was taken for anonymous says so', async () => {
  await using server = await startServer({ objects: everything, users: { known: 'ci' } });
  const { message } = await errorOf((await openStore(server)).store.read());
  expect(message).toContain('took the request for an anonymous one');
});

test('credentials that are not accepted', async () => {
  await using server = await startServer({ objects: everything, users: { 'an-0ther-token': 'ci' } });
  const { store } = await openStore(server, { kubeconfig: kubeconfig(server, { token: 'expired-t0ken' }) });
  const { reason, message } = await errorOf(store.read());
  expect(reason).toBe('unauthorized');
  expect(message).toBe(
    `The API server ${server.url} doesn't accept the credentials of user "someone" of context "test" (the input "kubeconfig") (401 Unauthorized). The token or certificate is wrong, expired or of another cluster: renew it in the kubeconfig.`,
  );
});

test('an object that is no VirtualService is set aside, with what is wrong', async () => {
  const broken = { ...virtualService, spec: { hosts: ['api'], http: [{ route: 'api' }] } };
  const other = { ...virtualService, metadata: { name: 'other', namespace: 'default' } };
  await using server = await startServer({ objects: [broken, other] });
  const { virtualServices, notUnderstood } = await (await openStore(server)).store.read();
  expect(virtualServices.map(({ metadata }) => metadata.name)).toEqual(['other']);
  expect(notUnderstood).toMatchObject([
    {
      kind: 'VirtualService',
      namespace: 'default',
      name: 'api',
      hosts: ['api.default.svc.cluster.local'],
      gateways: ['mesh'],
      why: 'spec.http[0].route must be a list, not text ("api")',
    },
  ]);
});

test('a login page is no API server', async () => {
  await using server = await startServer();
  server.always('LIST *', answers.loginPage);
  const { reason, message } = await errorOf((await openStore(server)).store.read());
  expect(reason).toBe('unreachable');
  expect(message).toContain('is no Kubernetes API server (status 200, text/html)');
});

const ELSEWHERE = {
  ...virtualService,
  metadata: { name: 'landing', namespace: 'web' },
};

test('what other namespaces have is read with the rest, once for all tries', async () => {
  await using server = await startServer({ objects: [...everything, ELSEWHERE], wholeCluster: true });
  const { store } = await openStore(server);
  const first = await store.read('mesh');
  const names = first.virtualServices.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);

  expect(names).toEqual(['default/api', 'web/landing']);
  expect(first).toMatchObject({ virtualServicesOf: 'all', rulesOf: 'all' });
  expect((await store.read('mesh')).virtualServices).toHaveLength(2);
  expect((await store.read('routing')).virtualServices).toHaveLength(2);
  expect(server.transcript().filter((line) => line.startsWith('LIST-ALL'))).toEqual([
    'LIST-ALL destinationrules',
    'LIST-ALL grpcroutes',
    'LIST-ALL httproutes',
    'LIST-ALL sidecars',
    'LIST-ALL virtualservices',
  ]);
});

test('routes of the Gateway API are read of all namespaces, else of the own, and Sidecars of all', async () => {
  const objects = [
    ...everything,
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'canary', namespace: 'default' },
      spec: { parentRefs: [{ group: '', kind: 'Service', name: 'api', port: 80 }], hostnames: [] },
    },
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'GRPCRoute',
      metadata: { name: 'public', namespace: 'web' },
      spec: { parentRefs: [{ name: 'edge', namespace: 'infra' }], hostnames: ['API.example.com'] },
    },
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'Sidecar',
      metadata: { name: 'default', namespace: 'web' },
      spec: { egress: [{ hosts: ['./*'] }, { hosts: ['istio-system/*'] }] },
    },
  ];
  const canary = {
    kind: 'HTTPRoute',
    namespace: 'default',
    name: 'canary',
    hostnames: [],
    parents: [{ kind: 'Service', namespace: 'default', name: 'api', port: 80 }],
  };
  await using wide = await startServer({ objects, wholeCluster: true });
  expect(await (await openStore(wide)).store.read('mesh')).toMatchObject({
    gatewayApiRoutes: [
      canary,
      {
        kind: 'GRPCRoute',
        hostnames: ['api.example.com'],
        parents: [{ kind: 'Gateway', namespace: 'infra', name: 'edge' }],
      },
    ],
    sidecars: [{ namespace: 'web', name: 'default', hosts: ['./*', 'istio-system/*'] }],
  });

  await using narrow = await startServer({ objects });
  const own = await (await openStore(narrow)).store.read('mesh');
  expect(own.gatewayApiRoutes).toEqual([canary]);
  expect(own.sidecars).toBeUndefined();

  await using refusing = await startServer({ objects });
  refusing.deny('list', 'httproutes').deny('list', 'grpcroutes');
  expect((await (await openStore(refusing)).store.read('mesh')).gatewayApiRoutes).toBeUndefined();
});

test('without the right to read other namespaces a change is planned on its own', async () => {
  await using server = await startServer({ objects: [...everything, ELSEWHERE] });
  const { store, retries } = await openStore(server);
  const { virtualServices, virtualServicesOf, rulesOf } = await store.read('mesh');

  expect(virtualServices).toHaveLength(1);
  expect([virtualServicesOf, rulesOf, retries]).toEqual([undefined, undefined, []]);
});

test('an object of another namespace is never written', async () => {
  await using server = await startServer({ objects: [...everything, ELSEWHERE], wholeCluster: true });
  const { store } = await openStore(server);
  const before = (await store.read('mesh')).virtualServices[1];
  if (before === undefined) throw new Error('not read');
  const write = { kind: 'VirtualService', before, after: before } as const;

  expect((await errorOf(store.write(write))).reason).toBe('internal');
  expect((await errorOf(store.rehearse(write))).reason).toBe('internal');
  expect(server.transcript().filter((line) => /PUT|DRYRUN/.test(line))).toEqual([]);
});

test('a list whose first pages the server has forgotten is read from its beginning', async () => {
  await using server = await startServer({ objects: everything, pageSize: 1 });
  const gone = answers.status(410, 'The provided continue parameter is too old');
  server.on('LIST services', 'ok', gone).on('LIST pods', gone, gone);
  const { store } = await openStore(server);
  const { services, pods } = await store.read();
  expect(services).toMatchObject({ state: 'known' });
  expect(pods).toMatchObject({ state: 'known' });
});

test('and where it always does, its words are the end', async () => {
  await using server = await startServer({ objects: everything });
  server.always('LIST pods', answers.status(410, 'The provided continue parameter is too old'));
  const { store } = await openStore(server);
  const { reason, message } = await errorOf(store.read());
  expect(reason).toBe('rejected');
  expect(message).toContain('too old');
  expect(server.requests.filter(({ verb, resource }) => verb === 'LIST' && resource === 'pods')).toHaveLength(
    3,
  );
});

test('null is an empty list, as Go writes one', async () => {
  await using server = await startServer({ objects: everything });
  const body = { apiVersion: 'v1', kind: 'PodList', metadata: {}, items: null };
  server.always('LIST pods', { status: 200, body });
  const { store } = await openStore(server);
  expect((await store.read()).pods).toEqual({ state: 'known', items: [] });
});

test('a 403 that is none of an API server: a firewall may be it, and no Role may help', async () => {
  await using server = await startServer({ objects: everything });
  const raw = '<html>Request blocked</html>';
  server.always('LIST virtualservices', { status: 403, headers: { 'content-type': 'text/html' }, raw });
  const { store } = await openStore(server);
  const { reason, message } = await errorOf(store.read());
  expect(reason).toBe('forbidden');
  expect(message).toContain('(status 403). That is no answer of Kubernetes: if a firewall or a proxy');
});
