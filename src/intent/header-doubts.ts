import type { HeaderMatch } from './types.ts';

/**
 * Exact values that were probably meant as something else: in quotes that belong to the value, a pattern of a shell,
 * behind the `==` of a label selector or an operator that there is none of, with a comment or an expression in them.
 *
 * @returns a sentence for each: what it matches, and how to write the other
 */
export function headerDoubts(alternatives: readonly HeaderMatch[]): readonly string[] {
  const doubts = alternatives.flatMap((match) =>
    Object.entries(match).flatMap(([name, { exact }]) => {
      if (exact === undefined) return [];
      const doubt = operatorDoubt(name, exact) ?? valueDoubt(name, exact);
      return doubt === undefined ? [] : [doubt];
    }),
  );
  return [...new Set(doubts)];
}

/** What the operators of CSS, which a header's name may end with, are written as here. */
const OPERATORS: ReadonlyMap<string, (name: string, value: string) => string> = new Map([
  [
    '!',
    (name) => `That a request must not have it can't be said in headers; ${name} alone matches any value.`,
  ],
  ['*', (name, value) => `For values that contain ${value}: ${name}~=.*${escaped(value)}.*`],
  ['$', (name, value) => `For values that end with ${value}: ${name}~=.*${escaped(value)}`],
]);

function operatorDoubt(name: string, exact: string): string | undefined {
  const words = OPERATORS.get(name.slice(-1))?.(name.slice(0, -1), exact);
  if (words === undefined) return undefined;
  return `\`headers: ${name}=${exact}\` matches only requests that have a header of the name ${name}, because there is no operator ${name.slice(-1)}=. ${words}`;
}

function valueDoubt(name: string, exact: string): string | undefined {
  const only = `\`headers: ${name}=${exact}\` matches only requests whose ${name} has the value ${exact} to the letter`;
  const [, bare] = /^['\u2018-\u201f](.*)['\u2018-\u201f]$/.exec(exact) ?? [];
  if (bare !== undefined) return `${only}, quotes included. Without them: ${name}=${bare}.`;
  const [, second] = /^=\s*(.+)$/.exec(exact) ?? [];
  if (second !== undefined)
    return `${only}: the first = ends the name, the second is of the value. Without it: ${name}=${second}.`;
  if (exact === '*') return `${only}. For any value: ${name}.`;
  const [, prefix] = /^([^*]+)\*$/.exec(exact) ?? [];
  if (prefix !== undefined) return `${only}. For values that begin with ${prefix}: ${name}^=${prefix}.`;
  if (exact.includes('${{')) return `${only}: nobody has evaluated the expression in it.`;
  const [, beforeComment] = /^(.*\S)\s+#/.exec(exact) ?? [];
  if (beforeComment !== undefined)
    return `${only}, what is behind the # included, because headers have no comments. Without it: ${name}=${beforeComment}.`;
  return undefined;
}

/** As a regex that matches the text itself. */
function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
