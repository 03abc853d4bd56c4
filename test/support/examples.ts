import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The repository's root. */
export const ROOT = join(import.meta.dirname, '..', '..');

/** A folder of its own with a copy of `examples/shop` at the same path; the caller removes it. */
export function copyExamples(): string {
  const dir = mkdtempSync(join(tmpdir(), 'istiops-examples-'));
  cpSync(join(ROOT, 'examples', 'shop'), join(dir, 'examples', 'shop'), { recursive: true });
  return dir;
}

/** Every file of the example in `dir`, by name. */
export function textsIn(dir: string): Record<string, string> {
  const folder = join(dir, 'examples', 'shop');
  return Object.fromEntries(
    readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  );
}

export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program with its arguments, run to its end in `cwd`. */
export function runProgram(program: string, args: readonly string[], cwd: string): Finished {
  const env = { PATH: process.env['PATH'], NO_COLOR: '1' };
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8', env });
  return { status, stdout, stderr };
}
