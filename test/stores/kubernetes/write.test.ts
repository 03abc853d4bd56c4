import { expect, test } from 'vitest';
import type { DestinationRule } from '../../../src/istio/types.ts';
import type { Write } from '../../../src/plan/types.ts';
import type { Store } from '../../../src/ports/store.ts';
import { answers, startServer, type Step } from '../../support/api-server/server.ts';
import {
  errorOf,
  everything,
  openStore,
  subsetWrite,
  weightWrite,
  withWeight,
} from '../../support/kubernetes-store.ts';

test('a write is a PUT of the planned object with the resourceVersion that was read', async () => {
  await using server = await startServer({ objects: everything });
  const { store } = await openStore(server);
  const write = await weightWrite(store, 20);
  const written = await store.write(write);

  const put = server.requests.at(-1);
  expect(put).toMatchObject({ verb: 'PUT', query: { fieldManager: 'istiops' } });
  expect(put?.path).toBe('/apis/networking.istio.io/v1/namespaces/default/virtualservices/api');
  expect(put?.body).toEqual(write.after);
  expect(written).toEqual(server.objects.find('VirtualService', 'default', 'api'));
  expect(written.metadata.resourceVersion).not.toBe(write.before.metadata.resourceVersion);
  // A plan for a later phase may carry an older version in `after`: `before` counts.
  const { metadata } = write.after;
  const stale = { ...withWeight(write.after, 30), metadata: { ...metadata, resourceVersion: '1' } };
  if (written.kind !== 'VirtualService') throw new Error('not a VirtualService');
  await store.write({ kind: 'VirtualService', before: written, after: stale });
  expect(server.requests.at(-1)?.body).toMatchObject({
    metadata: { resourceVersion: written.metadata.resourceVersion },
  });
});

test('a rehearsal is sent with dryRun and changes nothing', async () => {
  await using server = await startServer({ objects: everything });
  const { store } = await openStore(server);
  const before = server.objects.version;
  await store.rehearse(await subsetWrite(store));
  expect(server.requests.at(-1)).toMatchObject({
    verb: 'DRYRUN',
    resource: 'destinationrules',
    query: { dryRun: 'All', fieldManager: 'istiops' },
  });
  expect(server.objects.version).toBe(before);
});

test.each(['rehearse', 'write'] as const)(
  '%s: a webhook is quoted whole, and called once',
  async (method) => {
    await using server = await startServer({
      objects: everything,
      webhook: () => 'regex is not valid: "("; weight 120 > 100\n  second line',
    });
    const { store, pauses } = await openStore(server);
    const write = await weightWrite(store, 20);
    const { reason, message } = await errorOf(store[method](write));
    expect(reason).toBe('rejected');
    expect(message).toBe(
      `The API server ${server.url} refuses to update VirtualService default/api (400): admission webhook "rev.validation.istio.io" denied the request: configuration is invalid: regex is not valid: "("; weight 120 > 100\n  second line`,
    );
    expect(pauses).toEqual([]);
  },
);

const refusals: [string, Step, string, RegExp][] = [
  [
    '422',
    answers.status(422, 'spec.http: Required value'),
    'rejected',
    /\(422\): spec\.http: Required value$/,
  ],
  ['a denial with 403', answers.denied('no', 403), 'rejected', /denied the request/],
  ['400', answers.status(400, 'bad'), 'rejected', /\(400\): bad$/],
  ['404', answers.absent('virtualservices', 'networking.istio.io', 'api'), 'not-found', /"api" not found$/],
  ['401', answers.unauthorized, 'unauthorized', /401 Unauthorized/],
  [
    '409',
    answers.conflict,
    'conflict',
    /^VirtualService default\/api was changed by somebody else meanwhile/,
  ],
  [
    '413',
    answers.status(413, 'Request entity too large: limit is 3145728'),
    'rejected',
    /, because it is too large \(413\): Request entity too large: limit is 3145728\. A cluster stores about 1\.5 MiB/,
  ],
  [
    '413 of a proxy in between',
    { status: 413, headers: { 'content-type': 'text/html' }, raw: '<h1>413 Request Entity Too Large</h1>' },
    'rejected',
    /, because it is too large \(413\)\. That is no answer of Kubernetes: a proxy in between takes smaller requests/,
  ],
  [
    '500 of an etcd that the object is too large for',
    answers.status(500, 'etcdserver: request is too large'),
    'rejected',
    /, because it is too large \(500\): etcdserver: request is too large\. A cluster stores about 1\.5 MiB/,
  ],
];
test.each(refusals)('%s is never tried again', async (_, step, expected, words) => {
  for (const method of ['rehearse', 'write'] as const) {
    await using server = await startServer({ objects: everything });
    server.on(method === 'write' ? 'PUT virtualservices' : 'DRYRUN virtualservices', step);
    const { store, pauses } = await openStore(server);
    const { reason, message } = await errorOf(store[method](await weightWrite(store, 20)));
    expect(reason).toBe(expected);
    expect(message).toMatch(words);
    expect(pauses).toEqual([]);
    expect(server.requests.filter(({ method }) => method === 'PUT')).toHaveLength(1);
  }
});

test.each([
  ['rev.validation.istio.io', 'It is istiod: look whether its pods run'],
  ['audit.example.com', 'Look whether its pods run'],
])('the webhook %s that gives no answer: whose pods to look at', async (name, advice) => {
  await using server = await startServer({ objects: everything });
  const words = `Internal error occurred: failed calling webhook "${name}": failed to call webhook: connection refused`;
  server.always('DRYRUN virtualservices', answers.status(500, words));
  const { store } = await openStore(server);
  const { reason, message } = await errorOf(store.rehearse(await weightWrite(store, 20)));
  expect(reason).toBe('unreachable');
  expect(message).toContain(
    `${words}. The admission webhook ${name} gives no answer, and until it does nobody can change the object. ${advice}`,
  );
  expect(message).toMatch(/ Tried \d+ times in /);
});

test('no right to update: the Role to grant', async () => {
  await using server = await startServer({ objects: everything });
  server.deny('update', 'virtualservices');
  const { store } = await openStore(server);
  const { reason, message } = await errorOf(store.rehearse(await weightWrite(store, 20)));
  expect(reason).toBe('forbidden');
  expect(message).toContain('update virtualservices (virtualservices.networking.istio.io is forbidden');
  expect(message).toContain('kind: Role');
});

test('an object that changed meanwhile is a conflict, and stays as the other one left it', async () => {
  await using server = await startServer({ objects: everything });
  const { store } = await openStore(server);
  const write = await weightWrite(store, 20);
  server.objects.edit('VirtualService', 'api', (object) => ({ ...object, spec: { hosts: ['other'] } }));
  expect((await errorOf(store.write(write))).reason).toBe('conflict');
  expect(server.objects.find('VirtualService', 'default', 'api')?.['spec']).toEqual({ hosts: ['other'] });
});

test('a webhook that takes part in no dry run makes a warning', async () => {
  await using server = await startServer({ objects: everything });
  server.always('DRYRUN *', answers.noDryRun);
  const { store } = await openStore(server);
  const write = await weightWrite(store, 20);
  await store.rehearse(write);
  await store.rehearse(write);
  expect(store.warnings).toEqual([
    'VirtualService default/api could not be rehearsed, so a refusal would come with the write itself: admission webhook "audit.example.com" does not support dry run.',
  ]);
});

test("the server's warnings are handed on", async () => {
  await using server = await startServer({
    objects: everything,
    warnings: ['route "main" is never reached', 'b, c'],
  });
  const { store } = await openStore(server);
  await store.rehearse(await weightWrite(store, 20));
  expect(store.warnings).toEqual([
    'The API server says of VirtualService default/api: route "main" is never reached',
    'The API server says of VirtualService default/api: b, c',
  ]);
});

test.each<[string, Step]>([
  ['dropped', { drop: 'after' }],
  ['never sent', { hang: 'after' }],
])('an answer that is %s after the write: the write counts, once', async (_, step) => {
  await using server = await startServer({ objects: everything });
  server.on('PUT virtualservices', step);
  const { store } = await openStore(server);
  const write = await weightWrite(store, 20);
  const written = await store.write(write);
  expect(server.transcript().slice(5)).toEqual([
    'PUT virtualservices/api',
    'PUT virtualservices/api',
    'GET virtualservices/api',
  ]);
  expect(written.spec).toEqual(write.after.spec);
  expect(written).toEqual(server.objects.find('VirtualService', 'default', 'api'));
});

test('an answer lost after the write, and somebody else on top of it: a conflict', async () => {
  await using server = await startServer({ objects: everything });
  server.on(
    'PUT virtualservices',
    { drop: 'after' },
    {
      meanwhile: (objects) => {
        objects.edit('VirtualService', 'api', (object) => ({ ...object, spec: { hosts: ['other'] } }));
      },
    },
  );
  const { store } = await openStore(server);
  expect((await errorOf(store.write(await weightWrite(store, 20)))).reason).toBe('conflict');
});

test('a conflict of the first try is one, even if the object looks like what was sent', async () => {
  await using server = await startServer({ objects: everything });
  const { store } = await openStore(server);
  const write = await weightWrite(store, 20);
  server.objects.set(write.after);
  expect((await errorOf(store.write(write))).reason).toBe('conflict');
  expect(server.transcript().at(-1)).toBe('PUT virtualservices/api');
});

test.each<[string, Step]>([
  ['dropped before', { drop: 'before' }],
  ['500', answers.status(500, 'etcdserver: leader changed')],
  ['503', answers.status(503)],
  ['429', answers.busy(3)],
])('%s: the write is tried again until it is done', async (_, step) => {
  await using server = await startServer({ objects: everything });
  server.on('PUT virtualservices', step, step);
  const { store, pauses, retries } = await openStore(server);
  const written = await store.write(await weightWrite(store, 20));
  expect(written.metadata.resourceVersion).toBe(server.objects.version);
  expect(pauses).toHaveLength(2);
  expect(retries).toHaveLength(2);
});

test('every answer lost: a last look tells that the write was done', async () => {
  await using server = await startServer({ objects: everything });
  server.always('PUT virtualservices', { drop: 'after' });
  const { store } = await openStore(server);
  const written = await store.write(await weightWrite(store, 20));
  expect(written).toEqual(server.objects.find('VirtualService', 'default', 'api'));
});

test.each<[string, Step]>([
  ['a token that has expired', answers.unauthorized],
  ['another answer', answers.status(400, 'no')],
])('an answer lost after the write, and then %s: a look tells that the write was done', async (_, step) => {
  await using server = await startServer({ objects: everything });
  server.on('PUT virtualservices', { drop: 'after' }, step);
  const { store } = await openStore(server);
  const written = await store.write(await weightWrite(store, 20));
  expect(written).toEqual(server.objects.find('VirtualService', 'default', 'api'));
});

test('every write broken off: a last look tells that nothing was written', async () => {
  await using server = await startServer({ objects: everything });
  server.always('PUT virtualservices', { drop: 'before' });
  const { store, pauses } = await openStore(server);
  const { reason, message } = await errorOf(store.write(await weightWrite(store, 20)));
  expect(reason).toBe('unreachable');
  expect(message).toMatch(/Tried \d+ times in \d+ s\. VirtualService default\/api was not written\.$/);
  expect(pauses.reduce((sum, pause) => sum + pause, 0)).toBeLessThan(60_000);
});

test('a server that is gone in the middle of a write: nobody knows', async () => {
  await using server = await startServer({ objects: everything });
  server.on('PUT virtualservices', { drop: 'after' });
  const { store } = await openStore(server);
  const write = await weightWrite(store, 20);
  server.always('* *', { drop: 'before' });
  const error: unknown = await store.write(write).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ reason: 'unreachable', mayHaveBeenWritten: true });
});

test('the diff shows the first state and the last, without what the server counts', async () => {
  await using server = await startServer({ objects: everything });
  const { store } = await openStore(server);
  const write = await weightWrite(store, 20);
  const managed = {
    ...write.before.metadata,
    managedFields: [{ manager: 'kubectl' }],
    creationTimestamp: 'x',
  };
  const first: Write = { ...write, before: { ...write.before, metadata: managed, status: {} } };
  const second: Write = { ...write, before: write.after, after: withWeight(write.after, 30) };
  const [change, ...others] = store.texts([first, second]);
  expect(others).toEqual([]);
  expect(change?.label).toBe('VirtualService default/api');
  expect(change?.before).toMatchInlineSnapshot(`
    "apiVersion: networking.istio.io/v1
    kind: VirtualService
    metadata:
      name: api
      namespace: default
      labels:
        app: api
      annotations:
        team: shop
    spec:
      hosts:
        - api
      http:
        - name: main
          x_unknown:
            kept:
              - 1
              - null
          route:
            - destination:
                host: api
                subset: v1
    "
  `);
  expect(change?.after.replace('          weight: 30\n', '')).toBe(change?.before);
});

/** The first subset of a service without a DestinationRule. */
function creationOf(): Write & { readonly kind: 'DestinationRule' } {
  const before: DestinationRule = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name: 'web', namespace: 'default' },
    spec: { host: 'web' },
  };
  const after = { ...before, spec: { ...before.spec, subsets: [{ name: 'v2', labels: { version: '2' } }] } };
  return { kind: 'DestinationRule', before, after, how: 'create' };
}

async function deletionOf(store: Store): Promise<Write> {
  const creation = creationOf();
  const before = await store.write(creation);
  if (before.kind !== 'DestinationRule') throw new Error('not a DestinationRule');
  return {
    kind: 'DestinationRule',
    before,
    after: { ...before, spec: creation.before.spec },
    how: 'delete',
  };
}

test('a rule is created with a POST, and deleted only as it was read', async () => {
  await using server = await startServer({ objects: everything });
  const { store } = await openStore(server);
  const deletion = await deletionOf(store);
  expect(server.requests.at(-1)).toMatchObject({
    verb: 'POST',
    path: '/apis/networking.istio.io/v1/namespaces/default/destinationrules',
    query: { fieldManager: 'istiops' },
  });
  await store.rehearse(deletion);
  expect(server.requests.at(-1)).toMatchObject({ method: 'DELETE', query: { dryRun: 'All' } });
  await store.write(deletion);
  expect(server.requests.at(-1)).toMatchObject({
    verb: 'DELETE',
    path: '/apis/networking.istio.io/v1/namespaces/default/destinationrules/web',
    body: { preconditions: { resourceVersion: deletion.before.metadata.resourceVersion } },
  });
  expect(server.objects.find('DestinationRule', 'default', 'web')).toBeUndefined();
});

test('a creation whose answer is lost is found out, and is no conflict', async () => {
  await using server = await startServer({ objects: everything });
  server.on('POST destinationrules', { drop: 'after' });
  const { store } = await openStore(server);
  const written = await store.write(creationOf());
  expect(written.spec).toEqual(creationOf().after.spec);
});

test('whoever may not create is told the Role with create and delete', async () => {
  await using server = await startServer({ objects: everything });
  server.deny('create', 'destinationrules');
  const { store } = await openStore(server);
  const { reason, message } = await errorOf(store.rehearse(creationOf()));
  expect(reason).toBe('forbidden');
  expect(message).toContain('verbs:\n      - create\n      - delete');
});

test.each(['rehearse', 'write'] as const)(
  '%s: whoever may not delete has the rule left without subsets, and is told so',
  async (method) => {
    await using server = await startServer({ objects: everything });
    const { store } = await openStore(server);
    const deletion = await deletionOf(store);
    server.deny('delete', 'destinationrules');
    await store[method](deletion);
    expect(store.warnings.join()).toContain('stays without subsets, because it may not be deleted');
    const left = server.objects.find('DestinationRule', 'default', 'web');
    expect(left?.['spec']).toEqual((method === 'write' ? deletion.after : deletion.before).spec);
  },
);
