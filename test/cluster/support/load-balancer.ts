import { request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { authority, issue } from '../plane/certs.ts';

/** Ends TLS in front of a gateway that speaks http, as a cloud's load balancer does. */
export interface LoadBalancer {
  readonly port: number;
  close(): Promise<void>;
}

/** @param gateway the port of the gateway on this machine */
export async function startLoadBalancer(gateway: number, hosts: readonly string[]): Promise<LoadBalancer> {
  const { cert, key } = issue(authority('load-balancer'), { name: 'load-balancer', hosts });
  const server = createServer({ cert, key }, (incoming, response) => {
    const { method, url, headers } = incoming;
    const sent = request(
      { host: '127.0.0.1', port: gateway, method, path: url, headers, agent: false },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    sent.once('error', (error) => response.writeHead(502).end(String(error)));
    incoming.pipe(sent);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
