import { conditionsOf, textTest, type Condition, type MatchConditions, type TextTest } from './conditions.ts';
import type { Match, Route, StringMatch } from './types.ts';

/**
 * What a route matches, in words: alternatives joined by ` or `, the conditions of one by ` and `.
 *
 * @example 'uri starts with "/v2" and header x-cid is "seu_madruga"', or 'every request'
 */
export function describeMatch(route: Route): string {
  const { match } = route;
  if (match === undefined) return 'every request';
  const known = described.get(match);
  if (known !== undefined) return known;
  const words = describeConditions(conditionsOf(route));
  described.set(match, words);
  return words;
}

/** A plan describes every route, and of one with 2,000 blocks each block may need the words of all. */
const described = new WeakMap<readonly Match[], string>();

/** The same of conditions that are known already. */
export function describeConditions(blocks: MatchConditions): string {
  return blocks.length === 0 ? 'every request' : [...new Set(blocks.map(describeBlock))].join(' or ');
}

function describeBlock(conditions: readonly Condition[]): string {
  return conditions.length === 0 ? 'every request' : conditions.map(describeCondition).join(' and ');
}

function describeCondition(condition: Condition): string {
  switch (condition.kind) {
    case 'text':
      return `${condition.of} ${describeTest(condition.test)}`;
    case 'named': {
      const words = `${condition.of} ${condition.name} ${describeTest(condition.test)}`;
      return condition.isNegated ? `not (${words})` : words;
    }
    case 'one of':
      return `${condition.of === 'source namespace' ? 'from namespace' : condition.of} ${condition.values.join(', ')}`;
    case 'source labels':
      return `from pods ${condition.labels.join(',')}`;
    case 'ignoring case':
      return 'ignoring case';
    case 'field':
      return `${condition.field} ${JSON.stringify(condition.value)}`;
  }
}

/** `is "a"`, `starts with "a"`, `matches "a.*"`, `is present`. */
export function describeString(match: StringMatch): string {
  return describeTest(textTest(match));
}

function describeTest(test: TextTest): string {
  return test.operator === 'is present' ? test.operator : `${test.operator} ${JSON.stringify(test.value)}`;
}
