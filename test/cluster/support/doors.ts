import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import type * as Library from '../../../src/index.ts';
import type { Plane } from './plane.ts';

/** The doors as a user opens them: child processes with a small environment, and the library. */

const doors = inject('doors');
const ACTION = join(doors, 'dist/index.js');
const CLI = join(doors, 'dist/istiops.js');

/** The built library, in this process: for runs of which there are many. */
export const library = (await import(join(doors, 'lib/index.js'))) as typeof Library;

export type Inputs = Readonly<Record<string, string>>;

export interface Ran {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Milliseconds. */
  readonly took: number;
}

export interface ActionRan extends Ran {
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
}

/** What `--output json` prints, as far as tests read it. */
export interface Result {
  readonly changed: boolean;
  readonly namespace: string | null;
  readonly subset: string;
  readonly diff: string;
  readonly safeToScaleDown: readonly string[];
  readonly failureReason: string;
  readonly confirmed: string;
  readonly confirmation: string;
  readonly proxies?:
    readonly { readonly proxy: string; readonly state: string; readonly words: string }[] | null;
  readonly findings: readonly {
    readonly code: string;
    readonly severity: string;
    readonly message: string;
  }[];
  readonly failure: { readonly reason: string; readonly message: string } | null;
}

export interface CliRan extends Ran {
  readonly result: Result;
}

type Place = Pick<Plane, 'dir' | 'kubeconfig'>;

export interface Options {
  readonly env?: Readonly<Record<string, string>>;
  /** A command that starts what is appended to it, such as `env`. */
  readonly under?: readonly string[];
  readonly onStart?: (child: ChildProcess) => void;
  /** Called with all that was printed so far; may end the process. */
  readonly onOutput?: (text: string, child: ChildProcess) => void;
}

/** Runs the built Action with these inputs; the plane's admin kubeconfig unless an input or the environment says else. */
export async function action(plane: Place, inputs: Inputs, options: Options = {}): Promise<ActionRan> {
  const folder = await mkdtemp(join(plane.dir, 'action-'));
  const output = join(folder, 'output');
  const summary = join(folder, 'summary');
  await Promise.all([output, summary].map((file) => writeFile(file, '')));
  const env = {
    GITHUB_OUTPUT: output,
    GITHUB_STEP_SUMMARY: summary,
    GITHUB_REPOSITORY: 'octo/api',
    GITHUB_ACTOR: 'octocat',
    GITHUB_RUN_ID: '1',
    GITHUB_SERVER_URL: 'https://github.com',
    ...Object.fromEntries(
      Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
    ),
  };
  const ran = await start(plane, [ACTION], { ...options, env: { ...env, ...options.env } });
  return {
    ...ran,
    outputs: outputsIn(await readFile(output, 'utf8')),
    summary: await readFile(summary, 'utf8'),
  };
}

/** Runs `istiops traffic <operation>` with these inputs as flags. */
export async function istiops(
  plane: Place,
  operation: string,
  inputs: Inputs,
  options: Options = {},
): Promise<CliRan> {
  const flags = Object.entries(inputs).flatMap(([name, value]) => [`--${name}`, value]);
  const ran = await start(plane, [CLI, 'traffic', operation, ...flags, '--output', 'json'], options);
  if (ran.signal !== null) return { ...ran, result: NOTHING };
  try {
    return { ...ran, result: JSON.parse(ran.stdout) as Result };
  } catch (cause) {
    throw new Error(
      `${operation} printed no JSON (exit code ${String(ran.code)}):\n${ran.stdout}\n${ran.stderr}`,
      {
        cause,
      },
    );
  }
}

/** Runs `istiops doctor` with these inputs as flags. */
export async function doctor(plane: Place, inputs: Inputs, options: Options = {}): Promise<Ran> {
  const flags = Object.entries(inputs).flatMap(([name, value]) => [`--${name}`, value]);
  return start(plane, [CLI, 'doctor', ...flags], options);
}

const NOTHING: Result = {
  changed: false,
  namespace: null,
  subset: '',
  diff: '',
  safeToScaleDown: [],
  failureReason: '',
  confirmed: 'none',
  confirmation: '',
  findings: [],
  failure: null,
};

async function start(
  place: Place,
  args: readonly string[],
  { env, under = [], onStart, onOutput }: Options,
): Promise<Ran> {
  const began = performance.now();
  const [command = process.execPath, ...rest] = [...under, process.execPath, ...args];
  const child = spawn(command, rest, {
    cwd: place.dir,
    // Nothing of the caller's: neither its kubeconfig nor a proxy, nor being a workflow itself.
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: place.dir,
      TMPDIR: place.dir,
      USER: 'tester',
      KUBECONFIG: place.kubeconfig,
      // Compiled once for all of them, which saves a quarter of their time.
      NODE_COMPILE_CACHE: join(place.dir, 'compiled'),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onStart?.(child);
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (part: string) => {
      texts[name] += part;
      onOutput?.(texts.stdout + texts.stderr, child);
    });
  }
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      resolve({ code, signal, ...texts, took: performance.now() - began });
    });
  });
}

/** The runner's file format: `name<<delimiter`, the value's lines, the delimiter; the last of a name counts. */
function outputsIn(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  const pattern = /^([\w-]+)<<(\S+)\n([\s\S]*?)\n?^\2$/gm;
  for (const [, name = '', , value = ''] of text.matchAll(pattern)) outputs[name] = value;
  return outputs;
}
