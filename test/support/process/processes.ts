/** The built Action and the command line as child processes, with everything that they leave behind. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { Readable } from 'node:stream';
import { join } from 'node:path';
import { parseFileCommands } from '../../../scripts/runner/file-commands.ts';
import { strangeIn } from './printed.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** Compiled once for all of them, which saves a quarter of their time. */
const NODE_COMPILE_CACHE = join(ROOT, 'node_modules', '.cache', 'processes');

export interface Ended {
  /** The process's, as the list of processes shows them. */
  readonly args: readonly string[];
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The Action's, by name; none of a command line. */
  readonly outputs: Readonly<Record<string, string>>;
  /** The Action's job summary. */
  readonly summary: string;
  /** What the Action hands to its post step, by name. */
  readonly state: Readonly<Record<string, string>>;
}

export interface Around {
  /** Beside `PATH` and `HOME`, which is an empty folder: a process inherits nothing else. */
  readonly env?: Readonly<Record<string, string>>;
  /** Files in the home folder, which is the working directory too; `~/` in `env` and arguments means it. */
  readonly files?: Readonly<Record<string, string>>;
  /** Is handed the process as soon as it is started, to send it signals. */
  readonly onStart?: (child: ChildProcess) => void;
}

/** Runs `dist/index.js` as the runner would, or another file of `dist/`. */
export async function runAction(
  inputs: Readonly<Record<string, string>>,
  around: Around = {},
): Promise<Ended> {
  return runStep('index.js', inputs, around);
}

/** Runs the post step with what the main step has handed over. */
export async function runPost(
  inputs: Readonly<Record<string, string>>,
  { state }: Pick<Ended, 'state'>,
  around: Around = {},
): Promise<Ended> {
  const handed = Object.entries(state).map(([name, text]) => [`STATE_${name}`, text] as const);
  return runStep('post.js', inputs, { ...around, env: { ...Object.fromEntries(handed), ...around.env } });
}

async function runStep(
  file: string,
  inputs: Readonly<Record<string, string>>,
  { env = {}, files = {}, onStart }: Around,
): Promise<Ended> {
  return inHome(files, async (home) => {
    const [output, summary, state] = [join(home, '.output'), join(home, '.summary.md'), join(home, '.state')];
    await Promise.all([output, summary, state].map((path) => writeFile(path, '')));
    const words = Object.entries(inputs).map(
      ([name, text]) => [`INPUT_${name.toUpperCase()}`, text] as const,
    );
    const about = {
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: summary,
      GITHUB_STATE: state,
      GITHUB_ACTOR: 'ada',
      GITHUB_REPOSITORY: 'shop/api',
      GITHUB_RUN_ID: '7',
      ...Object.fromEntries(words),
      ...env,
    };
    const ended = await run([`dist/${file}`], home, about, onStart);
    const [outputs, page, handed] = await Promise.all(
      [output, summary, state].map((path) => readFile(path, 'utf8')),
    );
    return {
      ...ended,
      outputs: Object.fromEntries(parseFileCommands((outputs ?? '').replaceAll(home, '~'))),
      summary: (page ?? '').replaceAll(home, '~'),
      state: Object.fromEntries(parseFileCommands(handed ?? '')),
    };
  });
}

/** Runs the command line as it is built, which starts in a third of the time that its sources need. */
export async function runCli(
  args: readonly string[],
  { env = {}, files = {}, onStart }: Around = {},
): Promise<Ended> {
  return inHome(files, async (home) => {
    const ended = await run(['dist/istiops.js', ...args], home, { USER: 'ada', ...env }, onStart);
    return { ...ended, outputs: {}, summary: '', state: {} };
  });
}

export interface OnTerminal {
  readonly files?: Readonly<Record<string, string>>;
  /** Called with all that the terminal shows so far, whenever there is more; may type, `\u0003` being Ctrl-C. */
  readonly onShown?: (screen: string, type: (keys: string) => void) => void;
}

/** Runs the command line as `runCli` does, in a terminal of its own: what is typed there comes as keys of a person. */
export async function runOnTerminal(
  args: readonly string[],
  { files = {}, onShown }: OnTerminal = {},
): Promise<{ readonly code: number | null; readonly screen: string }> {
  return inHome(files, async (home) => {
    const words = [process.execPath, join(ROOT, 'dist/istiops.js'), ...args].map((word) =>
      word.replaceAll('~/', `${home}/`),
    );
    const line = `exec ${words.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ')}`;
    // Of util-linux, or of BSD.
    const own =
      process.platform === 'linux' ? ['-qefc', line, '/dev/null'] : ['-q', '/dev/null', 'sh', '-c', line];
    const child = spawn('script', own, {
      cwd: home,
      env: { PATH: process.env['PATH'], HOME: home, USER: 'ada', TERM: 'xterm', NODE_COMPILE_CACHE },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let screen = '';
    child.stdout.on('data', (shown: Buffer) => {
      screen += shown.toString('utf8');
      onShown?.(screen, (keys) => child.stdin.write(keys));
    });
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    return { code, screen: screen.replaceAll(home, '~') };
  });
}

async function inHome<T>(
  files: Readonly<Record<string, string>>,
  body: (home: string) => Promise<T>,
): Promise<T> {
  const home = await mkdtemp(join(tmpdir(), 'istiops-process-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(join(home, name, '..'), { recursive: true });
      await writeFile(join(home, name), text);
    }
    return await body(home);
  } finally {
    await rm(home, { recursive: true });
  }
}

async function run(
  [script = '', ...args]: readonly string[],
  home: string,
  more: Readonly<Record<string, string>>,
  onStart?: (child: ChildProcess) => void,
): Promise<Omit<Ended, 'outputs' | 'summary' | 'state'>> {
  const there = (word: string): string => word.replaceAll('~/', `${home}/`);
  const env = Object.fromEntries(Object.entries(more).map(([name, text]) => [name, there(text)]));
  const given = [join(ROOT, script), ...args.map(there)];
  const child = spawn(process.execPath, given, {
    cwd: home,
    env: { PATH: process.env['PATH'], HOME: home, NODE_COMPILE_CACHE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onStart?.(child);
  const [stdout, stderr, code] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    }),
  ]);
  const kind = script.startsWith('dist/') ? 'action' : 'cli';
  const strange = [stdout, stderr].flatMap((stream) => strangeIn(stream, kind));
  if (strange.length > 0) throw new Error(`The process printed what it must not:\n${strange.join('\n')}`);
  return { args: given, code, stdout: stdout.replaceAll(home, '~'), stderr: stderr.replaceAll(home, '~') };
}

async function textOf(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of stream) chunks.push(Buffer.from(chunk as Uint8Array));
  } catch (thrown) {
    // A test may stop reading, as the reader of a pipe does.
    if (!stream.destroyed) throw thrown;
  }
  return Buffer.concat(chunks).toString('utf8');
}
