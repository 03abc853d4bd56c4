import { RE2JS } from 're2js';

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
  if (bytes > LONGEST) return `the regex is ${bytes} bytes long, Istio takes ${LONGEST}`;
  try {
    RE2JS.compile(regex);
    return undefined;
  } catch (thrown) {
    const words = thrown instanceof Error ? thrown.message : String(thrown);
    return `the regex is not RE2: ${words.replace(/^error parsing regexp: /, '')}`;
  }
}

/** Does the regex, which must be valid, match all of this text? As Envoy does. */
export function matchesWhole(regex: string, text: string): boolean {
  return RE2JS.compile(regex).testExact(text);
}

/** Does the regex, which must be valid, match any part of this text? */
export function matchesWithin(regex: string, text: string): boolean {
  return RE2JS.compile(regex).test(text);
}

/** A regex that matches this text and nothing else. */
export function literally(text: string): string {
  return RE2JS.quote(text);
}
