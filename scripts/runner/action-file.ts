import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** The repository's root. */
export const ROOT = join(import.meta.dirname, '..', '..');

/** What action.yml declares. */
export interface ActionFile {
  /** Inputs with their defaults, which are empty where there is none. */
  readonly inputs: ReadonlyMap<string, string>;
  /** The bundle, relative to the root. */
  readonly main: string;
}

export function readActionFile(): ActionFile {
  // The shape is this repository's own, which a test compares with what the runner reads.
  const file = parse(readFileSync(join(ROOT, 'action.yml'), 'utf8')) as {
    readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
    readonly runs: { readonly main: string };
  };
  const inputs = Object.entries(file.inputs).map(([name, input]) => [name, input.default ?? ''] as const);
  return { inputs: new Map(inputs), main: file.runs.main };
}
