/** Messages for the command line: what they name as inputs of the Action are flags there. */
import type { Finding } from '../base/findings.ts';
import { INPUTS } from '../intent/inputs.ts';
import { shellWord } from '../base/shell-word.ts';
import type { Outcome } from './types.ts';

const FLAGS: ReadonlySet<string> = new Set(
  Object.values(INPUTS).flatMap((input) => (input.actionOnly ? [] : [input.name])),
);

/**
 * A message with its inputs as flags. In every message an input stands between backticks, alone or with its value, and
 * an operation without.
 *
 * @example inFlags('Give `hostname`, or set `force: true`.') // 'Give `--hostname`, or set `--force`.'
 */
export function inFlags(message: string): string {
  return message.replaceAll(/`([a-z][a-z-]*)(?:: ([^`\n]+))?`/g, (mark, name: string, value?: string) => {
    if (!FLAGS.has(name)) return mark;
    if (value === undefined || value === 'true') return `\`--${name}\``;
    return `\`--${name} ${shellWord(value)}\``;
  });
}

/**
 * What `--help` says of an input: other inputs in its description are flags, and nothing is between backticks. A
 * description names an input between backticks, and an operation without.
 */
export function helpInFlags(description: string): string {
  return description.replaceAll(/`([^`]*)`/g, (_, name: string) => (FLAGS.has(name) ? `--${name}` : name));
}

export function findingsInFlags(findings: readonly Finding[]): readonly Finding[] {
  return findings.map((one) => ({ ...one, message: inFlags(one.message) }));
}

/** An outcome of which every sentence for a person names flags. */
export function outcomeInFlags(outcome: Outcome): Outcome {
  const { failure } = outcome;
  return {
    ...outcome,
    findings: findingsInFlags(outcome.findings),
    failure: failure && { ...failure, message: inFlags(failure.message) },
  };
}
