import { Agent, request } from 'node:http';
import { askTcp, type Ask } from '../plane/traffic.ts';
import type { Plane } from './plane.ts';

export type Counts = Readonly<Record<string, number>>;

/** Sends so many requests as fast as the answers come; counts them by what came: `200 v1`, `503 -`. */
export async function askMany(plane: Plane, wanted: Ask, count: number): Promise<Counts> {
  const agent = new Agent({ keepAlive: true });
  const { host, path = '/', headers = {} } = wanted;
  const one = (): Promise<string> =>
    new Promise((resolve) => {
      const options = { host: '127.0.0.1', port: plane.gateway.http.port, path, agent, timeout: 10_000 };
      const sent = request({ ...options, headers: { host, ...headers } }, (answer) => {
        const build = answer.headers['x-build'];
        answer.resume().once('end', () => {
          resolve(`${String(answer.statusCode)} ${typeof build === 'string' ? build : '-'}`);
        });
      });
      sent.once('timeout', () => sent.destroy(new Error('timeout')));
      sent.once('error', (error) => {
        resolve(`error ${error.message}`);
      });
      sent.end();
    });
  try {
    return await tally(count, one);
  } finally {
    agent.destroy();
  }
}

/** The same for TCP connections; counts them by build. */
export async function askManyTcp(plane: Plane, count: number): Promise<Counts> {
  return await tally(count, async () => (await askTcp(plane)).build);
}

async function tally(count: number, one: () => Promise<string>): Promise<Counts> {
  const counts: Record<string, number> = {};
  let left = count;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const what = await one();
      counts[what] = (counts[what] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: 24 }, worker));
  return counts;
}
