import { fork, spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MARK } from './reap.ts';

export interface Running {
  readonly name: string;
  readonly child: ChildProcess;
  /** How it ended, in words, once it has. */
  readonly exited: Promise<string>;
  readonly log: string;
  /** True once we asked for its end, so that the end is no surprise. */
  stopping: boolean;
}

export interface Start {
  /** The plane's folder: working directory, log and the mark by which the process is found again. */
  readonly dir: string;
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Starts a part of the plane in a session of its own: Ctrl-C in the terminal is for the owner alone, who then stops
 * the parts in order. Its environment is small: a proxy or GODEBUG of the caller's must not change what a test sees.
 */
export function start({ dir, name, command, args, env }: Start): Running {
  const log = join(dir, 'logs', `${name}.log`);
  const out = openSync(log, 'a');
  const child = spawn(command, args, {
    cwd: dir,
    env: { PATH: process.env['PATH'] ?? '', HOME: dir, TMPDIR: dir, ...env, [MARK]: dir },
    stdio: ['ignore', out, out],
    detached: true,
  });
  closeSync(out);
  child.unref();
  return running(name, child, log);
}

/** Starts a module of this repository as a process with an IPC channel; the same rules otherwise. */
export function startModule(dir: string, name: string, module: string): Running {
  const log = join(dir, 'logs', `${name}.log`);
  const out = openSync(log, 'a');
  const child = fork(module, [], {
    cwd: dir,
    env: { PATH: process.env['PATH'] ?? '', HOME: dir, TMPDIR: dir, [MARK]: dir },
    stdio: ['ignore', out, out, 'ipc'],
    detached: true,
    // A test runner's own loader flags are not for our children.
    execArgv: [],
  });
  closeSync(out);
  return running(name, child, log);
}

function running(name: string, child: ChildProcess, log: string): Running {
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => {
      resolve(`${name} could not be started: ${error.message}`);
    });
    child.once('exit', (code, signal) => {
      resolve(`${name} ended with ${signal ?? `code ${String(code)}`}`);
    });
  });
  return { name, child, exited, log, stopping: false };
}

/** Ends a part at once. Its data goes with the plane, so there is nothing to save, and kube-apiserver needs 10 s to. */
export async function end(part: Running): Promise<void> {
  part.stopping = true;
  part.child.ref();
  if (part.child.exitCode === null && part.child.signalCode === null) part.child.kill('SIGKILL');
  await part.exited;
}

/** Waits until `probe` says yes (a throw is a no); fails at once when the part ends, and after `timeoutMs`. */
export async function untilReady(
  part: Running,
  probe: () => Promise<boolean>,
  timeoutMs = 120_000,
): Promise<void> {
  let ended: string | undefined;
  void part.exited.then((how) => {
    ended = how;
  });
  const deadline = Date.now() + timeoutMs;
  let last = 'not ready yet';
  while (Date.now() < deadline) {
    if (ended !== undefined)
      throw new Error(`${ended} before it was ready. Its log ends with:\n${await tail(part.log)}`);
    try {
      if (await probe()) return;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    await sleep(25);
  }
  throw new Error(
    `${part.name} was not ready after ${timeoutMs / 1000} s (${last}). Its log ends with:\n${await tail(part.log)}`,
  );
}

export async function until(what: string, probe: () => Promise<boolean>, timeoutMs = 120_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  let last = 'the answer was no';
  while (Date.now() < deadline) {
    try {
      if (await probe()) return;
      last = 'the answer was no';
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    await sleep(20);
  }
  throw new Error(`Waited ${timeoutMs / 1000} s in vain until ${what} (${last}).`);
}

async function tail(log: string): Promise<string> {
  const text = await readFile(log, 'utf8').catch(() => '');
  return text.split('\n').slice(-15).join('\n');
}
