/**
 * Loaded into the Action with `--import`: writes down when it sends requests and when they are answered, so that its time
 * can be divided into phases without a line in the Action itself.
 */
import { subscribe } from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';
import type { ClientRequest } from 'node:http';

/** Milliseconds since the process began. */
export interface Traced {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly began: number;
  /** Absent: the answer had not ended when the process did. */
  ended?: number;
}

export interface Trace {
  readonly requests: readonly Traced[];
  /** Milliseconds from the beginning of the process to its end. */
  readonly ended: number;
}

interface OfUndici {
  readonly request: { readonly method: string; readonly path: string };
}

const file = process.env['BENCH_TRACE'];
if (file !== undefined) record(file);

function record(to: string): void {
  const requests: Traced[] = [];
  const known = new Map<object, Traced>();
  const begin = (key: object, method: string, path: string): void => {
    const traced: Traced = { method, path, began: performance.now() };
    requests.push(traced);
    known.set(key, traced);
  };
  const end = (key: object): void => {
    const traced = known.get(key);
    if (traced !== undefined) traced.ended ??= performance.now();
  };
  subscribe('undici:request:create', (message) => {
    const { request } = message as OfUndici;
    begin(request, request.method, request.path);
  });
  subscribe('undici:request:trailers', (message) => {
    end((message as OfUndici).request);
  });
  // What goes through a port-forward, and the WebSockets that port-forwards are.
  subscribe('http.client.request.start', (message) => {
    const { request } = message as { readonly request: ClientRequest };
    begin(request, request.method, request.path);
    request.once('response', (response) => {
      response.once('end', () => {
        end(request);
      });
    });
    request.once('upgrade', () => {
      end(request);
    });
  });
  process.once('exit', () => {
    const trace: Trace = { requests, ended: performance.now() };
    writeFileSync(to, JSON.stringify(trace));
  });
}
