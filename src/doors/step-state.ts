/** What the main step leaves for the post step: in a file, because a step's state is an environment variable, and too small. */
import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TrafficError, faultText } from '../base/errors.ts';
import { isObject } from '../base/json.ts';
import { undoPlanFrom, undoPlanJson } from '../undo/step.ts';
import type { UndoPlan } from '../undo/types.ts';

export interface StepState {
  readonly step: UndoPlan;
  /** `cluster https://10.0.0.1:6443`: a later step may have logged in elsewhere. */
  readonly place: string;
  readonly namespace: string;
}

/** A path that is nobody else's, in the folder that the runner empties after the job. */
export function statePath(env: Readonly<Record<string, string | undefined>>): string {
  return join(env['RUNNER_TEMP'] || tmpdir(), `istiops-${randomUUID()}.json`);
}

/**
 * Whole or not at all, because the process may be killed at any moment; for nobody else's eyes.
 *
 * @throws TrafficError internal: the folder can't be written
 */
export function keep(path: string, { step, place, namespace }: StepState): void {
  const next = `${path}.new`;
  const text = JSON.stringify({ v: 2, step: undoPlanJson(step), place, namespace });
  try {
    writeFileSync(next, text, { mode: 0o600 });
    renameSync(next, path);
  } catch (thrown) {
    const why = faultText(thrown);
    throw new TrafficError(
      'internal',
      `What takes this change back can't be kept for the post step (${why}), so nothing is written: RUNNER_TEMP names the folder.`,
      { cause: thrown },
    );
  }
}

/**
 * @returns undefined where nothing was kept
 * @throws Error where it can't be read
 */
export function readKept(path: string): StepState | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
    throw thrown;
  }
  const value: unknown = JSON.parse(text);
  if (
    !isObject(value) ||
    value['v'] !== 2 ||
    typeof value['place'] !== 'string' ||
    typeof value['namespace'] !== 'string'
  )
    throw new Error('it is not what the step has kept');
  return { step: undoPlanFrom(value['step']), place: value['place'], namespace: value['namespace'] };
}

/** Removes the file, if there is one. */
export function forget(path: string): void {
  rmSync(path, { force: true });
}
