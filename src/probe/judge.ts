import type { ProbeExpectation } from '../intent/probe.ts';
import { quote } from '../intent/parsed.ts';
import { regexMatches, matchesWithin } from '../intent/regex.ts';
import type { StringMatch } from '../istio/types.ts';
import type { ProbeAnswer } from '../ports/ask.ts';
import { ownValue } from '../base/json.ts';

type HttpAnswer = Extract<ProbeAnswer, { kind: 'answer' }>;

/**
 * What is wrong with an answer, one clause each; none: it is a good one.
 *
 * @param shown takes secrets out of what is cited: an address may answer with what it was sent
 */
export function problemsOf(
  answer: HttpAnswer,
  expect: readonly ProbeExpectation[],
  shown: (words: string) => string,
): readonly string[] {
  const isStatusAsked = expect.some(({ on }) => on === 'status');
  const plain =
    isStatusAsked || isSuccess(answer.status) ? [] : [`the status is ${answer.status}, which is no 2xx`];
  return [...plain, ...expect.flatMap((one) => answerProblem(answer, one, shown) ?? [])];
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

function answerProblem(
  { status, headers, body }: HttpAnswer,
  expected: ProbeExpectation,
  shown: (words: string) => string,
): string | undefined {
  const wanted = `${quote(expected.text)} is expected`;
  switch (expected.on) {
    case 'status':
      return isMatched(expected.match, String(status)) ? undefined : `the status is ${status}, ${wanted}`;
    case 'header': {
      const value = ownValue(headers, expected.name);
      if (value === undefined) return `there is no header ${expected.name}, ${wanted}`;
      return isMatched(expected.match, value)
        ? undefined
        : `the header ${expected.name} is ${quote(shown(value))}, ${wanted}`;
    }
    case 'body':
      return isInBody(expected.match, body) ? undefined : `the body is another: ${wanted}`;
  }
}

function isMatched({ exact, prefix, regex }: StringMatch, text: string): boolean {
  if (exact !== undefined) return text === exact;
  if (prefix !== undefined) return text.startsWith(prefix);
  return regex === undefined || regexMatches(regex, text);
}

/** White space around a body is nobody's intention: `echo ok` ends its line. */
function isInBody({ exact, prefix, regex }: StringMatch, body: string): boolean {
  if (exact !== undefined) return body.trim() === exact;
  if (prefix !== undefined) return body.trimStart().startsWith(prefix);
  return regex === undefined || matchesWithin(regex, body);
}

/** Where an answer redirects to; undefined: nowhere. */
export type Redirect = { readonly to: string } | { readonly elsewhere: string };

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * A redirect within the same host is followed, as `/` to `/en/`; one to another host never: it would be handed the
 * probe's headers, and its answer would say nothing about the change. From http to https is no other host.
 */
export function redirectOf(url: string, { status, headers }: HttpAnswer): Redirect | undefined {
  const { location } = headers;
  if (!REDIRECTS.has(status) || location === undefined || !URL.canParse(location, url)) return undefined;
  const [from, to] = [new URL(url), new URL(location, url)];
  const isUpgrade =
    from.protocol === 'http:' && to.protocol === 'https:' && from.port === '' && to.port === '';
  const isSame = from.hostname === to.hostname && (from.origin === to.origin || isUpgrade);
  return isSame ? { to: to.href } : { elsewhere: to.host };
}

/** A URL in a message: what stands in its query may be a token. */
export function shownUrl(url: string): string {
  const { origin, pathname, search } = new URL(url);
  return `${origin}${pathname}${search === '' ? '' : '?…'}`;
}
