import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Plane } from './plane.ts';
import { end, startModule } from './processes.ts';

/** Requests of one kind, sent at a steady rate whatever the answers: a client that waited would hide what it lost. */
export interface Stream {
  readonly name: string;
  readonly host: string;
  /** Requests a second. */
  readonly rate: number;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Failure {
  /** When it was sent, in ms since the epoch. */
  readonly at: number;
  readonly what: string;
  readonly detail: string;
}

export interface StreamReport {
  readonly sent: number;
  /** How many by what came: `200 v1`, `503 -` (by Envoy itself), `error ECONNRESET`. */
  readonly answers: Readonly<Record<string, number>>;
  /** When the newest request that got each was sent, in ms since the epoch. */
  readonly lastSent: Readonly<Record<string, number>>;
  /** The first 50 answers that were no 2xx. */
  readonly failures: readonly Failure[];
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number };
}

/** What was sent between two marks, whenever it was answered. */
export interface Window {
  readonly label: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly streams: Readonly<Record<string, StreamReport>>;
}

export interface LoadReport {
  readonly windows: readonly Window[];
  /** How far the sender fell behind its rate at worst: large means that the machine, not the gateway, was slow. */
  readonly worstLagMs: number;
}

export interface Load {
  /** Begins a new window; requests sent from here on count there. */
  mark(label: string): Promise<void>;
  /** Stops sending, waits for the answers that are out. */
  stop(): Promise<LoadReport>;
}

export type LoadOrder =
  | { readonly do: 'start'; readonly port: number; readonly streams: readonly Stream[] }
  | { readonly do: 'mark'; readonly label: string }
  | { readonly do: 'stop' };

export type LoadReply =
  { readonly kind: 'marked' } | { readonly kind: 'report'; readonly report: LoadReport };

export async function startLoad(
  plane: Pick<Plane, 'dir' | 'gateway'>,
  streams: readonly Stream[],
): Promise<Load> {
  const part = startModule(plane.dir, 'load', join(import.meta.dirname, 'load-worker.ts'));
  const say = async (order: LoadOrder): Promise<LoadReply> =>
    await new Promise((resolve, reject) => {
      part.child.once('message', (reply) => {
        resolve(reply as LoadReply);
      });
      void part.exited.then((how) => {
        reject(new Error(`${how}; see ${part.log}`));
      });
      part.child.send(order);
    });
  await say({ do: 'start', port: plane.gateway.http.port, streams });
  return {
    mark: async (label) => {
      await say({ do: 'mark', label });
    },
    stop: async () => {
      const reply = await say({ do: 'stop' });
      await end(part);
      if (reply.kind !== 'report') throw new Error('The load generator answered out of turn.');
      return reply.report;
    },
  };
}

/** A load for a fixed time. */
export async function loadFor(
  plane: Pick<Plane, 'dir' | 'gateway'>,
  seconds: number,
  streams: readonly Stream[],
): Promise<LoadReport> {
  const load = await startLoad(plane, streams);
  await sleep(seconds * 1000);
  return await load.stop();
}

/** The counts of a stream over all windows (or those whose label `only` takes), by answer. */
export function answersOf(
  report: LoadReport,
  stream: string,
  only: (label: string) => boolean = () => true,
): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { label, streams } of report.windows) {
    if (!only(label)) continue;
    for (const [what, count] of Object.entries(streams[stream]?.answers ?? {}))
      sums[what] = (sums[what] ?? 0) + count;
  }
  return sums;
}

/** When the newest request that this build answered was sent, in ms since the epoch; -Infinity: it answered none. */
export function lastSentTo(report: LoadReport, stream: string, build: string): number {
  const times = report.windows.flatMap(({ streams }) =>
    Object.entries(streams[stream]?.lastSent ?? {}).flatMap(([what, at]) =>
      what.endsWith(` ${build}`) ? [at] : [],
    ),
  );
  return Math.max(...times, -Infinity);
}

/** All answers that were no 2xx, of all streams and windows. */
export function failedOf(report: LoadReport): number {
  let failed = 0;
  for (const { streams } of report.windows) {
    for (const { answers } of Object.values(streams)) {
      for (const [what, count] of Object.entries(answers)) if (!/^2\d\d /.test(what)) failed += count;
    }
  }
  return failed;
}
