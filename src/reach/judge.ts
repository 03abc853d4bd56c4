import type { Route } from '../istio/types.ts';
import {
  answerWords,
  sameAnswer,
  sameShares,
  sharesOf,
  sharesWords,
  treatmentDifference,
  treatmentOf,
} from './answers.ts';
import type { Expected } from './expected.ts';

/** Does a route give what was expected? Undefined: no route takes the request. */
export function isAsExpected(expected: Expected, route: Route | undefined, namespace: string): boolean {
  if (expected.kind === 'any') return true;
  if (expected.kind === 'either') return expected.of.some((one) => isAsExpected(one, route, namespace));
  if (expected.kind === 'route') return sameAnswer(expected.route, route, namespace);
  if (route === undefined || treatmentOf(expected.route) !== treatmentOf(route)) return false;
  const shares = sharesOf(route, namespace);
  if (expected.kind === 'alone') {
    return shares.length > 0 && shares.every(({ destination }) => expected.isIn(destination));
  }
  const { exact } = expected;
  if (exact !== undefined) {
    const part = shares
      .filter(({ destination }) => exact.isIn(destination))
      .reduce((sum, { share }) => sum + share, 0);
    if (Math.abs(part - exact.share) > 0.02) return false;
  }
  return sameShares(expected.shares, shares, expected.tolerance);
}

/** `v1 80 %, api-pr-10 20 %`, as far as whole percents go. */
export function expectedWords(expected: Expected, namespace: string): string {
  switch (expected.kind) {
    case 'route':
      return answerWords(expected.route, namespace);
    case 'shares':
      return sharesWords(expected.shares.map((one) => ({ ...one, share: Math.round(one.share) })));
    case 'alone':
      return expected.name;
    case 'either':
      return expected.of.map((one) => expectedWords(one, namespace)).join(' or ');
    case 'any':
      return 'what it was before';
  }
}

/** What a route gives, told apart from what another one gives to the same destinations. */
export function afterWords(before: Route | undefined, after: Route | undefined, namespace: string): string {
  const words = answerWords(after, namespace);
  if (before === undefined || after === undefined) return words;
  const other = treatmentDifference(before, after);
  return other.length === 0 ? words : `${words} (with another ${other.join(', ')})`;
}
