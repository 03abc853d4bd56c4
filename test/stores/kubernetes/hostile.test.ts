/** A server, or what stands before it, that answers something else than it was asked for, or without end. */
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { parseWords } from '../../../src/operations/parse-words.ts';
import { isObject, sameJson, type JsonObject } from '../../../src/base/json.ts';
import type { Outcome } from '../../../src/report/types.ts';
import { run } from '../../../src/run/run.ts';
import type { VirtualServiceSpec } from '../../../src/istio/types.ts';
import { OBJECTS } from '../../support/process/cluster.ts';
import {
  answers,
  kubeconfig,
  startServer,
  type FakeServer,
  type Pattern,
} from '../../support/api-server/server.ts';
import { errorOf, everything, openStore, weightWrite } from '../../support/kubernetes-store.ts';

type Reply = ReturnType<typeof answers.status>;

/** The object that was sent, with something else for a part of it. */
const otherwise =
  (change: (object: JsonObject) => JsonObject) => (seen: { readonly body: JsonObject | null }) => ({
    status: 200,
    body: change(seen.body ?? {}),
  });
const withMetadata = (more: JsonObject) =>
  otherwise((object) => ({
    ...object,
    metadata: { ...(isObject(object['metadata']) ? object['metadata'] : {}), ...more },
  }));

const ODD: readonly [string, Reply | ((seen: { readonly body: JsonObject | null }) => Reply)][] = [
  ['a login page', answers.loginPage],
  ['null', answers.json('null')],
  ['a list', answers.json('[]')],
  ['an empty object', answers.json('{}')],
  ['a text', answers.json('"done"')],
  ['nothing', answers.json('')],
  ['half of an object', answers.json('{"apiVersion":"networking.istio.io/v1","kind":"VirtualServ')],
  ['an object of another namespace', withMetadata({ namespace: 'kube-system' })],
  ['an object of another name', withMetadata({ name: 'other' })],
  ['another kind', otherwise((object) => ({ ...object, kind: 'Gateway' }))],
  ['another group', otherwise((object) => ({ ...object, apiVersion: 'example.com/v1' }))],
  ['another version', otherwise((object) => ({ ...object, apiVersion: 'networking.istio.io/v1alpha3' }))],
  ['an object without metadata', otherwise(({ metadata: _, ...object }) => object)],
  ['a body that is no gzip', { status: 200, headers: { 'content-encoding': 'gzip' }, raw: 'no gzip' }],
];

describe.each(ODD)('a write that is carried out and answered with %s', (_, instead) => {
  test('a look tells that it was written', async () => {
    await using server = await startServer({ objects: everything });
    server.on('PUT virtualservices', { instead });
    const { store } = await openStore(server);
    const write = await weightWrite(store, 20);
    const written = await store.write(write);
    expect(written).toEqual(server.objects.find('VirtualService', 'default', 'api'));
    expect(written.spec).toEqual(write.after.spec);
  });

  test('the look is answered like this, too: nobody knows', async () => {
    await using server = await startServer({ objects: everything });
    server.always('PUT virtualservices', { instead });
    server.always('GET virtualservices', { instead: answers.loginPage });
    const { store } = await openStore(server);
    const write = await weightWrite(store, 20);
    const error: unknown = await store.write(write).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ reason: 'unreachable', mayHaveBeenWritten: true });
  });

  test('and a rehearsal ends it', async () => {
    await using server = await startServer({ objects: everything });
    server.always('DRYRUN virtualservices', { instead });
    const { store } = await openStore(server);
    expect((await errorOf(store.rehearse(await weightWrite(store, 20)))).reason).toBe('unreachable');
  });
});

describe.each([301, 302, 303, 307, 308])('a redirect with status %i', (status) => {
  test('is not followed, and says where it points', async () => {
    await using elsewhere = await startServer({ objects: everything });
    await using server = await startServer({ objects: everything });
    const reply = { status, headers: { location: `${elsewhere.url}/api?state=s3cret` }, raw: '' };
    const { store } = await openStore(server);
    const write = await weightWrite(store, 20);
    server.always('* *', reply);
    const read = await errorOf(store.read());
    const written = await errorOf(store.write(write));
    expect(elsewhere.requests).toEqual([]);
    for (const error of [read, written]) {
      expect(error.reason).toBe('unreachable');
      expect(error.message).toContain(`redirects to ${elsewhere.url}/api when`);
    }
  });
});

test('what came instead is named', async () => {
  await using server = await startServer({ objects: everything });
  server.on('DRYRUN *', { instead: withMetadata({ namespace: 'kube-system' }) });
  const { store } = await openStore(server);
  expect((await errorOf(store.rehearse(await weightWrite(store, 20)))).message).toBe(
    `The API server ${server.url} was asked to update VirtualService default/api, and answered with VirtualService kube-system/api of networking.istio.io/v1. ` +
      "Check the server's address in the kubeconfig, and the proxy in between.",
  );
});

const PAGE = '<html>You are not allowed to see this</html>';
const html = (status: number): Reply => ({ status, headers: { 'content-type': 'text/html' }, raw: PAGE });

describe.each([302, 400, 403, 404, 409, 422])(
  'a write that something in between refuses with its own page (%d)',
  (status) => {
    test('and that was carried out all the same: a look tells', async () => {
      await using server = await startServer({ objects: everything });
      server.on('PUT virtualservices', { instead: html(status) });
      const { store } = await openStore(server);
      const written = await store.write(await weightWrite(store, 20));
      expect(written).toEqual(server.objects.find('VirtualService', 'default', 'api'));
    });

    test('and that was not', async () => {
      await using server = await startServer({ objects: everything });
      server.on('PUT virtualservices', html(status));
      const { store } = await openStore(server);
      const error: unknown = await store
        .write(await weightWrite(store, 20))
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ mayHaveBeenWritten: false });
      expect((error as Error).message).toContain('was not written.');
    });
  },
);

const page = (items: unknown, more: object = {}): Reply =>
  answers.json(
    JSON.stringify({
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualServiceList',
      metadata: {},
      items,
      ...more,
    }),
  );
const item = (metadata: JsonObject, more: JsonObject = {}) => ({
  metadata,
  spec: { hosts: ['api'] },
  ...more,
});

test.each<[string, Reply, RegExp]>([
  ['a login page', answers.loginPage, /is no Kubernetes API server/],
  ['null', answers.json('null'), /is no Kubernetes API server/],
  ['a list', answers.json('[]'), /is no Kubernetes API server/],
  ['an empty object', answers.json('{}'), /is no Kubernetes API server/],
  ['items that are no list', page({}), /is no Kubernetes API server/],
  [
    'another kind',
    page([], { kind: 'GatewayList' }),
    /answered with GatewayList of networking.istio.io\/v1\./,
  ],
  ['another version', page([], { apiVersion: 'v9' }), /answered with VirtualServiceList of v9\./],
  [
    'an item of another namespace',
    page([item({ name: 'api', namespace: 'kube-system' })]),
    /a list that holds VirtualService kube-system\/api/,
  ],
  ['an item without a namespace', page([item({ name: 'api' })]), /a list that holds VirtualService api/],
  [
    'an item of another kind',
    page([item({ name: 'api', namespace: 'default' }, { kind: 'Gateway' })]),
    /a list that holds Gateway default\/api/,
  ],
  [
    'an item whose name leads elsewhere',
    page([item({ name: '..', namespace: 'default' })]),
    /a list that holds VirtualService default\/\.\./,
  ],
  ['an item that is none', page([null]), /a list that holds null/],
])('a list that is answered with %s', async (_, instead, words) => {
  await using server = await startServer({ objects: everything });
  server.always('LIST virtualservices', { instead });
  const { store } = await openStore(server);
  const { reason, message } = await errorOf(store.read());
  expect(reason).toBe('unreachable');
  expect(message).toMatch(words);
});

const WEIGHT = {
  operation: 'weight',
  'label-selector': 'app=api-domain',
  'pod-selector': 'app=api-domain,build=PR-10',
  'propagation-wait': '0s',
  weight: '20',
};

async function shift(server: FakeServer): Promise<Outcome> {
  let now = 0;
  return run(parseWords(WEIGHT).request, {
    openStore: async () => (await openStore(server, { kubeconfig: kubeconfig(server) })).store,
    clock: {
      now: () => new Date(now),
      sleep: (milliseconds) => {
        now += milliseconds;
        return Promise.resolve();
      },
      random: () => 0.5,
    },
    log: { info: () => undefined, group: (_title, body) => body() },
    author: () => Promise.resolve({ actor: 'ada' }),
  });
}

const specs = (server: FakeServer): unknown =>
  ['VirtualService', 'DestinationRule'].map(
    (kind) => server.objects.find(kind, 'default', 'api-domain')?.['spec'],
  );

/** What the build gets, in percent. */
function shareOf(server: FakeServer): unknown {
  const spec = server.objects.find('VirtualService', 'default', 'api-domain')?.['spec'] as VirtualServiceSpec;
  return spec.http?.[0]?.route?.[1]?.weight;
}

const PLACES: readonly (readonly Pattern[])[] = [
  ['PUT virtualservices'],
  ['PUT destinationrules'],
  ['PUT *', 'GET *'],
  ['PUT virtualservices', 'GET *'],
  ['DRYRUN destinationrules'],
  ['LIST pods'],
];

describe.each(ODD)('a whole run against %s', (_, instead) => {
  test.each(PLACES.map((patterns) => [patterns.join(', '), patterns] as const))(
    'at %s: what it says is so, and nothing else is written',
    async (__, patterns) => {
      for (const forever of [false, true]) {
        await using server = await startServer({ objects: OBJECTS });
        const before = specs(server);
        for (const pattern of patterns) {
          if (forever) server.always(pattern, { instead });
          else server.on(pattern, { instead });
        }
        const { failure, changed } = await shift(server);
        const isAsBefore = sameJson(specs(server), before);
        const words = failure?.message ?? '';
        if (failure === null) expect(shareOf(server)).toBe(20);
        if (failure !== null && !changed) expect(isAsBefore, words).toBe(true);
        if (/was undone|Nothing was changed/.test(words)) expect(isAsBefore, words).toBe(true);
        if (!isAsBefore) expect(changed, words).toBe(true);
        const written = server.requests.filter(({ method }) => method === 'PUT');
        const ours = /\/namespaces\/default\/(virtualservices|destinationrules)\/api-domain$/;
        for (const { path } of written) expect(path).toMatch(ours);
      }
    },
  );
});

test('nothing but login pages from the write on: what may be left is reported, and not as undone', async () => {
  await using server = await startServer({ objects: OBJECTS });
  server.on('PUT virtualservices', {
    instead: () => {
      server.always('* *', answers.loginPage);
      return answers.loginPage;
    },
  });
  const { failure, changed } = await shift(server);
  expect(shareOf(server)).toBe(20);
  expect(changed).toBe(true);
  expect(failure?.message).toMatch(
    /Still changed: VirtualService default\/api-domain \(perhaps: .*DestinationRule default\/api-domain \(/,
  );
  expect(failure?.message).not.toMatch(/was undone|Nothing was changed/);
});

const ENDLESS: Reply = { status: 200, endless: ' ' };
const BOMB: Reply = {
  status: 200,
  headers: { 'content-encoding': 'gzip' },
  raw: gzipSync(Buffer.alloc(65 * 1024 * 1024, ' ')),
};

describe.each<[string, Reply, string]>([
  ['without end', ENDLESS, 'more than 64 MiB'],
  ['of gzip that unfolds to more than that', BOMB, 'more than 64 MiB'],
  [
    'of JSON that unfolds when it is parsed',
    answers.json(`[${'[],'.repeat(2_000_001)}[]]`),
    'more than 2 million JSON values',
  ],
])('a body %s', (_, instead, words) => {
  test('of a list: it is requested in pages, and then that is the end', async () => {
    await using server = await startServer({ objects: everything });
    server.always('LIST virtualservices', { instead });
    const { store } = await openStore(server);
    const { reason, message } = await errorOf(store.read());
    expect(reason).toBe('unreachable');
    expect(message).toBe(
      `The API server ${server.url} answered with ${words} when asked to list virtualservices in namespace "default". ` +
        "Check the server's address in the kubeconfig, and the proxy in between.",
    );
    const asked = server.requests.filter(({ resource }) => resource === 'virtualservices');
    expect(asked.map(({ query }) => query)).toEqual([{}, { limit: '500' }]);
  });

  test('of a write: a look tells that it was written', async () => {
    await using server = await startServer({ objects: everything });
    server.on('PUT virtualservices', { instead });
    const { store } = await openStore(server);
    const written = await store.write(await weightWrite(store, 20));
    expect(written).toEqual(server.objects.find('VirtualService', 'default', 'api'));
  });
});

test('an object is no larger than a few MiB: an answer of more is not read on', async () => {
  await using server = await startServer({ objects: everything });
  server.on('PUT virtualservices', { instead: answers.json(`{"a":"${'x'.repeat(9 * 1024 * 1024)}"}`) });
  const { store } = await openStore(server);
  const write = await weightWrite(store, 20);
  expect((await store.write(write)).spec).toEqual(write.after.spec);
  expect(store.warnings[0]).toMatch(
    /answered with more than 8 MiB .* A look at the object shows that it was written\.$/,
  );
});

test('a list that is too large for one answer comes in pages', async () => {
  await using server = await startServer({ objects: everything, pageSize: 1 });
  server.on('LIST pods', { instead: ENDLESS });
  const { store } = await openStore(server);
  expect((await store.read()).pods).toMatchObject({ state: 'known', items: [{}] });
});

test.each([403, 500])('a refusal without end: its status counts (%d)', async (status) => {
  await using server = await startServer({ objects: everything });
  server.always('LIST virtualservices', { instead: { status, endless: 'x' } });
  const { store } = await openStore(server);
  const { reason, message } = await errorOf(store.read());
  expect(reason).toBe(status === 403 ? 'forbidden' : 'unreachable');
  expect(message).toContain(status === 403 ? '(status 403)' : '(500): status 500');
  expect(message.length).toBeLessThan(2_000);
});

test.each<[string, (seen: { readonly query: Readonly<Record<string, string>> }) => string, string, number]>([
  [
    'a next page for ever',
    ({ query }) => `${Number(query['continue'] ?? 0) + 1}`,
    '(201 pages, and more)',
    201,
  ],
  ['the same next page twice', () => 'again', '(it names the same next page twice)', 2],
])('a list with %s', async (_, next, words, pages) => {
  await using server = await startServer({ objects: everything });
  server.always('LIST virtualservices', {
    instead: (seen) => page([], { metadata: { continue: next(seen) } }),
  });
  const { store } = await openStore(server);
  const { reason, message } = await errorOf(store.read());
  expect(reason).toBe('unreachable');
  expect(message).toContain(`its list has no end ${words}`);
  expect(server.requests.filter(({ resource }) => resource === 'virtualservices')).toHaveLength(pages);
});

test.each(['0', '00', 'Thu, 01 Jan 1970 00:00:00 GMT'])(
  'Retry-After: %s is no invitation to hurry',
  async (after) => {
    await using server = await startServer({ objects: everything });
    const busy = answers.status(429, 'slow down', { 'retry-after': after });
    server.always('LIST virtualservices', { instead: busy });
    const { store, pauses } = await openStore(server);
    await errorOf(store.read());
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(100);
    expect(pauses.length).toBeLessThanOrEqual(300);
  },
);
