import { request } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { connect } from 'node:net';
import type { Plane } from './plane.ts';
import type { Answer } from './sample-server.ts';

export interface Ask {
  readonly host: string;
  readonly path?: string;
  readonly method?: string;
  /** Several texts of one name are several lines. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly timeoutMs?: number;
}

export interface Got {
  readonly status: number;
  /** The build that answered; undefined where Envoy did itself (404 without a route, 503 without a healthy build). */
  readonly build: string | undefined;
  /** What the build saw, path and headers as they reached it. */
  readonly seen: Answer | undefined;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

type Gateway = Pick<Plane, 'gateway' | 'ca'>;

/** One HTTP request through the gateway, on a connection of its own. */
export async function ask(
  plane: Gateway,
  { host, path = '/', method = 'GET', headers = {}, timeoutMs = 10_000 }: Ask,
): Promise<Got> {
  return await exchange(plane, 'http', { host, path, method, headers, timeoutMs });
}

/** One HTTPS request through the gateway's passthrough port: routed by its server name. */
export async function askTls(
  plane: Gateway,
  { host, path = '/', method = 'GET', headers = {}, timeoutMs = 10_000 }: Ask,
): Promise<Got> {
  return await exchange(plane, 'tls', { host, path, method, headers, timeoutMs });
}

async function exchange(plane: Gateway, by: 'http' | 'tls', wanted: Required<Ask>): Promise<Got> {
  const { host, path, method, timeoutMs } = wanted;
  const options = {
    host: '127.0.0.1',
    port: plane.gateway[by].port,
    path,
    method,
    headers: { host, ...wanted.headers },
    agent: false,
    timeout: timeoutMs,
  } as const;
  return await new Promise((resolve, reject) => {
    const sent = by === 'tls' ? tlsRequest({ ...options, ca: plane.ca, servername: host }) : request(options);
    sent.once('response', (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (text: string) => (body += text));
      answer.once('error', reject).once('end', () => {
        const build = answer.headers['x-build'];
        const named = typeof build === 'string' ? build : undefined;
        const seen = named === undefined || method === 'HEAD' ? undefined : (JSON.parse(body) as Answer);
        resolve({ status: answer.statusCode ?? 0, build: named, seen, body, headers: answer.headers });
      });
    });
    sent.once('timeout', () => sent.destroy(new Error(`no answer in ${timeoutMs} ms`)));
    sent.once('error', reject).end();
  });
}

/** Opens a TCP connection through the gateway, says `word`; returns the build that greeted and what it echoed. */
export async function askTcp(
  plane: Gateway,
  word = 'hello',
): Promise<{ readonly build: string; readonly echo: string }> {
  return await new Promise((resolve, reject) => {
    const socket = connect(plane.gateway.tcp.port, '127.0.0.1', () => socket.end(`${word}\n`));
    let text = '';
    socket.setEncoding('utf8').setTimeout(10_000, () => socket.destroy(new Error('no answer in 10 s')));
    socket.on('data', (part) => (text += String(part)));
    socket.once('error', reject).once('close', () => {
      const [build = '', echo = ''] = text.split('\n');
      if (build === '') reject(new Error('The connection was closed without a word.'));
      else resolve({ build, echo });
    });
  });
}
