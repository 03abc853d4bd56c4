import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Plane } from './plane.ts';
import { startModule, type Running } from './processes.ts';

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

/** Which of the sender's loads a message is about. */
export interface OfLoad<Message> {
  readonly load: number;
  readonly message: Message;
}

/** The process that sends for all loads of a plane: a process for each would cost three times as much. */
interface Sender {
  readonly part: Running;
  /** The loads that wait for a reply, by their numbers. */
  readonly waiting: Map<number, PromiseWithResolvers<LoadReply>>;
  /** The number of the newest load. */
  newest: number;
}

/** By the folder of the plane, which ends its sender with all the rest. */
const senders = new Map<string, Sender>();

function senderOf(dir: string): Sender {
  const known = senders.get(dir);
  if (known !== undefined) return known;
  const part = startModule(dir, 'load', join(import.meta.dirname, 'load-worker.ts'));
  const waiting: Sender['waiting'] = new Map();
  part.child.on('message', (reply) => {
    const { load, message } = reply as OfLoad<LoadReply>;
    waiting.get(load)?.resolve(message);
    waiting.delete(load);
  });
  void part.exited.then(() => senders.delete(dir));
  const sender = { part, waiting, newest: 0 };
  senders.set(dir, sender);
  return sender;
}

export async function startLoad(
  plane: Pick<Plane, 'dir' | 'gateway'>,
  streams: readonly Stream[],
): Promise<Load> {
  const sender = senderOf(plane.dir);
  sender.newest += 1;
  const load = sender.newest;
  const say = async (message: LoadOrder): Promise<LoadReply> => {
    const reply = Promise.withResolvers<LoadReply>();
    const { child, exited, log } = sender.part;
    void exited.then((how) => {
      reply.reject(new Error(`${how}; see ${log}`));
    });
    sender.waiting.set(load, reply);
    child.send({ load, message } satisfies OfLoad<LoadOrder>, (error) => {
      if (error !== null) reply.reject(error);
    });
    return await reply.promise;
  };
  await say({ do: 'start', port: plane.gateway.http.port, streams });
  return {
    mark: async (label) => {
      await say({ do: 'mark', label });
    },
    stop: async () => {
      const reply = await say({ do: 'stop' });
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
