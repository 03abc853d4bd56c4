import { createServer, request, type Server } from 'node:http';

/**
 * Endpoints of a Service may not be loopback addresses, where everything of the plane listens. So the API server is given
 * an address that nobody has, and this as the proxy to it, which knows where it really is.
 *
 * @param port that the API server takes for its proxy
 * @param places by the address and port that endpoints have: the port on 127.0.0.1
 */
export async function startServicesProxy(port: number, places: ReadonlyMap<string, number>): Promise<Server> {
  const server = createServer((asked, response) => {
    // A proxy is asked with the whole address.
    const { host, pathname, search } = new URL(asked.url ?? '/', 'http://nobody');
    const place = places.get(host);
    if (place === undefined) {
      response.writeHead(502).end(`nothing is known of ${host}`);
      return;
    }
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
