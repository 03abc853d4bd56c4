import type { HeaderMatch } from './types.ts';

/**
 * Exact values that were probably meant as something else: in quotes that belong to the value, a pattern of a shell, or
 * behind the `==` of a label selector.
 *
 * @returns a sentence for each: what it matches, and how to write the other
 */
export function headerDoubts(alternatives: readonly HeaderMatch[]): readonly string[] {
  const doubts = alternatives.flatMap((match) =>
    Object.entries(match).flatMap(([name, { exact }]) => {
      if (exact === undefined) return [];
      const only = `\`headers: ${name}=${exact}\` matches only requests whose ${name} has the value ${exact} to the letter`;
      const [, bare] = /^['\u2018-\u201f](.*)['\u2018-\u201f]$/.exec(exact) ?? [];
      if (bare !== undefined) return [`${only}, quotes included. Without them: ${name}=${bare}.`];
      const [, second] = /^=\s*(.+)$/.exec(exact) ?? [];
      if (second !== undefined)
        return [
          `${only}: the first = ends the name, the second is of the value. Without it: ${name}=${second}.`,
        ];
      if (exact === '*') return [`${only}. For any value: ${name}.`];
      const [, prefix] = /^([^*]+)\*$/.exec(exact) ?? [];
      return prefix === undefined
        ? []
        : [`${only}. For values that begin with ${prefix}: ${name}^=${prefix}.`];
    }),
  );
  return [...new Set(doubts)];
}
