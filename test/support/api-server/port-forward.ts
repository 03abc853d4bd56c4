import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import { forward, FORWARD_PROTOCOL } from '../../cluster/plane/forwarding.ts';
import { answers, type Reply } from './answers.ts';
import type { Objects } from './objects.ts';
import type { Recorded, ServerOptions } from './server.ts';

/** What is behind a port of a pod. */
export type PodPort =
  /** A port of this machine; where nothing listens there, nothing listens in the pod. */
  | { readonly dial: number }
  /** The server refuses with this. */
  | { readonly refuse: Reply }
  /** These messages, and then the end of the WebSocket. */
  | { readonly messages: readonly (Buffer | string)[] }
  /** Opens the WebSocket with this protocol, or none. */
  | { readonly protocol: string | false }
  /** No answer ever: to the request itself, or once the WebSocket is open. */
  | { readonly silent: 'before' | 'after' };

interface Upgrading {
  readonly request: IncomingMessage;
  readonly socket: Socket;
  readonly head: Buffer;
}

/** Answers requests that are to become WebSockets; false: this one gets no answer. */
export function forwarder(
  { ports = {}, users, tls }: ServerOptions,
  objects: Objects,
  denied: ReadonlySet<string>,
): (seen: Recorded, upgrading: Upgrading) => boolean {
  return (seen, { request, socket, head }) => {
    const [, namespace = '', pod = ''] =
      /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/portforward$/.exec(seen.path) ?? [];
    const port = Number(seen.query['ports']);
    const behind: PodPort = ports[`${namespace}/${pod}:${port}`] ?? { dial: NOBODY };
    const refusal = refusalOf(
      seen,
      users !== undefined || tls?.clientCa !== undefined,
      denied,
      namespace,
      objects.find('Pod', namespace, pod),
    );
    const reply = refusal ?? ('refuse' in behind ? behind.refuse : undefined);
    if (reply !== undefined) {
      refuse(socket, reply);
      return true;
    }
    if ('silent' in behind && behind.silent === 'before') return false;
    const protocol = 'protocol' in behind ? behind.protocol : FORWARD_PROTOCOL;
    const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => protocol });
    sockets.handleUpgrade(request, socket, head, (opened) => {
      if ('dial' in behind) forward(opened, pod, port, behind.dial);
      if (!('messages' in behind)) return;
      for (const message of behind.messages) opened.send(message);
      opened.close();
    });
    return !('silent' in behind);
  };
}

/** Nothing listens on a port that only root may have. */
const NOBODY = 1;

function refusalOf(
  { user, path }: Recorded,
  isClosed: boolean,
  denied: ReadonlySet<string>,
  namespace: string,
  pod: unknown,
): Reply | undefined {
  if (isClosed && user === null) return answers.unauthorized;
  const verb = ['get', 'create'].find((one) => denied.has(`${one} pods/portforward`));
  if (verb !== undefined) return answers.forbidden(user ?? 'ci', verb, 'pods/portforward', '', namespace);
  return pod === undefined ? answers.absent('pods', '', path.split('/').at(-2) ?? '') : undefined;
}

function refuse(socket: Socket, { status, headers, body, raw, endless }: Reply): void {
  const text = raw ?? JSON.stringify(body ?? {});
  const all = { 'content-type': 'application/json', connection: 'close', ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`HTTP/1.1 ${status} Refused\r\n${lines.join('')}\r\n`);
  if (endless === undefined) socket.end(text);
  else socket.end(endless.repeat(Math.ceil((2 * 1024 * 1024) / endless.length)));
}
