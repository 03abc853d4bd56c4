/** The way to ports of pods, through port-forwards of an API server. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/base/json.ts';
import { TrafficError } from '../../../src/base/errors.ts';
import type { Proxies } from '../../../src/ports/proxies.ts';
import type { KubernetesOptions } from '../../../src/stores/kubernetes/store.ts';
import { greeting, message } from '../../cluster/plane/forwarding.ts';
import type { PodPort } from '../../support/api-server/port-forward.ts';
import { authority } from '../../support/api-server/certificates.ts';
import { startProxy } from '../../support/api-server/proxy.ts';
import { answers, kubeconfig, startServer, type FakeServer } from '../../support/api-server/server.ts';
import { errorOf, openStore, pod } from '../../support/kubernetes-store.ts';

const gateway = (name: string, ready = true, metadata: JsonObject = {}): JsonObject =>
  pod(name, ready, { namespace: 'edge', labels: { istio: 'ingress', build: '1' }, ...metadata });
const POD = { namespace: 'edge', name: 'gw-1', ready: true };
const PATH = '/api/v1/namespaces/edge/pods/gw-1/portforward';

const open: (Server | FakeServer)[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server[Symbol.asyncDispose]();
});

/** A server of the pod, on a port of this machine. */
async function listening(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  open.push(server);
  return (server.address() as AddressInfo).port;
}

/** What a pod answers, as HTTP. */
const web = (answer: RequestListener): Promise<number> => listening(createHttpServer(answer));

/** What a pod says as soon as somebody is connected. */
const raw = (says: (socket: Socket) => void): Promise<number> =>
  listening(
    createServer((socket) => {
      socket.on('error', () => undefined).resume();
      says(socket);
    }),
  );

async function cluster(
  port: PodPort,
  options: Parameters<typeof startServer>[0] & { readonly open?: Partial<KubernetesOptions> } = {},
): Promise<{ readonly server: FakeServer; readonly proxies: Proxies }> {
  const server = await startServer({
    objects: [gateway('gw-1')],
    ports: { 'edge/gw-1:15000': port },
    ...options,
  });
  open.push(server);
  return { server, proxies: await proxiesOf(server, options.open) };
}

async function proxiesOf(server: FakeServer, options?: Partial<KubernetesOptions>): Promise<Proxies> {
  const { store } = await openStore(server, options);
  if (store.proxies === undefined) throw new Error('A cluster has proxies.');
  return store.proxies;
}

const dump = (proxies: Proxies, signal?: AbortSignal): Promise<string> =>
  proxies.get(POD, 15000, '/config_dump?resource=routes', signal);

describe('one request', () => {
  test('reaches the port of the pod, with path and query, and the body comes back', async () => {
    const dial = await web((request, response) => {
      response.end(JSON.stringify([request.method, request.url, request.headers.host]));
    });
    const { server, proxies } = await cluster({ dial });
    expect(JSON.parse(await dump(proxies))).toEqual([
      'GET',
      '/config_dump?resource=routes',
      '127.0.0.1:15000',
    ]);
    expect(server.requests).toMatchObject([
      { method: 'GET', path: PATH, query: { ports: '15000' }, userAgent: 'istiops/1.2.3' },
    ]);
  });

  test('a body of 20 MiB comes whole, however it is cut into messages', async () => {
    const body = 'ä'.repeat(10 * 1024 * 1024);
    const dial = await web((_request, response) => response.end(body));
    const { proxies } = await cluster({ dial });
    expect((await dump(proxies)) === body).toBe(true);
  });

  test('many at once are each on a connection of their own', async () => {
    const dial = await web((request, response) => response.end(request.url));
    const { server, proxies } = await cluster({ dial });
    const paths = Array.from({ length: 20 }, (_, number) => `/${number}`);
    expect(await Promise.all(paths.map((path) => proxies.get(POD, 15000, path)))).toEqual(paths);
    expect(server.connections).toBe(20);
  });

  test('the next one takes the same way, unless that has ended meanwhile', async () => {
    const sockets: Socket[] = [];
    const dial = await web((request, response) => {
      sockets.push(request.socket);
      response.end(request.url);
    });
    const { server, proxies } = await cluster({ dial });
    for (const path of ['/1', '/2', '/3']) expect(await proxies.get(POD, 15000, path)).toBe(path);
    expect([server.requests.length, new Set(sockets).size]).toEqual([1, 1]);
    sockets[0]?.destroy();
    expect(await proxies.get(POD, 15000, '/4')).toBe('/4');
    expect([server.requests.length, new Set(sockets).size]).toEqual([2, 2]);
  });

  test('a pod that ends its connection, or answers with a refusal, does not keep others from being asked', async () => {
    const dial = await web((request, response) => {
      response.setHeader('connection', request.url === '/1' ? 'close' : 'keep-alive');
      response.writeHead(request.url === '/2' ? 404 : 200).end(request.url);
    });
    const { server, proxies } = await cluster({ dial });
    expect(await proxies.get(POD, 15000, '/1')).toBe('/1');
    expect((await errorOf(proxies.get(POD, 15000, '/2'))).reason).toBe('rejected');
    expect(await proxies.get(POD, 15000, '/3')).toBe('/3');
    expect(server.requests.length).toBe(2);
  });

  test('one that is kept ends when nobody asks for a while', async () => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const dial = await web((request, response) => {
      request.socket.on('close', () => {
        resolve(true);
      });
      response.end('ok');
    });
    const limits: string[] = [];
    const limit = (milliseconds: number, what: string): AbortSignal => {
      limits.push(`${what} ${milliseconds}`);
      return what.startsWith('keep') ? AbortSignal.timeout(1) : new AbortController().signal;
    };
    const { server } = await cluster({ dial });
    const proxies = await proxiesOf(server, { time: { limit } });
    expect(await dump(proxies)).toBe('ok');
    expect(await promise).toBe(true);
    expect(limits).toEqual([
      'get port 15000 of pod edge/gw-1 20000',
      'keep port 15000 of pod edge/gw-1 10000',
    ]);
  });

  test('ends its connection, whatever the pod does', async () => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const dial = await raw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok and more');
      socket.on('close', () => {
        resolve(true);
      });
    });
    const { proxies } = await cluster({ dial });
    expect(await dump(proxies)).toBe('ok');
    expect(await promise).toBe(true);
  });
});

describe('what the API server refuses', () => {
  test.each(['get', 'create'] as const)('without %s on pods/portforward: forbidden', async (verb) => {
    const { server, proxies } = await cluster({ dial: 1 });
    server.deny(verb, 'pods/portforward');
    const { reason, message: words } = await errorOf(dump(proxies));
    expect(reason).toBe('forbidden');
    expect(words).toContain(`Not allowed in namespace "edge" of ${server.url}`);
    expect(words).toContain(`cannot ${verb} resource "pods/portforward"`);
    expect(words).toContain('get and create on pods/portforward');
  });

  test('a pod that is gone: not found', async () => {
    const { proxies } = await cluster({ dial: 1 });
    const gone = await errorOf(proxies.get({ ...POD, name: 'gw-2' }, 15000, '/'));
    expect(gone).toMatchObject({ reason: 'not-found' });
    expect(gone.message).toContain('pods "gw-2" not found');
  });

  test.each(['..', 'gw-1/exec', 'gw-1?x=', ''])(
    'a pod that can have no such name, %j: not found',
    async (name) => {
      const { server, proxies } = await cluster({ dial: 1 });
      expect((await errorOf(proxies.get({ ...POD, name }, 15000, '/'))).reason).toBe('not-found');
      expect(server.requests).toEqual([]);
    },
  );

  const REFUSALS: readonly [string, ReturnType<typeof answers.status>, string][] = [
    [
      'its kubelet away',
      answers.status(500, 'error dialing backend: connection refused'),
      'error dialing backend',
    ],
    [
      'no host yet',
      answers.status(400, 'pod gw-1 does not have a host assigned'),
      'does not have a host assigned',
    ],
    ['a login page', answers.loginPage, '(200): status 200'],
    [
      'somewhere else',
      { status: 302, headers: { location: 'http://elsewhere.test/' }, raw: '' },
      'redirects to http://elsewhere.test/ when',
    ],
    ['words without end', { status: 502, endless: 'too much ' }, '(502)'],
  ];
  test.each(REFUSALS)('%s: unreachable', async (_what, refuse, words) => {
    const { proxies } = await cluster({ refuse });
    const { reason, message: said } = await errorOf(dump(proxies));
    expect(reason).toBe('unreachable');
    expect(said).toContain(words);
  });

  test('a policy against port-forwards is no missing right', async () => {
    const { reason, message } = await errorOf(
      dump((await cluster({ refuse: answers.denied('not here', 403) })).proxies),
    );
    expect(reason).toBe('rejected');
    expect(message).toContain('denied the request: configuration is invalid: not here');
    expect(message).not.toContain('Role');
  });

  test('busy and slow servers are named so', async () => {
    const busy = await errorOf(dump((await cluster({ refuse: answers.busy(1) })).proxies));
    expect(busy.reason).toBe('unreachable');
    expect(busy.message).toContain('(429)');
    const slow = await errorOf(dump((await cluster({ refuse: answers.status(504, 'slow') })).proxies));
    expect(slow.reason).toBe('timeout');
  });
});

describe('what is no port-forward', () => {
  const [data = Buffer.of(), fault = Buffer.of()] = greeting(15000);
  const ODD: readonly [string, PodPort, string][] = [
    ['no protocol', { protocol: false }, 'opens no WebSocket'],
    ['another protocol', { protocol: 'v9.else' }, 'opens no WebSocket'],
    ['an end at once', { messages: [] }, 'ended without an answer'],
    ['a text', { messages: ['hello'] }, 'does not speak the protocol'],
    ['an empty message', { messages: [Buffer.of()] }, 'does not speak the protocol'],
    ['a channel that is none', { messages: [Buffer.of(7, 1, 2)] }, 'does not speak the protocol'],
    ['half of a port', { messages: [Buffer.of(0, 1)] }, 'does not speak the protocol'],
    ['another port', { messages: [...greeting(15001)] }, 'does not speak the protocol'],
    ['a message of 2 MiB', { messages: [data, fault, message('data', Buffer.alloc(2 ** 21))] }, 'broke off'],
    ['an end behind the greeting', { messages: [data, fault] }, 'ended without an answer'],
    ['no HTTP', { messages: [data, fault, message('data', 'SSH-2.0-OpenSSH_9.6\r\n')] }, 'is no HTTP (HPE_'],
    [
      'a part of a head',
      { messages: [data, fault, message('data', 'HTTP/1.1 200 OK\r\ncontent-l')] },
      'ended without an answer',
    ],
    [
      'a part of a body',
      { messages: [data, fault, message('data', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf')] },
      'was cut off',
    ],
    [
      'a part of a chunk',
      {
        messages: [
          data,
          fault,
          message('data', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nha'),
        ],
      },
      'was cut off',
    ],
    [
      'another protocol over HTTP',
      {
        messages: [
          data,
          fault,
          message('data', 'HTTP/1.1 101 Go\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n'),
        ],
      },
      'ended without an answer',
    ],
    [
      'nothing that listens, in the words of the kubelet',
      { messages: [data, fault, message('fault', 'dial tcp4 127.0.0.1:15000: connection refused')] },
      'dial tcp4 127.0.0.1:15000: connection refused',
    ],
    [
      'a fault in the middle of the answer',
      {
        messages: [
          data,
          fault,
          message('data', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf'),
          message('fault', 'the pod was stopped'),
        ],
      },
      'the pod was stopped',
    ],
  ];
  test.each(ODD)('%s: unreachable, with words', async (_what, port, words) => {
    const { server, proxies } = await cluster(port);
    const { reason, message: said } = await errorOf(dump(proxies));
    expect(reason).toBe('unreachable');
    expect(said).toContain(`port 15000 of pod edge/gw-1 through the API server ${server.url}`);
    expect(said).toContain(words);
  });

  test('nothing listens in the pod', async () => {
    const { proxies } = await cluster({ dial: 1 });
    const { reason, message: said } = await errorOf(dump(proxies));
    expect(reason).toBe('unreachable');
    expect(said).toContain('error forwarding port 15000 to pod gw-1');
  });

  test('a fault after the whole answer changes nothing', async () => {
    const { proxies } = await cluster({
      messages: [
        data,
        fault,
        message('data', 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n'),
        message('data', 'done'),
        message('fault', 'connection reset by peer'),
      ],
    });
    expect(await dump(proxies)).toBe('done');
  });

  test('what the kubelet says is cut, and holds no secret', async () => {
    const words = `t0ken-of-ci ${'and so on '.repeat(10_000)}`;
    const { proxies } = await cluster(
      { messages: [data, fault, message('fault', words)] },
      { users: { 't0ken-of-ci': 'ci' } },
    );
    const server = open.at(-1) as FakeServer;
    const known = await proxiesOf(server, { kubeconfig: kubeconfig(server, { token: 't0ken-of-ci' }) });
    const { message: said } = await errorOf(dump(known));
    expect(said.length).toBeLessThan(2_000);
    expect(said).not.toContain('t0ken-of-ci');
    expect((await errorOf(dump(proxies))).reason).toBe('unauthorized');
  });
});

describe('what the pod answers', () => {
  test('another status: rejected, with the first line', async () => {
    const dial = await web((_request, response) => response.writeHead(404).end('invalid path\nand help'));
    const { proxies } = await cluster({ dial });
    const { reason, message: said } = await errorOf(dump(proxies));
    expect(reason).toBe('rejected');
    expect(said).toBe(
      'Port 15000 of pod edge/gw-1 answers GET /config_dump?resource=routes with status 404: invalid path',
    );
  });

  test('more than 64 MiB: unreachable, and the connection ends', async () => {
    const part = Buffer.alloc(1024 * 1024, ' ');
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const dial = await web((_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(part));
      };
      response.on('drain', more).on('close', () => {
        resolve(true);
      });
      more();
    });
    const { proxies } = await cluster({ dial });
    const { reason, message: said } = await errorOf(dump(proxies));
    expect(reason).toBe('unreachable');
    expect(said).toContain('with more than 64 MiB');
    expect(await promise).toBe(true);
  });
});

describe('an end to waiting', () => {
  test.each(['before', 'after'] as const)('no answer %s the WebSocket is open: timeout', async (silent) => {
    const { proxies } = await cluster({ silent });
    const { reason, message: said } = await errorOf(dump(proxies));
    expect(reason).toBe('timeout');
    expect(said).toContain('No answer came in time from port 15000 of pod edge/gw-1');
  });

  test('the caller has waited long enough: timeout', async () => {
    const { proxies } = await cluster({ silent: 'after' }, { open: { time: undefined } });
    expect((await errorOf(dump(proxies, AbortSignal.timeout(20)))).reason).toBe('timeout');
  });

  test('the run is cancelled: cancelled, and what begins afterwards is not', async () => {
    const controller = new AbortController();
    const dial = await web((_request, response) => {
      controller.abort(new TrafficError('cancelled', 'SIGTERM came.'));
      response.end('late');
    });
    const { server } = await cluster({ dial });
    const proxies = await proxiesOf(server, { signal: controller.signal });
    expect(await errorOf(dump(proxies))).toEqual({ reason: 'cancelled', message: 'SIGTERM came.' });
    expect(await dump(proxies)).toBe('late');
  });

  test('aborted before it begins: nothing is sent', async () => {
    const { server, proxies } = await cluster({ silent: 'after' });
    const signal = AbortSignal.abort(new TrafficError('cancelled', 'Too late.'));
    expect((await errorOf(dump(proxies, signal))).message).toBe('Too late.');
    expect(server.requests).toEqual([]);
  });
});

describe('the way to the API server', () => {
  const ca = authority();
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const trusted = { 'certificate-authority-data': base64(ca.cert) };
  const tls = { ...ca.issue({ commonName: 'localhost' }), clientCa: ca.cert };
  const ok: RequestListener = (_request, response) => response.end('ok');
  const as = (server: FakeServer, user: JsonObject, env = {}): Promise<Proxies> =>
    proxiesOf(server, { kubeconfig: kubeconfig(server, { user, cluster: trusted }), env });

  test('a token, a certificate, a password, another user: as with any other request', async () => {
    const users = { 't0ken-of-ci': 'ci', [base64('me:pass')]: 'me' };
    const { server } = await cluster({ dial: await web(ok) }, { tls, users });
    const certificate = ca.issue({ commonName: 'deployer', organization: 'ci' });
    const them = [
      { token: 't0ken-of-ci' },
      { 'client-certificate-data': base64(certificate.cert), 'client-key-data': base64(certificate.key) },
      { username: 'me', password: 'pass' },
      { token: 't0ken-of-ci', as: 'somebody' },
    ];
    for (const user of them) expect(await dump(await as(server, user))).toBe('ok');
    expect(server.requests.map(({ user, impersonated }) => impersonated ?? user)).toEqual([
      'ci',
      'deployer',
      'me',
      'somebody',
    ]);
  });

  test('a server that the kubeconfig does not trust', async () => {
    const { server, proxies } = await cluster({ dial: 1 }, { tls });
    const { reason, message: said } = await errorOf(dump(proxies));
    expect(reason).toBe('unreachable');
    expect(said).toContain(`The API server ${server.url} can't be trusted`);
    expect(server.requests).toEqual([]);
  });

  test('a refused token is renewed, once', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'proxies-'));
    try {
      const script =
        `const fs = require("fs"), log = ${JSON.stringify(join(folder, 'log'))}; fs.appendFileSync(log, "x");` +
        'const token = "t0ken-" + fs.readFileSync(log).length;' +
        'console.log(JSON.stringify({ apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status: { token } }))';
      const apiVersion = 'client.authentication.k8s.io/v1';
      const user = { exec: { apiVersion, command: process.execPath, args: ['-e', script] } };
      const { server } = await cluster({ dial: await web(ok) }, { tls, users: { 't0ken-2': 'ci' } });
      const proxies = await as(server, user);
      expect(await dump(proxies)).toBe('ok');
      expect(server.requests.map((request) => request.user)).toEqual([null, 'ci']);
      // From here on no token is good.
      const stranger = await as(server, user);
      expect((await errorOf(dump(stranger))).reason).toBe('unauthorized');
      expect(server.requests.length).toBe(4);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('through the proxy of the environment, http and https', async () => {
    await using proxy = await startProxy({ credentials: 'me:pr0xy-pass' });
    const address = proxy.url.replace('//', '//me:pr0xy-pass@');
    const env = { HTTPS_PROXY: address, HTTP_PROXY: address };
    for (const with_ of [{ tls }, {}]) {
      proxy.seen.length = 0;
      const users = { 't0ken-of-ci': 'ci' };
      const { server } = await cluster({ dial: await web(ok) }, { users, ...with_ });
      expect(await dump(await as(server, { token: 't0ken-of-ci' }, env))).toBe('ok');
      expect(proxy.seen).toEqual([`CONNECT ${new URL(server.url).host}`]);
    }
  });

  test('nobody there', async () => {
    const { server, proxies } = await cluster({ dial: 1 });
    await server.close();
    const { reason, message: said } = await errorOf(dump(proxies));
    expect(reason).toBe('unreachable');
    expect(said).toContain('nothing listens there (connection refused)');
  });

  test('through a proxy that refuses', async () => {
    await using proxy = await startProxy({ credentials: 'me:pr0xy-pass' });
    const { server } = await cluster({ dial: 1 });
    const proxies = await proxiesOf(server, { env: { HTTP_PROXY: proxy.url } });
    const { reason, message: said } = await errorOf(dump(proxies));
    expect(reason).toBe('unreachable');
    expect(said).toContain(`the proxy in between (${proxy.url}) answered 407`);
  });
});

describe('rights', () => {
  test('all there: nothing is missing, three questions for each namespace', async () => {
    const { server, proxies } = await cluster({ dial: 1 });
    expect(await proxies.rights(['edge', 'istio-system', 'edge'])).toEqual([]);
    expect(server.requests.length).toBe(6);
  });

  test.each([
    ['list', 'pods'],
    ['get', 'pods/portforward'],
    ['create', 'pods/portforward'],
  ] as const)('without %s %s that is what is missing', async (verb, resource) => {
    const { server, proxies } = await cluster({ dial: 1 });
    server.deny(verb, resource);
    expect(await proxies.rights(['edge'])).toEqual([{ namespace: 'edge', verb, resource }]);
  });

  test('a server that lets nobody ask', async () => {
    const { server, proxies } = await cluster({ dial: 1 });
    server.always(
      '* *',
      answers.forbidden('ci', 'create', 'selfsubjectaccessreviews', 'authorization.k8s.io', ''),
    );
    expect(await proxies.rights(['edge'])).toEqual([
      { namespace: 'edge', verb: 'create', resource: 'selfsubjectaccessreviews' },
    ]);
  });
});

describe('pods', () => {
  test('those with the labels, by name, without those that go', async () => {
    const evicted = { ...gateway('gw-5', false), status: { phase: 'Failed' } };
    const { server, proxies } = await cluster(
      { dial: 1 },
      {
        objects: [
          gateway('gw-2', false),
          gateway('gw-1'),
          gateway('gw-3', true, { deletionTimestamp: '2026-11-01T00:00:00Z' }),
          evicted,
          gateway('other', true, { labels: { istio: 'egress' } }),
          pod('elsewhere', true, { labels: { istio: 'ingress' } }),
        ],
      },
    );
    expect(await proxies.pods('edge', { istio: 'ingress' })).toEqual([
      { namespace: 'edge', name: 'gw-1', ready: true },
      { namespace: 'edge', name: 'gw-2', ready: false },
    ]);
    expect(server.requests[0]?.query).toEqual({ labelSelector: 'istio=ingress' });
  });

  test('not allowed: forbidden, with what a Role needs', async () => {
    const { server, proxies } = await cluster({ dial: 1 });
    server.deny('list', 'pods');
    const { reason, message: said } = await errorOf(proxies.pods('edge', {}));
    expect(reason).toBe('forbidden');
    expect(said).toContain('a Role needs the verb list on pods');
  });
});
