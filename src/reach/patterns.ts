/** What a match block requires of one text: a path, a method, a header's value. */
import type { StringMatch } from '../istio/types.ts';
import { asksForPresence, meetsString } from '../istio/requests/strings.ts';
import { regexExamples } from './regex-example.ts';

export type Pattern =
  | { readonly kind: 'exact' | 'prefix'; readonly value: string; readonly ignoreCase?: boolean }
  | { readonly kind: 'regex'; readonly value: string }
  /** There is a value, whatever it is. */
  | { readonly kind: 'present' };

/** The pattern of a StringMatch: one without a value only requires that there is a text. */
export function patternOf(match: StringMatch, ignoreCase = false): Pattern {
  if (asksForPresence(match)) return { kind: 'present' };
  if (match.exact !== undefined) return { kind: 'exact', value: match.exact, ignoreCase };
  if (match.prefix !== undefined) return { kind: 'prefix', value: match.prefix, ignoreCase };
  if (match.regex !== undefined) return { kind: 'regex', value: match.regex };
  return { kind: 'present' };
}

/** Does a text that is there match the pattern? */
export function fits(pattern: Pattern, text: string): boolean {
  switch (pattern.kind) {
    case 'exact':
      return cased(text, pattern.ignoreCase) === cased(pattern.value, pattern.ignoreCase);
    case 'prefix':
      return cased(text, pattern.ignoreCase).startsWith(cased(pattern.value, pattern.ignoreCase));
    case 'regex':
      return meetsString({ regex: pattern.value }, text) ?? false;
    case 'present':
      return true;
  }
}

function cased(text: string, ignoreCase: boolean | undefined): string {
  return ignoreCase === true ? text.toLowerCase() : text;
}

/**
 * Is it certain that no text fits both? Two regexes, or a regex and a prefix, leave a doubt, and then it is no.
 */
export function excludeEachOther(a: Pattern, b: Pattern): boolean {
  if (a.kind === 'exact') return excludesExact(a, b);
  if (b.kind === 'exact') return excludesExact(b, a);
  if (a.kind === 'prefix' && b.kind === 'prefix') {
    const ignoreCase = a.ignoreCase === true || b.ignoreCase === true;
    const [one, other] = [cased(a.value, ignoreCase), cased(b.value, ignoreCase)];
    return !one.startsWith(other) && !other.startsWith(one);
  }
  return false;
}

/** A text that ignores case stands for many: only what ignores it too can be judged by one of them. */
function excludesExact(exact: Pattern & { readonly value: string }, other: Pattern): boolean {
  if ('ignoreCase' in exact && exact.ignoreCase) {
    if (other.kind === 'regex') return false;
    if (other.kind === 'exact' || other.kind === 'prefix') {
      return !fits({ ...other, ignoreCase: true }, exact.value);
    }
  }
  return !fits(other, exact.value);
}

/** Is it certain that every text that fits `narrow` fits `wide`? */
export function patternCovers(regexOrOther: Pattern, narrow: Pattern): boolean {
  const wide = simplified(regexOrOther);
  if (wide.kind === 'present' || (wide.kind === 'prefix' && wide.value === '')) return true;
  switch (narrow.kind) {
    case 'exact':
      return narrow.ignoreCase === true
        ? wide.kind !== 'regex' && wide.ignoreCase === true && fits(wide, narrow.value)
        : fits(wide, narrow.value);
    case 'prefix':
      return (
        wide.kind === 'prefix' &&
        (narrow.ignoreCase !== true || wide.ignoreCase === true) &&
        fits(wide, narrow.value)
      );
    case 'regex':
      return wide.kind === 'regex' && wide.value === narrow.value;
    case 'present':
      return false;
  }
}

/** A regex that is a literal beginning and then anything is a prefix: `^/api/.*$`. */
function simplified(pattern: Pattern): Pattern {
  if (pattern.kind !== 'regex') return pattern;
  const [, start] = /^\^?((?:[\w/-]|\\[./-])*)(?:\.\*|\(\.\*\))\$?$/.exec(pattern.value) ?? [];
  return start === undefined ? pattern : { kind: 'prefix', value: start.replaceAll('\\', '') };
}

/**
 * Is it certain that every path fits? Each begins with `/`. A regex is read as far as it is one of the usual forms:
 * another one leaves a doubt, and then it is no.
 */
export function fitsEveryPath(pattern: Pattern): boolean {
  const simple = simplified(pattern);
  if (simple.kind === 'prefix') return '/'.startsWith(simple.value);
  if (simple.kind === 'regex') return EVERY_PATH.has(simple.value.replace(/^\^/, '').replace(/\$$/, ''));
  return simple.kind === 'present';
}

const EVERY_PATH = new Set(['.+', '(.+)', '/?.*', '/?(.*)', '(/.*)', '(/.*)?', '.*/.*', '[^?]*', '/[^?]*']);

/** Texts that the pattern might be met by, the plainest first; those of a regex are met for certain. */
export function examplesOf(pattern: Pattern): readonly string[] {
  switch (pattern.kind) {
    case 'exact':
      return [pattern.value];
    case 'prefix': {
      const { value } = pattern;
      return [value, `${value}a`, `${value}/a`, `${value}-other`];
    }
    case 'regex':
      return regexExamples(pattern.value);
    case 'present':
      return ['any', 'other', '1'];
  }
}
