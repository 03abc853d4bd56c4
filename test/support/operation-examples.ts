/** The example of `--help` of each operation that adds something, as the words of a door. */
import type { Words } from '../../src/intent/types.ts';
import { OPERATIONS, doorOf, operationNamed, type Operation } from '../../src/operations/index.ts';
import type { TakesBack } from '../../src/operations/types.ts';
import { shellWords } from './cases.ts';

export interface OperationExample {
  readonly name: Operation;
  readonly words: Words;
  readonly takesBack: TakesBack;
}

export const EXAMPLES: readonly OperationExample[] = OPERATIONS.flatMap((name) => {
  const entry = operationNamed(name);
  if (entry.kind === 'read' || entry.direction !== 'forward') return [];
  return [{ name, words: wordsOf(name), takesBack: entry.takesBack }];
});

/** Those that give something to a build: `rollback` of the build takes it away. */
export const EXAMPLES_OF_BUILDS = EXAMPLES.filter(({ takesBack }) => takesBack.by === 'rollback');

/** Those that set something of no build: it stays when builds go. */
export const EXAMPLES_OF_NO_BUILD = EXAMPLES.filter(({ takesBack }) => takesBack.by === 'undo');

function wordsOf(operation: Operation): Words {
  const flags = shellWords(doorOf(operation).example);
  const words: Words = Object.fromEntries(
    flags.flatMap((flag, i) => (flag.startsWith('--') ? [[flag.slice(2), flags[i + 1] ?? ''] as const] : [])),
  );
  return { ...words, operation, 'propagation-wait': '0s' };
}
