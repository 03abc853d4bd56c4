import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runAction } from '../../scripts/runner/run-action.ts';
import type { Plane } from '../../test/cluster/plane/plane.ts';
import type { Trace } from './trace.ts';

export type Inputs = Readonly<Record<string, string>>;

/**
 * One run of the built Action on the plane.
 *
 * @returns milliseconds of the whole process, as whoever started it sees them
 * @throws Error with its log, where it fails
 */
export async function timeOf(
  { dir }: Pick<Plane, 'dir'>,
  inputs: Inputs,
  env: Readonly<Record<string, string>> = {},
): Promise<number> {
  const lines: string[] = [];
  const { exitCode, milliseconds } = await runAction(new Map(Object.entries(inputs)), {
    cwd: dir,
    // As on a runner, whose later steps find there what the first has compiled.
    env: { RUNNER_TEMP: dir, ...env },
    onLine: (line) => lines.push(line),
  });
  if (exitCode !== 0) throw new Error(lines.join('\n'));
  return milliseconds;
}

/** The same, traced, which takes longer than it does by itself. */
export async function traceOf(plane: Pick<Plane, 'dir'>, inputs: Inputs): Promise<Trace> {
  const file = join(plane.dir, 'trace.json');
  const NODE_OPTIONS = `--import=${join(import.meta.dirname, 'trace.ts')}`;
  await timeOf(plane, inputs, { NODE_OPTIONS, BENCH_TRACE: file });
  return JSON.parse(await readFile(file, 'utf8')) as Trace;
}
