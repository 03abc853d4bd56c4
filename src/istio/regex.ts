/**
 * Regular expressions as Envoy reads them (RE2): the one place where one is compiled. Each comes from outside, so each
 * is held against a bound first; compiled ones are kept, because a list of routes is asked thousands of times.
 */
import { RE2JS } from 're2js';
import { regexSize } from './regex-size.ts';

export type Regex =
  | {
      readonly state: 'compiled';
      readonly matcher: RE2JS;
      /** Of a large one: what was asked already. */
      readonly answers?: Map<string, boolean>;
    }
  /** No RE2. `why` says what is wrong with it. */
  | { readonly state: 'invalid'; readonly why: string }
  /** It may be fine for Envoy, but nobody here asks it anything. */
  | { readonly state: 'too-large'; readonly size: number };

/**
 * What repetitions may make of a regex. Envoy has a bound of the same kind, `re2.max_program_size.error_level`: 100 by
 * default, 32,768 in a proxy that Istio configures, above which it refuses the whole list of routes. The one here is lower,
 * because each comparison costs time by this size; yet `.{0,255}` has room three times, and what is within it is within
 * Istio's as well.
 *
 * @see https://github.com/envoyproxy/envoy/blob/main/source/common/common/regex.cc
 * @see https://github.com/istio/istio/blob/master/pkg/bootstrap/config.go
 */
export const MOST_INSTRUCTIONS = 1000;

/** From this many instructions on, a regex is slow enough for its answers to be kept. */
const LARGE = 100;

/** Of one regex. */
const MOST_ANSWERS = 50;

/**
 * What it costs to ask a regex of one text, in comparisons of two texts, or more: the same every time, whatever is
 * remembered.
 */
export function regexEffort(source: string): number {
  const found = efforts.get(source);
  if (found !== undefined) return found;
  const size = regexSize(source);
  const effort = size > LARGE ? 5 * size : 5 + size / 2;
  if (efforts.size >= MOST_KEPT) efforts.clear();
  efforts.set(source, effort);
  return effort;
}

/** A long-lived process that sees many meshes must not keep every regex that it has ever met. */
const MOST_KEPT = 50_000;

const known = new Map<string, Regex>();

/** The same few regexes stand in thousands of routes, and each request that is made up is paid for by them. */
const efforts = new Map<string, number>();

/** Compiles a regex, once. Never throws. */
export function compiledRegex(source: string): Regex {
  const found = known.get(source);
  if (found !== undefined) return found;
  const regex = compile(source);
  if (known.size >= MOST_KEPT) known.clear();
  known.set(source, regex);
  return regex;
}

/** A regex without repetitions is as large as it is long, which Istio bounds at 1024 bytes: always allowed. */
function compile(source: string): Regex {
  const size = regexSize(source);
  if (size > Math.max(MOST_INSTRUCTIONS, 2 * source.length)) return { state: 'too-large', size };
  try {
    return {
      state: 'compiled',
      matcher: RE2JS.compile(source),
      ...(size > LARGE && { answers: new Map<string, boolean>() }),
    };
  } catch (thrown) {
    const words = thrown instanceof Error ? thrown.message : String(thrown);
    return { state: 'invalid', why: words.replace(/^error parsing regexp: /, '') };
  }
}

/** Why a regex can't be asked, in words that follow "this regex"; undefined where it can. */
export function regexDoubt(source: string): string | undefined {
  const regex = compiledRegex(source);
  switch (regex.state) {
    case 'compiled':
      return undefined;
    case 'invalid':
      return 'is no RE2 regex, and Envoy may refuse the whole list for it';
    case 'too-large':
      return `regex ${tooLarge(regex.size)}, so it is not evaluated`;
  }
}

/** `comes to about 1,893 instructions with its repetitions written out, where at most 1,000 are evaluated` */
export function tooLarge(size: number): string {
  const words = Math.round(Math.min(size, Number.MAX_SAFE_INTEGER)).toLocaleString('en-US');
  return `comes to about ${words} instructions with its repetitions written out (istiops evaluates ${MOST_INSTRUCTIONS.toLocaleString('en-US')})`;
}

/** Does the regex match all of this text, as Envoy asks? Undefined where it can't be asked. */
export function matchesWhole(source: string, text: string): boolean | undefined {
  const regex = compiledRegex(source);
  if (regex.state !== 'compiled') return undefined;
  const { matcher, answers } = regex;
  if (answers === undefined) return matcher.testExact(text);
  const known = answers.get(text);
  if (known !== undefined) return known;
  // An automaton of all its states pays for itself only after many texts.
  const answer = matcher.matcher(text).matches();
  if (answers.size >= MOST_ANSWERS) answers.clear();
  answers.set(text, answer);
  return answer;
}

/** A regex that matches this text and nothing else. */
export function literally(text: string): string {
  return RE2JS.quote(text);
}
