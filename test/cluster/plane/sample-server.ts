import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer, type Server } from 'node:net';
import { askNext, pageOf, type NextCall } from './sample-chain.ts';
import { count, noCounters, textOf, type Counters } from './sidecar-metrics.ts';

/**
 * The process behind all pods of a plane: for each build an HTTP, a TCP and a TLS server on the pod's own address. Out
 * of the tests' process, so that a busy test does not look like a slow build.
 */

export interface Behaviour {
  /** The status of every answer; 200 where not given. */
  readonly status?: number;
  readonly delayMs?: number;
  /** The share of answers that this holds for, 0 to 1; the others are as usual. Default: all. */
  readonly share?: number;
  /** Asks another service first, and tells what that has answered. */
  readonly asks?: NextCall;
}

export type Order =
  | {
      readonly do: 'open';
      readonly pod: string;
      readonly namespace: string;
      readonly app: string;
      readonly build: string;
      readonly ip: string;
      readonly ports: { readonly http: number; readonly tcp: number; readonly tls: number };
      readonly tls: { readonly cert: string; readonly key: string };
    }
  | { readonly do: 'close'; readonly pod: string }
  | { readonly do: 'behave'; readonly pod: string; readonly behaviour: Behaviour };

export interface Request {
  readonly id: number;
  readonly order: Order;
}

export interface Reply {
  readonly id: number;
  readonly error?: string;
}

/** What a build answers to an HTTP request. */
export interface Answer {
  readonly app: string;
  readonly build: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** What the service has answered that this one asks; absent: it asks none, or no build has answered. */
  readonly next?: Answer;
}

interface Pod {
  readonly servers: readonly Server[];
  behaviour: Behaviour;
}

/** Where a sidecar tells its metrics, the application's merged in. */
export const METRICS_PATH = '/stats/prometheus';

const pods = new Map<string, Pod>();

async function carryOut(order: Order): Promise<void> {
  switch (order.do) {
    case 'open':
      await open(order);
      return;
    case 'behave': {
      const pod = pods.get(order.pod);
      if (pod === undefined) throw new Error(`no pod ${order.pod}`);
      pod.behaviour = order.behaviour;
      return;
    }
    case 'close': {
      // No new connections, idle ones closed, answers under way finished: as a pod that drains.
      for (const server of pods.get(order.pod)?.servers ?? []) server.close();
      pods.delete(order.pod);
      return;
    }
  }
}

async function open(order: Extract<Order, { do: 'open' }>): Promise<void> {
  const { pod, app, build, ip, ports, tls } = order;
  const state: { servers: Server[]; behaviour: Behaviour; counters: Counters } = {
    servers: [],
    behaviour: {},
    counters: noCounters(),
  };
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const { share = 1, asks, ...behaviour } = state.behaviour;
    const { status = 200, delayMs = 0 } = Math.random() < share ? behaviour : {};
    const { method = '', url = '', headers } = request;
    request.resume();
    if (url === METRICS_PATH) {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
      response.end(textOf(state.counters, order));
      return;
    }
    const began = performance.now();
    const say = (next?: Answer): void => {
      count(state.counters, status, performance.now() - began);
      const told: Answer = { app, build, method, path: url, headers, ...(next !== undefined && { next }) };
      const isForPeople = headers.accept?.includes('text/html') === true;
      const type = isForPeople ? 'text/html' : 'application/json';
      const body = isForPeople ? pageOf(told) : JSON.stringify(told);
      response.writeHead(status, { 'content-type': type, 'x-build': build }).end(`${body}\n`);
    };
    if (asks !== undefined) {
      askNext(asks, headers).then(say, (error: unknown) => {
        response.writeHead(502, { 'content-type': 'text/plain' }).end(`${String(error)}\n`);
      });
    } else if (delayMs === 0) say();
    else setTimeout(say, delayMs);
  };
  // A keep-alive shorter than Envoy's would close connections just as it sends on them: a 503 that is nobody's fault.
  const endless = { keepAliveTimeout: 0, requestTimeout: 0 };
  const echo = createTcpServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.write(`${build}\n`);
    socket.pipe(socket);
  });
  const wanted = [
    { server: createServer(endless, answer), port: ports.http },
    { server: echo, port: ports.tcp },
    { server: createTlsServer({ ...tls, ...endless }, answer), port: ports.tls },
  ];
  for (const { server, port } of wanted) {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, ip, 1_024, resolve);
    });
    state.servers.push(server);
  }
  pods.set(pod, state);
}

if (process.send !== undefined) {
  process.on('message', ({ id, order }: Request) => {
    carryOut(order).then(
      () => process.send?.({ id } satisfies Reply),
      (error: unknown) => process.send?.({ id, error: String(error) } satisfies Reply),
    );
  });
  process.once('disconnect', () => process.exit());
}
