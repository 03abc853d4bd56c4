import type { Parsed } from '../../src/intent/parsed.ts';

export function valueOf<T>(parsed: Parsed<T>): T {
  if (!parsed.ok) throw new Error(parsed.problems.join('; '));
  return parsed.value;
}

export function problemsOf(parsed: Parsed<unknown>): readonly string[] {
  if (parsed.ok) throw new Error(`taken: ${JSON.stringify(parsed.value)}`);
  return parsed.problems;
}
