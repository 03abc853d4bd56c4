/** What a route matches, in words. */
import { memberWords } from './member-words.ts';
import { conditionsOf, type Condition, type MatchConditions } from '../istio/conditions.ts';
import { describeTest } from '../istio/describe.ts';
import type { Match, Route } from '../istio/types.ts';

/**
 * What a route matches, in words: alternatives joined by ` or `, the conditions of one by ` and `.
 *
 * A regex that an input of istiops made for a cookie or a member of baggage is said as it was given.
 *
 * @example 'uri starts with "/v2" and header x-cid is "seu_madruga"', 'cookie canary=always', or 'every request'
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
function describeConditions(blocks: MatchConditions): string {
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
      const words = describeNamed(condition);
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

function describeNamed({ of, name, test }: Extract<Condition, { readonly kind: 'named' }>): string {
  const member = of === 'header' && test.operator === 'matches' ? memberWords(name, test.value) : undefined;
  return member ?? `${of} ${name} ${describeTest(test)}`;
}
