import { Agent, request } from 'node:http';
import { performance } from 'node:perf_hooks';
import type {
  Failure,
  LoadOrder,
  LoadReply,
  LoadReport,
  OfLoad,
  Stream,
  StreamReport,
  Window,
} from './load.ts';

/** The process that sends: see load.ts. It is not the test's, because a busy test must not look like a slow gateway. */

interface Counts {
  sent: number;
  readonly answers: Record<string, number>;
  readonly lastSent: Record<string, number>;
  readonly failures: Failure[];
  readonly latencies: number[];
}

interface OpenWindow {
  readonly label: string;
  readonly startedAt: number;
  endedAt: number;
  readonly counts: ReadonlyMap<string, Counts>;
}

const KEPT_FAILURES = 50;
const SHORTEST_TICK_MS = 2;

function run(
  port: number,
  streams: readonly Stream[],
  answer: (reply: LoadReply) => void,
): (order: LoadOrder) => void {
  const agent = new Agent({ keepAlive: true, maxSockets: 512, scheduling: 'fifo' });
  const windows: OpenWindow[] = [];
  let current = openWindow('start');
  let open = 0;
  let worstLagMs = 0;

  function openWindow(label: string): OpenWindow {
    const counts = new Map(
      streams.map(({ name }) => [name, { sent: 0, answers: {}, lastSent: {}, failures: [], latencies: [] }]),
    );
    const window = { label, startedAt: Date.now(), endedAt: 0, counts };
    windows.push(window);
    return window;
  }

  function send(stream: Stream, counts: Counts): void {
    const began = performance.now();
    const at = Date.now();
    counts.sent += 1;
    open += 1;
    const done = (what: string, failed: boolean, detail: string): void => {
      open -= 1;
      counts.answers[what] = (counts.answers[what] ?? 0) + 1;
      counts.lastSent[what] = Math.max(counts.lastSent[what] ?? 0, at);
      counts.latencies.push(performance.now() - began);
      if (failed && counts.failures.length < KEPT_FAILURES) counts.failures.push({ at, what, detail });
    };
    const headers = { host: stream.host, ...stream.headers };
    const { path = '/', method = 'GET' } = stream;
    const sent = request(
      { host: '127.0.0.1', port, path, method, headers, agent, timeout: 15_000 },
      (response) => {
        const status = response.statusCode ?? 0;
        const build = response.headers['x-build'];
        const failed = status < 200 || status > 299;
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => {
          if (failed) body += text;
        });
        response.once('error', (error) => {
          done(`error ${error.message}`, true, 'while the answer was read');
        });
        response.once('end', () => {
          done(`${status} ${typeof build === 'string' ? build : '-'}`, failed, body.slice(0, 200));
        });
      },
    );
    sent.once('timeout', () => sent.destroy(new Error('timeout')));
    sent.once('error', (error: NodeJS.ErrnoException) => {
      done(`error ${error.code ?? error.message}`, true, error.message);
    });
    sent.end();
  }

  const began = performance.now();
  const due = new Map(streams.map(({ name }) => [name, 0]));
  // About one request at a tick: oftener, a small load would cost more than its requests, and many run at once.
  const together = streams.reduce((sum, { rate }) => sum + rate, 0);
  const ticker = setInterval(
    () => {
      const elapsed = performance.now() - began;
      for (const stream of streams) {
        const counts = current.counts.get(stream.name);
        const target = Math.floor((elapsed * stream.rate) / 1000);
        let sent = due.get(stream.name) ?? 0;
        worstLagMs = Math.max(worstLagMs, ((target - sent - 1) * 1000) / stream.rate);
        for (; counts !== undefined && sent < target; sent++) send(stream, counts);
        due.set(stream.name, sent);
      }
    },
    Math.max(SHORTEST_TICK_MS, Math.floor(1000 / together)),
  );

  const finish = (): void => {
    if (open > 0) {
      setTimeout(finish, 5);
      return;
    }
    agent.destroy();
    answer({ kind: 'report', report: { worstLagMs: Math.round(worstLagMs), windows: windows.map(report) } });
  };

  return (order) => {
    current.endedAt = Date.now();
    if (order.do === 'mark') {
      current = openWindow(order.label);
      answer({ kind: 'marked' });
    } else if (order.do === 'stop') {
      clearInterval(ticker);
      finish();
    }
  };
}

function report({ label, startedAt, endedAt, counts }: OpenWindow): Window {
  const streams: [string, StreamReport][] = [];
  for (const [name, { sent, answers, lastSent, failures, latencies }] of counts) {
    latencies.sort((a, b) => a - b);
    const at = (share: number): number =>
      Math.round((latencies[Math.floor((latencies.length - 1) * share)] ?? 0) * 10) / 10;
    streams.push([
      name,
      { sent, answers, lastSent, failures, latencyMs: { p50: at(0.5), p99: at(0.99), max: at(1) } },
    ]);
  }
  return {
    label,
    startedAt,
    endedAt,
    streams: Object.fromEntries(streams),
  } satisfies LoadReport['windows'][number];
}

if (process.send !== undefined) {
  const loads = new Map<number, (order: LoadOrder) => void>();
  const answer = (load: number, message: LoadReply): void => {
    process.send?.({ load, message } satisfies OfLoad<LoadReply>);
  };
  process.on('message', ({ load, message: order }: OfLoad<LoadOrder>) => {
    if (order.do === 'start') {
      loads.set(
        load,
        run(order.port, order.streams, (reply) => {
          answer(load, reply);
        }),
      );
      answer(load, { kind: 'marked' });
    } else {
      loads.get(load)?.(order);
      if (order.do === 'stop') loads.delete(load);
    }
  });
  process.once('disconnect', () => process.exit());
}
