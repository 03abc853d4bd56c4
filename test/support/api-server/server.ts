/**
 * A Kubernetes API server as far as we use one: it holds objects, records every request, and answers as told.
 *
 *     await using server = await startServer({ objects, users: { 't0ken-of-ci': 'ci' } });
 *     server.on('PUT virtualservices', answers.conflict, 'ok').always('LIST pods', answers.status(500));
 *     run({ kubeconfig: kubeconfig(server, { token: 't0ken-of-ci' }) });
 *     expect(server.transcript()).toEqual(['LIST pods', …]);
 */
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { stringify } from 'yaml';
import { isObject, type JsonObject } from '../../../src/base/json.ts';
import type { Reply } from './answers.ts';
import { handle } from './api.ts';
import { Objects, type Resource } from './objects.ts';
import { forwarder, type PodPort } from './port-forward.ts';

export { answers } from './answers.ts';

export type Verb = 'LIST' | 'LIST-ALL' | 'GET' | 'PUT' | 'POST' | 'DELETE' | 'DRYRUN';
/**
 * `DRYRUN` is a write with `dryRun=All`; `PUT`, `POST` and `DELETE` only one that is meant. `*` is none of lists of all namespaces, which no
 * run depends on.
 */
export type Pattern = `${Verb | '*'} ${Resource | '*'}`;

/** What one request gets. */
export type Step =
  /** Whatever a real server would do. */
  | 'ok'
  | Reply
  /** The connection breaks off, before or after the request was carried out. */
  | { readonly drop: 'before' | 'after' }
  /** No answer ever, though the request may have been carried out. */
  | { readonly hang: 'before' | 'after' }
  /** It is carried out, and the answer is another one than the server's. */
  | { readonly instead: Reply | ((seen: Recorded) => Reply) }
  /** Somebody else acts first: the change is made, then the request is carried out. */
  | { readonly meanwhile: (objects: Objects) => void };

export interface Recorded {
  /** `LIST-ALL`: a list of all namespaces. */
  readonly verb: Verb | 'OTHER';
  readonly resource: string;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly userAgent: string;
  /** Scheme alone (`Bearer ***`): a snapshot must not hold a token. */
  readonly authorization: string;
  /** Who it was: a name from `users`, the common name of a client certificate, else null. */
  readonly user: string | null;
  readonly impersonated: string | null;
  readonly body: JsonObject | null;
}

export interface ServerOptions {
  readonly objects?: readonly JsonObject[];
  /** Token, or the base64 of `user:password`, to user name; absent: everybody is let in. */
  readonly users?: Readonly<Record<string, string>>;
  /** The user whom a token is of, where that follows from the token; `users` is asked besides. */
  readonly userOfToken?: (token: string) => string | undefined;
  /** Tokens that are good for so many requests, and then run out without having said when. */
  readonly requestsOf?: Readonly<Record<string, number>>;
  /** May lists be of all namespaces? Default false: a Role for one namespace is the normal case. */
  readonly wholeCluster?: boolean;
  /** Versions of networking.istio.io; default both. */
  readonly istio?: readonly ('v1' | 'v1beta1')[];
  /** Does it know ServiceEntries? Default true. */
  readonly serviceEntries?: boolean;
  /** Items of a page, as some servers send lists in parts; default all. */
  readonly pageSize?: number;
  /** https in place of http; with `clientCa` it asks for a certificate and takes its common name for the user. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa?: string };
  /** Words of refusal of an admission webhook; undefined: fine. */
  readonly webhook?: (object: JsonObject) => string | undefined;
  /** Gateways that can be read by their names, `namespace/name`; default none. */
  readonly gateways?: Readonly<Record<string, JsonObject>>;
  /** What is behind ports of pods, by `namespace/pod:port`: `istio-system/gateway-1:15000`. */
  readonly ports?: Readonly<Record<string, PodPort>>;
  /** Sent as `Warning` headers with every write. */
  readonly warnings?: readonly string[];
}

export interface FakeServer extends AsyncDisposable {
  /** `http://127.0.0.1:40001` */
  readonly url: string;
  readonly requests: readonly Recorded[];
  readonly objects: Objects;
  /** How many connections were opened. */
  readonly connections: number;
  /** The next matching requests get these steps, one each, then whatever they would get without. */
  on(pattern: Pattern, ...steps: readonly Step[]): FakeServer;
  /** Every matching request for which no step is left. */
  always(pattern: Pattern, step: Step): FakeServer;
  /** Takes a right away: `deny('list', 'pods')`. */
  deny(
    verb: 'get' | 'list' | 'update' | 'create' | 'delete',
    resource: Resource | 'pods/portforward',
  ): FakeServer;
  /** `LIST pods`, `PUT virtualservices/api`, …, in order; lists that follow each other sorted, for they are parallel. */
  transcript(): string[];
  /** Told of each request that gets no answer (a step `hang`). */
  onHang(hears: (request: Recorded) => void): FakeServer;
  close(): Promise<void>;
}

export async function startServer(options: ServerOptions = {}): Promise<FakeServer> {
  const objects = new Objects(options.objects ?? []);
  const requests: Recorded[] = [];
  const scripted: { readonly pattern: Pattern; readonly steps: Step[]; readonly forever: boolean }[] = [];
  const denied = new Set<string>();
  const hangHearers: ((request: Recorded) => void)[] = [];
  const hangs = (step: Step, when: 'before' | 'after', seen: Recorded): boolean => {
    const does = step !== 'ok' && 'hang' in step && step.hang === when;
    if (does) for (const hears of hangHearers) hears(seen);
    return does;
  };
  const sockets = new Set<Socket>();
  let connections = 0;

  const used = new Map<string, number>();
  const seenOf = (request: IncomingMessage, body: string): Recorded => {
    const token = request.headers.authorization?.replace(/^\S+ /, '') ?? '';
    // Whether lists of all namespaces come before the others, nobody can say.
    const isCounted = request.url?.includes('/namespaces/') === true;
    used.set(token, Number(isCounted) + (used.get(token) ?? 0));
    const isSpent = (used.get(token) ?? 0) > (options.requestsOf?.[token] ?? Infinity);
    const known = recorded(request, body, options);
    const seen = isSpent ? { ...known, user: null } : known;
    requests.push(seen);
    return seen;
  };
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const seen = seenOf(request, await bodyOf(request));
    const step = nextStep(scripted, seen);
    if (step !== 'ok' && 'drop' in step && step.drop === 'before') return void request.socket.destroy();
    if (hangs(step, 'before', seen)) return;
    if (step !== 'ok' && 'meanwhile' in step) step.meanwhile(objects);
    const reply = step !== 'ok' && 'status' in step ? step : handle(seen, objects, options, denied);
    if (hangs(step, 'after', seen)) return;
    if (step !== 'ok' && 'drop' in step) return void request.socket.destroy();
    const said = step !== 'ok' && 'instead' in step ? insteadOf(step.instead, seen) : reply;
    response.writeHead(said.status, { 'content-type': 'application/json', ...said.headers });
    if (said.endless === undefined) response.end(said.raw ?? JSON.stringify(said.body ?? {}));
    else sendForEver(response, said.endless);
  };
  const listener = (request: IncomingMessage, response: ServerResponse) => void serve(request, response);
  const { tls } = options;
  const server =
    tls === undefined
      ? createHttpServer(listener)
      : createHttpsServer(
          {
            cert: tls.cert,
            key: tls.key,
            ...(tls.clientCa === undefined
              ? {}
              : { ca: tls.clientCa, requestCert: true, rejectUnauthorized: false }),
          },
          listener,
        );
  const forward = forwarder(options, objects, denied);
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const seen = seenOf(request, '');
    if (!forward(seen, { request, socket, head })) for (const hears of hangHearers) hears(seen);
  });
  // By default an idle connection ends after five seconds, which a busy machine may need for a process's next request.
  server.keepAliveTimeout = 0;
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => server.close(done));
  };

  const fake: FakeServer = {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    requests,
    objects,
    get connections() {
      return connections;
    },
    onHang(hears) {
      hangHearers.push(hears);
      return fake;
    },
    on(pattern, ...steps) {
      scripted.push({ pattern, steps: [...steps], forever: false });
      return fake;
    },
    always(pattern, step) {
      scripted.push({ pattern, steps: [step], forever: true });
      return fake;
    },
    deny(verb, resource) {
      denied.add(`${verb} ${resource}`);
      return fake;
    },
    transcript: () => transcriptOf(requests),
    close,
    [Symbol.asyncDispose]: close,
  };
  return fake;
}

/** A kubeconfig for the server, as YAML. */
export function kubeconfig(
  server: { readonly url: string },
  options: {
    readonly token?: string;
    /** Default: none, so `default`. */
    readonly namespace?: string;
    /** Default `test`. */
    readonly context?: string;
    /** More fields of the user and of the cluster: `exec`, `certificate-authority-data`. */
    readonly user?: JsonObject;
    readonly cluster?: JsonObject;
  } = {},
): string {
  const { token, namespace, context = 'test', user, cluster } = options;
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'fake', cluster: { server: server.url, ...cluster } }],
    users: [{ name: 'someone', user: { ...(token === undefined ? {} : { token }), ...user } }],
    contexts: [
      {
        name: context,
        context: { cluster: 'fake', user: 'someone', ...(namespace === undefined ? {} : { namespace }) },
      },
    ],
    'current-context': context,
  });
}

function recorded(request: IncomingMessage, text: string, options: ServerOptions): Recorded {
  const url = new URL(request.url ?? '/', 'http://server');
  const { method = '', headers } = request;
  const [, , , resource = '', name] =
    /^\/(api\/v1|apis\/([^/]+\/[^/]+))\/namespaces\/[^/]+\/([^/]+)(?:\/([^/]+))?$/.exec(url.pathname) ?? [];
  const [, , , ofAll] = /^\/(api\/v1|apis\/([^/]+\/[^/]+))\/([^/]+)$/.exec(url.pathname) ?? [];
  const query = Object.fromEntries(url.searchParams);
  const parsed: unknown = text === '' ? null : JSON.parse(text);
  return {
    verb:
      ofAll !== undefined && method === 'GET'
        ? 'LIST-ALL'
        : resource === ''
          ? 'OTHER'
          : verbOf(method, name, query),
    resource: ofAll ?? resource,
    method,
    path: url.pathname,
    query,
    userAgent: headers['user-agent'] ?? '',
    authorization: (headers.authorization ?? '').replace(/ .*/s, ' ***'),
    user: userOf(request, options),
    impersonated: headers['impersonate-user']?.toString() ?? null,
    body: isObject(parsed) ? parsed : null,
  };
}

function verbOf(
  method: string,
  name: string | undefined,
  query: Readonly<Record<string, string>>,
): Recorded['verb'] {
  if (method === 'GET') return name === undefined ? 'LIST' : 'GET';
  if (method !== 'PUT' && method !== 'POST' && method !== 'DELETE') return 'OTHER';
  return query['dryRun'] === undefined ? method : 'DRYRUN';
}

function userOf(
  { headers, socket }: IncomingMessage,
  { users, userOfToken, tls }: ServerOptions,
): string | null {
  const credential = headers.authorization?.replace(/^\S+ /, '');
  if (credential !== undefined) return userOfToken?.(credential) ?? users?.[credential] ?? null;
  if (tls?.clientCa === undefined || !(socket instanceof TLSSocket) || !socket.authorized) return null;
  const { CN } = socket.getPeerCertificate().subject;
  return typeof CN === 'string' ? CN : null;
}

function nextStep(
  scripted: readonly { readonly pattern: Pattern; readonly steps: Step[]; readonly forever: boolean }[],
  seen: Recorded,
): Step {
  const fits = ({ pattern, steps }: (typeof scripted)[number]) => {
    const [verb, resource] = pattern.split(' ');
    return (
      steps.length > 0 &&
      (verb === '*' ? seen.verb !== 'LIST-ALL' : verb === seen.verb) &&
      (resource === '*' || resource === seen.resource)
    );
  };
  const once = scripted.find((script) => !script.forever && fits(script));
  return once?.steps.shift() ?? scripted.find((script) => script.forever && fits(script))?.steps[0] ?? 'ok';
}

function transcriptOf(requests: readonly Recorded[]): string[] {
  const lines: string[] = [];
  let lists: string[] = [];
  for (const { verb, resource, method, path } of requests) {
    const line = verb === 'OTHER' ? `${method} ${path}` : `${verb} ${resource}`;
    if (verb === 'LIST' || verb === 'LIST-ALL') {
      lists.push(line);
      continue;
    }
    lines.push(...lists.sort(), verb === 'OTHER' ? line : `${line}/${path.slice(path.lastIndexOf('/') + 1)}`);
    lists = [];
  }
  return [...lines, ...lists.sort()];
}

function insteadOf(instead: Reply | ((seen: Recorded) => Reply), seen: Recorded): Reply {
  return typeof instead === 'function' ? instead(seen) : instead;
}

/** As fast as it is read, and no faster: this process is to live, too. */
function sendForEver(response: ServerResponse, text: string): void {
  const chunk = Buffer.from(text.repeat(Math.ceil(65_536 / text.length)));
  const send = (): void => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', send);
  send();
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks).toString('utf8');
}
