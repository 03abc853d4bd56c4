import { get } from 'node:http';
import { join } from 'node:path';
import { start, untilReady, type Running } from './processes.ts';
import type { Ports } from './ports.ts';

export async function startEtcd(dir: string, command: string, ports: Ports): Promise<Running> {
  const client = `http://127.0.0.1:${ports.of.etcd}`;
  const peer = `http://127.0.0.1:${ports.of.etcdPeer}`;
  const etcd = start({
    dir,
    name: 'etcd',
    command,
    args: [
      `--data-dir=${join(dir, 'etcd')}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      // Nothing here outlives the process, and an fsync for each write would be most of the time a test takes.
      '--unsafe-no-fsync',
    ],
  });
  await untilReady(etcd, async () => (await statusOf(`${client}/readyz`)) === 200);
  return etcd;
}

/** The status that a plain GET is answered with. */
export async function statusOf(url: string): Promise<number> {
  return await new Promise((resolve, reject) => {
    const sent = get(url, { timeout: 2_000, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.once('timeout', () => sent.destroy(new Error('no answer in 2 s')));
    sent.once('error', reject);
  });
}
