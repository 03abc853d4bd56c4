import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile, rename } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reap } from './reap.ts';

/**
 * Who owns a plane: the process that listens on the socket in its folder. The kernel closes it whichever way the
 * process ends. So "is it alive?" is a connect, with no pid that could have come round, and `cluster:down` can ask.
 */
export interface Claim {
  readonly dir: string;
  /** Lets the plane go: ends its processes, removes its folder, waits for the keeper's end. */
  release(): Promise<void>;
}

export interface PlaneState {
  readonly dir: string;
  /** `up` for cluster:up, `test` for a plane that a test booted: cluster:down leaves those to their test. */
  readonly startedBy: 'up' | 'test';
  readonly ready: boolean;
  readonly kubeconfig?: string;
  readonly gateway?: { readonly http: string; readonly tcp: string; readonly tls: string };
}

const PREFIX = 'istiops-plane-';
const KEEPER = join(import.meta.dirname, 'keeper.ts');
/** A folder without a socket is one whose owner is about to listen, or was killed before: the younger get time. */
const GRACE_MS = 30_000;

export async function claimFolder(startedBy: PlaneState['startedBy'], onStop: () => void): Promise<Claim> {
  const dir = join(tmpdir(), `${PREFIX}${randomBytes(4).toString('hex')}`);
  // The keeper comes first, so that there is no moment at which our end would leave anything. Its input is a pipe
  // from us that nobody else has, and that the kernel closes whichever way we end.
  const env = { PATH: process.env['PATH'] ?? '', TMPDIR: tmpdir() };
  const keeper = spawn(process.execPath, [KEEPER, dir], {
    env,
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const keeperGone = new Promise<void>((resolve) => {
    keeper.once('exit', () => {
      resolve();
    });
    keeper.once('error', () => {
      resolve();
    });
  });
  if (keeper.pid === undefined) throw new Error(`The plane's keeper (${KEEPER}) did not start.`);
  await mkdir(join(dir, 'logs'), { recursive: true, mode: 0o700 });

  const server = createServer((socket) => {
    socket.setEncoding('utf8').on('data', (word) => {
      if (String(word).includes('stop')) onStop();
    });
    socket.on('error', () => undefined).unref();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(ownerSocket(dir), resolve);
  });
  await writeState({ dir, startedBy, ready: false });
  // Whoever forgets to stop a plane ends all the same, and the keeper does the rest.
  server.unref();
  keeper.unref();

  return {
    dir,
    release: async () => {
      await reap(dir);
      server.close();
      keeper.ref();
      keeper.stdin.end();
      await keeperGone;
    },
  };
}

const ownerSocket = (dir: string): string => join(dir, 'owner.sock');

export async function writeState(state: PlaneState): Promise<void> {
  const file = join(state.dir, 'plane.json');
  await writeFile(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`);
  await rename(`${file}.new`, file);
}

export interface Found {
  readonly dir: string;
  readonly alive: boolean;
  readonly state: PlaneState | undefined;
}

/** Every plane of this user on this machine. */
export async function findPlanes(): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const entry of await readdir(tmpdir())) {
    if (!entry.startsWith(PREFIX)) continue;
    const dir = join(tmpdir(), entry);
    const about = await stat(dir).catch(() => undefined);
    if (about === undefined || about.uid !== process.getuid?.()) continue;
    const answer = await knock(dir, '');
    const alive = answer === 'taken' || (answer === 'absent' && Date.now() - about.mtimeMs < GRACE_MS);
    const text = await readFile(join(dir, 'plane.json'), 'utf8').catch(() => undefined);
    found.push({ dir, alive, state: text === undefined ? undefined : (JSON.parse(text) as PlaneState) });
  }
  return found;
}

/** Ends what planes left whose owner and keeper were both killed. */
export async function reapOrphans(log: (line: string) => void): Promise<void> {
  for (const { dir, alive } of await findPlanes()) {
    if (alive) continue;
    log(`removing what a killed plane left: ${dir}`);
    await reap(dir);
  }
}

/** Connects to the owner and says a word; `absent`: there is no socket; `refused`: there is, with nobody behind it. */
export async function knock(dir: string, word: string): Promise<'taken' | 'refused' | 'absent'> {
  return await new Promise((resolve) => {
    const socket = connect(ownerSocket(dir));
    socket.once('connect', () => {
      socket.end(word, () => {
        resolve('taken');
      });
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code === 'ENOENT' ? 'absent' : 'refused');
    });
  });
}
