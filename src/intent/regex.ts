import { compiledRegex, matchesWhole as isWhole, MOST_INSTRUCTIONS, tooLarge } from '../istio/regex.ts';

const LONGEST = 1024;

/**
 * What is wrong with a regular expression for Envoy, or undefined.
 *
 * Istio refuses an empty one and one of more than 1024 bytes, and compiles it with Go's RE2 syntax; what gets
 * past it (an object written while the webhook was down) makes Envoy reject the whole listener.
 *
 * @see https://github.com/istio/istio/blob/master/pkg/config/validation/validation.go validateStringMatchRegexp
 */
export function regexProblem(regex: string): string | undefined {
  if (regex === '') return 'the regex is empty, which Istio refuses';
  const bytes = new TextEncoder().encode(regex).length;
  if (bytes > LONGEST) return `the regex is ${bytes} bytes long, Istio accepts at most ${LONGEST}`;
  const compiled = compiledRegex(regex);
  switch (compiled.state) {
    case 'compiled':
      return undefined;
    case 'invalid':
      return `the regex is not RE2: ${compiled.why}`;
    case 'too-large':
      return `the regex ${tooLarge(compiled.size)}: repeat less, so that it stays below ${MOST_INSTRUCTIONS}`;
  }
}

/** Does the regex, which must have no problem, match all of this text? As Envoy does. */
export function regexMatches(regex: string, text: string): boolean {
  return isWhole(regex, text) ?? false;
}

/** Does the regex, which must have no problem, match any part of this text? */
export function matchesWithin(regex: string, text: string): boolean {
  const compiled = compiledRegex(regex);
  return compiled.state === 'compiled' && compiled.matcher.test(text);
}

export { literally } from '../istio/regex.ts';
