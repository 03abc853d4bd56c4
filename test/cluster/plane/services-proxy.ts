import { createServer, request, type Server } from 'node:http';

/**
 * Endpoints of a Service may not be loopback addresses, where everything of the plane listens. So the API server is given
 * an address that nobody has, and this as the proxy to it, which knows where it really is. It can serve one place alone:
 * the API server keeps the Host of its own client, which Go then writes into the line of the request in place of the address.
 *
 * @param port that the API server takes for its proxy
 * @param place the port on 127.0.0.1 of what is asked
 */
export async function startServicesProxy(port: number, place: number): Promise<Server> {
  const server = createServer((asked, response) => {
    // A proxy is asked with the whole address.
    const { pathname, search } = new URL(asked.url ?? '/', 'http://nobody');
    const onward = request(
      {
        host: '127.0.0.1',
        port: place,
        path: `${pathname}${search}`,
        method: asked.method,
        headers: asked.headers,
      },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on('error', () => response.destroy());
    asked.pipe(onward);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  server.unref();
  return server;
}
