import {
  answerWords,
  respelledShares,
  sameAnswer,
  sameShares,
  sharesOf,
  sharesWords,
  treatmentDifference,
  treatmentKey,
} from './answers.ts';
import type { Expected } from './expected/types.ts';
import type { Taken } from './listed.ts';

/** Does a route give what was expected? */
export function isAsExpected(expected: Expected, taken: Taken): boolean {
  if (expected.kind === 'as') return sameAnswer(expected.listed, taken);
  if (expected.kind === 'known-hosts')
    return taken === undefined || sharesOf(taken).every(({ host }) => expected.hosts.has(host));
  if (taken === undefined || treatmentKey(expected.like.route) !== treatmentKey(taken.route)) return false;
  const shares = sharesOf(taken);
  if (expected.kind === 'alone')
    return (
      shares.length > 0 &&
      shares.every(
        ({ host, destination: { subset }, entry }) =>
          expected.isIn(host, subset ?? null) && expected.entries.has(entry),
      )
    );
  const { exact } = expected;
  if (exact !== undefined) {
    const part = shares
      .filter(({ host, destination: { subset } }) => exact.isIn(host, subset ?? null))
      .reduce((sum, { share }) => sum + share, 0);
    if (Math.abs(part - exact.share) > 0.02) return false;
  }
  return expected.isLoose === true
    ? sameShares(respelledShares(expected.shares), respelledShares(shares), expected.tolerance)
    : sameShares(expected.shares, shares, expected.tolerance);
}

/** `v1 80 %, api-pr-10 20 %`, as far as whole percents go. */
export function expectedWords(expected: Expected): string {
  switch (expected.kind) {
    case 'as':
      return answerWords(expected.listed);
    case 'shares':
      return sharesWords(expected.shares.map((one) => ({ ...one, share: Math.round(one.share) })));
    case 'alone':
      return expected.name;
    case 'known-hosts':
      return `one of ${[...expected.hosts].join(', ') || 'no host'}`;
  }
}

/** What a route gives, told apart from what another one gives to the same destinations. */
export function afterWords(before: Taken, after: Taken): string {
  const words = answerWords(after);
  if (before === undefined || after === undefined) return words;
  // What answers by itself and what sends are told apart by the words already.
  if ((sharesOf(before).length === 0) !== (sharesOf(after).length === 0)) return words;
  const other = treatmentDifference(before.route, after.route);
  const named = other.map(otherOne);
  return named.length === 0 ? words : `${words} (with ${named.join(', ')})`;
}

/** `another timeout`, `other headers of a destination`. */
function otherOne(field: string): string {
  const [noun = ''] = field.split(' ');
  return `${noun.endsWith('s') ? 'other' : 'another'} ${field}`;
}
