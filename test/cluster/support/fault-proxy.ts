import { once } from 'node:events';
import * as http from 'node:http';
import { constants, createSecureServer, Http2ServerResponse, type Http2ServerRequest } from 'node:http2';
import * as https from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { authority, issue } from '../plane/certs.ts';
import { EFFECTS, held, type Answer, type Effect, type Exchange, type Fault, type Held } from './faults.ts';

export interface FaultProxy extends AsyncDisposable {
  /** `https://127.0.0.1:40001` */
  readonly url: string;
  /** PEM; of the authority that signed the proxy's certificate. */
  readonly ca: string;
  /** The requests since the last `begin` or `hold`: `LIST pods`, `TRY virtualservices`, `PUT virtualservices`. */
  readonly requests: readonly string[];
  /** Counts from 0 again; the request of this number gets a fault, or none does. */
  begin(at?: number, fault?: Fault): void;
  /** Counts from 0 again; resolves when the request of this number comes, which is then held. */
  hold(at: number): Promise<Held>;
}

export interface Upstream {
  /** `https://…` or `http://…` */
  readonly server: string;
  /** PEM. */
  readonly ca?: string;
}

type Request = http.IncomingMessage | Http2ServerRequest;
type Response = http.ServerResponse | Http2ServerResponse;

/**
 * A server between tool and API server that ends TLS, with an authority of its own, and passes requests on. It speaks
 * HTTP/2 where the client can, as an API server does: there a broken request shows itself by other codes.
 *
 * @param options.delay of the fault `delayed`, in milliseconds; default 500
 */
export async function startFaultProxy(
  upstream: Upstream,
  options: { readonly http2?: boolean; readonly delay?: number } = {},
): Promise<FaultProxy> {
  const ca = authority('fault-proxy authority');
  const certificate = issue(ca, { name: 'fault-proxy', hosts: ['127.0.0.1'] });
  const sockets = new Map<number | undefined, Socket>();
  const forwarding = sender(upstream);
  let requests: string[] = [];
  let plan: { readonly at: number; readonly effect: Effect } | undefined;

  const serve = async (request: Request, response: Response): Promise<void> => {
    const body = await bodyOf(request);
    const number = requests.push(nameOf(request)) - 1;
    const breakOff = (): void => {
      sockets.get(request.socket.remotePort)?.destroy();
    };
    const exchange: Exchange = {
      delay: options.delay ?? 500,
      forward: () => forwarding.send(request, body),
      reply: (answer) => {
        begun(response, answer).end(answer.body);
      },
      begin: async (answer, part) => {
        const stream = begun(response, answer);
        await new Promise((written) => stream.write(part, written));
        // A connection that breaks takes along what is still on its way.
        await sleep(20);
      },
      breakOff,
      reset: () => {
        if (response instanceof Http2ServerResponse) response.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
        else breakOff();
      },
      vanish: () => {
        server.close();
        for (const socket of sockets.values()) socket.destroy();
      },
    };
    if (plan?.at === number) await plan.effect(exchange);
    else exchange.reply(await exchange.forward());
  };

  const listener = (request: Request, response: Response): void => {
    // A client that is gone needs no answer.
    response.on('error', () => undefined);
    serve(request, response).catch(() => sockets.get(request.socket.remotePort)?.destroy());
  };
  const server: Server =
    options.http2 === false
      ? https.createServer(certificate, listener)
      : createSecureServer({ ...certificate, allowHTTP1: true }, listener);
  server.on('connection', (socket: Socket) => {
    const { remotePort } = socket;
    sockets.set(remotePort, socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(remotePort));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    url: `https://127.0.0.1:${port}`,
    ca: ca.cert,
    get requests() {
      return requests;
    },
    begin(at, fault) {
      requests = [];
      plan = at === undefined || fault === undefined ? undefined : { at, effect: EFFECTS[fault] };
    },
    hold(at) {
      requests = [];
      const { promise, resolve } = Promise.withResolvers<Held>();
      plan = { at, effect: held(resolve) };
      return promise;
    },
    async [Symbol.asyncDispose]() {
      forwarding.end();
      for (const socket of sockets.values()) socket.destroy();
      if (server.listening) await new Promise((done) => server.close(done));
    },
  };
}

function sender({ server, ca }: Upstream): {
  send(request: Request, body: Buffer): Promise<Answer>;
  end(): void;
} {
  const isTls = server.startsWith('https:');
  const agent = isTls ? new https.Agent({ keepAlive: true, ca }) : new http.Agent({ keepAlive: true });
  return {
    send: async (incoming, body) => {
      const { method, url = '/' } = incoming;
      const headers = passedOn(incoming.headers);
      const sent = (isTls ? https : http).request(new URL(url, server), { method, agent, headers });
      sent.end(body);
      const [answer] = (await once(sent, 'response')) as [http.IncomingMessage];
      return { status: answer.statusCode ?? 502, headers: answer.headers, body: await bodyOf(answer) };
    },
    end: () => {
      agent.destroy();
    },
  };
}

/** They are about one connection, and HTTP/2 has none of them. */
const OF_CONNECTION = new Set(['connection', 'keep-alive', 'transfer-encoding', 'host', 'upgrade', 'te']);

function passedOn(headers: http.IncomingHttpHeaders): http.OutgoingHttpHeaders {
  const isPassedOn = ([name]: [string, unknown]): boolean =>
    !name.startsWith(':') && !OF_CONNECTION.has(name);
  return Object.fromEntries(Object.entries(headers).filter(isPassedOn));
}

function begun(response: Response, { status, headers }: Answer): Writable {
  return response instanceof Http2ServerResponse
    ? response.writeHead(status, passedOn(headers))
    : response.writeHead(status, passedOn(headers));
}

function nameOf({ method = '', url = '/' }: Request): string {
  const { pathname, searchParams } = new URL(url, 'https://any');
  const [, resource = pathname, name] = /\/namespaces\/[^/]+\/([^/]+)(?:\/([^/]+))?$/.exec(pathname) ?? [];
  if (method === 'GET') return `${name === undefined ? 'LIST' : 'GET'} ${resource}`;
  return `${searchParams.has('dryRun') ? 'TRY' : method} ${resource}`;
}

async function bodyOf(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
}
