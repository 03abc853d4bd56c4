/** A copy of the sources in a folder of its own, in which one part of them is instrumented for mutation. */
import { cpSync, globSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Mutant } from '@stryker-mutator/api/core';
import { Instrumenter } from '@stryker-mutator/instrumenter';
import { sentences } from './sentences.ts';

export interface Stage {
  /** The folder; who made it removes it. */
  readonly folder: string;
  /** Paths in it are those of the repository: `src/plan/shares.ts`. */
  readonly mutants: readonly Mutant[];
}

const COPIED = ['package.json', 'src', 'test/cases', 'test/reach', 'test/support'];

/** @param patterns globs of the files to mutate, from the repository's root */
export async function staged(patterns: readonly string[]): Promise<Stage> {
  const root = resolve(import.meta.dirname, '..', '..');
  const folder = mkdtempSync(join(tmpdir(), 'mutation-'));
  for (const name of COPIED) cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const files = globSync([...patterns], { cwd: root })
    .sort()
    .map((name) => ({ name, mutate: true, content: readFileSync(join(root, name), 'utf8') }));
  const { files: instrumented, mutants } = await new Instrumenter(SILENT).instrument(files, {
    plugins: null,
    excludedMutations: [],
    ignorers: [sentences],
  });
  for (const { name, content } of instrumented) writeFileSync(join(folder, name), content);
  return { folder, mutants };
}

const off = (): boolean => false;
const nothing = (): void => undefined;

const SILENT = {
  isTraceEnabled: off,
  isDebugEnabled: off,
  isInfoEnabled: off,
  isWarnEnabled: off,
  isErrorEnabled: off,
  isFatalEnabled: off,
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  fatal: nothing,
};
