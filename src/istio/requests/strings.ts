import { matchesWhole } from '../regex.ts';
import type { StringMatch } from '../types.ts';

/**
 * `*` is no regular expression: Istio takes it, and a match that says nothing at all, for "is there".
 *
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/route/route.go canBeConvertedToPresentMatch
 */
export function asksForPresence({ exact, prefix, regex }: StringMatch): boolean {
  return exact === undefined && prefix === undefined && (regex === undefined || regex === '*');
}

/**
 * Does the text meet the match? Undefined where its regex can't be asked (`regexDoubt` says why), because then nobody knows what Envoy does; but a
 * text that begins in another way than the regex does not meet it, whatever the rest.
 *
 * @param ignoreCase does not touch a regex: Envoy has no such thing
 */
export function meetsString(match: StringMatch, text: string, ignoreCase = false): boolean | undefined {
  const { exact, prefix, regex } = match;
  if (exact !== undefined) {
    return ignoreCase ? text.toLowerCase() === exact.toLowerCase() : text === exact;
  }
  if (prefix !== undefined) {
    return ignoreCase ? text.toLowerCase().startsWith(prefix.toLowerCase()) : text.startsWith(prefix);
  }
  return regex === undefined ? true : meetsRegex(regex, text);
}

/** What every text that a regex matches starts with: to compile one takes longer than to compare a thousand of these. */
const starts = new Map<string, string>();

/** A long-lived process that sees many meshes must not keep every regex that it has ever met. */
const MOST_STARTS = 50_000;

function meetsRegex(source: string, text: string): boolean | undefined {
  let start = starts.get(source);
  if (start === undefined) {
    if (starts.size >= MOST_STARTS) starts.clear();
    start = literalStart(source);
    starts.set(source, start);
  }
  return text.startsWith(start) ? matchesWhole(source, text) : false;
}

/**
 * The text that every match of a regex starts with, as far as it can be read off at a glance; else empty.
 *
 * @example literalStart('^/v1/(a|b)+') // '/v1/'
 */
export function literalStart(source: string): string {
  if (source.includes('|') && hasOuterAlternative(source)) return '';
  const body = source.replace(/^\^/, '');
  const rest = body.replace(/^(?:[\w\-/ ,:;=&%#@!~"'<>]|\\[^\w\s])*/, '');
  const plain = body.slice(0, body.length - rest.length);
  // What follows may make the last character optional, or repeat it none or several times.
  const fixed = /^[*?{+]/.test(rest) ? plain.replace(/\\?.$/, '') : plain;
  return fixed.replaceAll(/\\(.)/g, '$1');
}

/** Is there a `|` outside of groups and classes? A doubt (a quotation) is a yes. */
function hasOuterAlternative(source: string): boolean {
  if (/\\[QE]/.test(source)) return true;
  let depth = 0;
  for (const [token] of source.matchAll(/\\.|\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]|[()|]/g)) {
    if (token === '(') depth += 1;
    else if (token === ')') depth -= 1;
    else if (token === '|' && depth === 0) return true;
  }
  return false;
}
