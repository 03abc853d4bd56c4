import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

const NAMES = [
  'claim',
  'etcd',
  'etcdPeer',
  'apiserver',
  'istiodHttp',
  'istiodHttps',
  'istiodGrpc',
  'istiodSecureGrpc',
  'istiodMonitoring',
  'istiodControl',
  'envoyAdmin',
  'envoyAdmin2',
  'envoyAdmin3',
  'kubelet',
  'sidecarAdmin',
  'sidecarHttp',
  'http',
  'tcp',
  'tls',
  'podHttp',
  'podTcp',
  'podTls',
  'prometheus',
  'servicesProxy',
] as const;

export type PortName = (typeof NAMES)[number];

export interface Ports {
  readonly of: Readonly<Record<PortName, number>>;
  /** The address of the plane's nth pod; no other plane gives out the same. */
  podAddress(n: number): string;
  release(): void;
}

/**
 * Below Linux's ephemeral range (32768 and up), where any outgoing connection could take a port between our look at
 * it and the server's bind.
 */
const FIRST = 20_000;
const SIZE = 24;
const BLOCKS = 500;

/**
 * A block of ports for one plane. The block's first port is listened on for as long as the plane lives: that is the
 * claim, and the kernel takes it back whichever way we end, so that planes side by side cannot meet.
 */
export async function claimPorts(): Promise<Ports> {
  const start = randomInt(BLOCKS);
  for (let turn = 0; turn < BLOCKS; turn++) {
    const block = (start + turn) % BLOCKS;
    const base = FIRST + block * SIZE;
    const claim = await listen(base);
    if (claim === undefined) continue;
    if (await allFree(base)) {
      claim.unref();
      const of = Object.fromEntries(NAMES.map((name, index) => [name, base + index])) as Record<
        PortName,
        number
      >;
      return {
        of,
        podAddress: (n) => podAddress(block, n),
        release: () => {
          claim.close();
        },
      };
    }
    claim.close();
  }
  throw new Error(
    `No free block of ${SIZE} ports on 127.0.0.1 from ${FIRST} up. Are old planes running? npm run cluster:down`,
  );
}

const PODS = 4_096;

/** From 127.16.0.0 up, clear of 127.0.0.1 and of what distributions put near it (127.0.0.53, 127.0.1.1). */
function podAddress(block: number, n: number): string {
  if (n < 1 || n >= PODS) throw new Error(`A plane has addresses for ${PODS - 1} pods.`);
  const number = (16 << 16) + block * PODS + n;
  return `127.${number >> 16}.${(number >> 8) & 255}.${number & 255}`;
}

async function allFree(base: number): Promise<boolean> {
  for (let index = 1; index < NAMES.length; index++) {
    const probe = await listen(base + index);
    if (probe === undefined) return false;
    await new Promise((resolve) => probe.close(resolve));
  }
  return true;
}

/** Undefined if the port is taken. */
async function listen(port: number): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy());
  return await new Promise((resolve) => {
    server.once('error', () => {
      resolve(undefined);
    });
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      resolve(server);
    });
  });
}
