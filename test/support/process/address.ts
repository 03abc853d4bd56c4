/** The real address of a service, as a probe finds it: it answers as told, and writes down what it was asked. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export type Reply =
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string | string[]>>;
      readonly body?: string | ((headers: IncomingHttpHeaders) => string);
    }
  | 'hang'
  | 'drop';

export interface Address extends AsyncDisposable {
  /** `http://127.0.0.1:40001` */
  readonly url: string;
  readonly asked: readonly { readonly path: string; readonly headers: IncomingHttpHeaders }[];
  /** Connections that were opened. */
  readonly connections: number;
  /** Called with each request. */
  onRequest?: () => void;
}

/** @param replies one each, the last of them for all that come after */
export async function startAddress(...replies: readonly Reply[]): Promise<Address> {
  const asked: { path: string; headers: IncomingHttpHeaders }[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((request, response) => {
    asked.push({ path: request.url ?? '', headers: request.headers });
    address.onRequest?.();
    const reply = replies[asked.length - 1] ?? replies.at(-1) ?? { status: 200 };
    if (reply === 'hang') return;
    if (reply === 'drop') return void request.socket.destroy();
    response.writeHead(reply.status, reply.headers);
    response.end(typeof reply.body === 'function' ? reply.body(request.headers) : (reply.body ?? ''));
  });
  server.on('connection', (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const address: Address = {
    url: `http://127.0.0.1:${port}`,
    asked,
    get connections() {
      return connections;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
  return address;
}
