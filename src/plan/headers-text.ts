/** The headers of a match, short enough for a headline. */
import { memberWords } from '../intent/member-words.ts';
import type { Condition, MatchConditions, TextTest } from '../istio/conditions.ts';

/**
 * The headers that a route matches, alternatives joined by ` or `.
 *
 * @returns null where an alternative matches no header, because the others alone would be misleading
 * @example 'x-cid: a, x-tenant: b or x-cid: c'
 */
export function headersIn(blocks: MatchConditions): string | null {
  const alternatives = blocks.map((block) => block.flatMap(headerText).join(', '));
  return alternatives.length === 0 || alternatives.includes('')
    ? null
    : [...new Set(alternatives)].join(' or ');
}

function headerText(condition: Condition): readonly string[] {
  if (condition.kind !== 'named' || condition.of !== 'header' || condition.isNegated) return [];
  return [testText(condition.name, condition.test)];
}

/** `x-cid: a`; a prefix as `x-cid: a…`, a regex between slashes, presence as the name alone. */
function testText(name: string, test: TextTest): string {
  switch (test.operator) {
    case 'is':
      return `${name}: ${test.value}`;
    case 'starts with':
      return `${name}: ${test.value}…`;
    case 'matches':
      return memberWords(name, test.value) ?? `${name}: /${test.value}/`;
    case 'is present':
      return name;
  }
}
