/** Prometheus as far as we use one: it answers instant queries as it is told, at an address and as a Service. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface FakePrometheus extends AsyncDisposable {
  /** `http://127.0.0.1:…` */
  readonly url: string;
  /** What was asked: path, query, headers. */
  readonly asked: readonly {
    readonly path: string;
    readonly query: string;
    readonly headers: IncomingMessage['headers'];
  }[];
}

/** @param answer 'hang': none ever */
export async function startPrometheus(
  answer: (query: string, path: string) => Answer | 'hang',
): Promise<FakePrometheus> {
  const asked: FakePrometheus['asked'][number][] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://prometheus');
    const query = searchParams.get('query') ?? '';
    asked.push({ path: pathname, query, headers: request.headers });
    const given = answer(query, pathname);
    if (given === 'hang') return;
    const isText = typeof given.body === 'string';
    response.writeHead(given.status, { 'content-type': isText ? 'text/plain' : 'application/json' });
    response.end(isText ? given.body : JSON.stringify(given.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A vector: labels and a value each. */
export function vector(
  ...samples: readonly (readonly [Readonly<Record<string, string>>, number | string])[]
): Answer {
  const result = samples.map(([metric, value]) => ({ metric, value: [1_700_000_000, String(value)] }));
  return { status: 200, body: { status: 'success', data: { resultType: 'vector', result } } };
}

/** A refusal of the API server itself. */
export function statusOf(code: number, message: string): Answer {
  return { status: code, body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code } };
}
