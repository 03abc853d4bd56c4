import { join } from 'node:path';
import { end, startModule, type Running } from './processes.ts';
import type { Order, Reply, Request } from './sample-server.ts';

/** The one process behind all pods of a plane, started with the first order. */
export interface SampleServer {
  send(order: Order): Promise<void>;
  stop(): Promise<void>;
}

export function sampleServer(dir: string): SampleServer {
  let part: Running | undefined;
  let next = 0;
  const waiting = new Map<number, (reply: Reply) => void>();
  const running = (): Running => {
    if (part !== undefined) return part;
    part = startModule(dir, 'sample-server', join(import.meta.dirname, 'sample-server.ts'));
    part.child.on('message', (message) => {
      const reply = message as Reply;
      waiting.get(reply.id)?.(reply);
      waiting.delete(reply.id);
    });
    void part.exited.then((how) => {
      for (const [id, answer] of waiting) answer({ id, error: how });
      waiting.clear();
    });
    return part;
  };
  return {
    send: async (order) => {
      const { child } = running();
      const id = (next += 1);
      const reply = await new Promise<Reply>((resolve, reject) => {
        waiting.set(id, resolve);
        child.send({ id, order } satisfies Request, (error) => {
          if (error !== null) reject(error);
        });
      });
      if (reply.error !== undefined) throw new Error(`sample-server: ${reply.error}`);
    },
    stop: async () => {
      if (part !== undefined) await end(part);
    },
  };
}
