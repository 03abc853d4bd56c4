import { looksSecret } from '../net/credential-text.ts';
import { nearest } from './nearest.ts';
import { bad, good, quote, type Parsed } from './parsed.ts';
import {
  CONFIRM_MODES,
  KUBECONFIG_SOURCES,
  type CanaryFinish,
  type ClearMode,
  type ConfirmMode,
  type KubeconfigSource,
  type OnFailure,
  type OnUnclear,
} from './types.ts';

/** Percent. */
export function parseWeight(given: string): Parsed<number> {
  const text = given.trim().replace(/^(\d+(?:\.\d+)?)\s*%$/, '$1');
  if (/^\d*\.\d+$/.test(text)) return bad('Istio knows whole percents only');
  if (/^0\d+$/.test(text)) return bad('leave out the zero in front');
  if (/^-\d+$/.test(text)) return bad('it is below 0');
  if (!/^\d+$/.test(text)) return bad('it is not a whole number in plain digits');
  return Number(text) > 100 ? bad('it is above 100') : good(Number(text));
}

/** The number of a change in the history, 1 being the newest. */
export function parseChangeNumber(given: string): Parsed<number> {
  const text = given.trim();
  if (!/^\d{1,3}$/.test(text)) return bad('it is not a whole number in plain digits');
  const number = Number(text);
  return number >= 1 && number <= 100 ? good(number) : bad('it is not from 1 to 100');
}

/** `hard` and `soft` are what the Go istiops calls them. */
export function parseMode(given: string): Parsed<ClearMode> {
  switch (given.trim()) {
    case 'all':
    case 'hard':
      return good('all');
    case 'stale':
    case 'soft':
      return good('stale');
    default:
      return bad('there is no such mode');
  }
}

/** What becomes of the change when a later step of the job fails. */
export function parseOnFailure(given: string): Parsed<OnFailure> {
  return either(given, 'keep', 'rollback');
}

/** What follows the last stage of a canary: every request goes to the build, or it keeps its share. */
export function parseFinish(given: string): Parsed<CanaryFinish> {
  return either(given, 'promote', 'keep');
}

/** What becomes of a canary of which too few requests were seen to say anything. */
export function parseOnUnclear(given: string): Parsed<OnUnclear> {
  return either(given, 'continue', 'rollback');
}

function either<One extends string, Other extends string>(
  given: string,
  one: One,
  other: Other,
): Parsed<One | Other> {
  switch (given.trim()) {
    case one:
      return good(one);
    case other:
      return good(other);
    default:
      return bad(`it is neither ${one} nor ${other}`);
  }
}

/** How often something is looked at: a second at least. */
export function parseInterval(given: string): Parsed<number> {
  const parsed = parseDuration(given);
  return parsed.ok && parsed.value < 1_000 ? bad('it is shorter than a second') : parsed;
}

/** A percentage that may have decimals, as a share from 0 to 1. */
export function parseShare(given: string): Parsed<number> {
  const text = given.trim().replace(/\s*%$/, '');
  if (!/^\d+(?:\.\d+)?$/.test(text)) return bad('it is not a percentage');
  const share = Number(text) / 100;
  return share > 0 && share <= 1 ? good(share) : bad('it is not above 0 and at most 100');
}

/** Who says that the proxies have what was written. */
export function parseConfirm(given: string): Parsed<ConfirmMode> {
  const text = given.trim();
  const mode = CONFIRM_MODES.find((one) => one === text);
  if (mode !== undefined) return good(mode);
  const meant = nearest(text, CONFIRM_MODES);
  return bad(meant === undefined ? 'there is no such way to confirm' : `did you mean ${meant}?`);
}

/** As the YAML 1.2 core schema, which is what GitHub's own actions take. */
export function parseBoolean(given: string): Parsed<boolean> {
  const text = given.trim();
  if (/^(?:true|True|TRUE)$/.test(text)) return good(true);
  if (/^(?:false|False|FALSE)$/.test(text)) return good(false);
  return bad('it is neither true nor false');
}

/** A boolean; what kubectl's flag of this name accepts is told apart. */
export function parseDryRun(given: string): Parsed<boolean> {
  const parsed = parseBoolean(given);
  if (parsed.ok || !/^(?:server|client|none)$/i.test(given.trim())) return parsed;
  return bad('that is for kubectl: true plans and has the server rehearse every write, false writes');
}

const MILLISECONDS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };
/** Longer than any mesh takes to settle, and short of the limit at which a CI job is stopped half-way. */
const LONGEST = 3_600_000;

/** A duration as Go writes it, in milliseconds: `5s`, `1m30s`, `500ms`, `1.5s`, `0`. */
export function parseDuration(given: string): Parsed<number> {
  return durationUpTo(given, LONGEST, 'an hour');
}

/**
 * @param longest in milliseconds, and `words` for it: `an hour`
 * @param unit what a number alone was probably meant in
 */
export function durationUpTo(
  given: string,
  longest: number,
  words: string,
  unit: 'm' | 's' | 'ms' = 's',
): Parsed<number> {
  const text = given.trim();
  if (text === '0') return good(0);
  if (/^\d+(?:\.\d+)?$/.test(text)) return bad(`it has no unit: did you mean ${quote(`${text}${unit}`)}?`);
  if (!/^(?:\d+(?:\.\d+)?(?:h|ms|m|s))+$/.test(text))
    return bad('it is not a number with a unit h, m, s or ms');
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g);
  let total = 0;
  for (const [, amount, unit] of parts) total += Number(amount) * (MILLISECONDS[unit ?? ''] ?? 0);
  return total > longest ? bad(`it is longer than ${words}`) : good(Math.round(total));
}

const DAY = 24 * 3_600_000;

/** How long something is kept, in milliseconds: `14d`, `12h`, `1d12h`. */
export function parseLifetime(given: string): Parsed<number> {
  const text = given.trim();
  if (/^\d+$/.test(text)) return bad(`it has no unit: did you mean ${quote(`${text}d`)}?`);
  if (!/^(?:\d+[dhm])+$/.test(text)) return bad('it is not a whole number with a unit d, h or m');
  const units: Readonly<Record<string, number>> = { d: DAY, h: 3_600_000, m: 60_000 };
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+)([dhm])/g))
    total += Number(amount) * (units[unit ?? ''] ?? 0);
  if (total === 0) return bad('it is no time at all');
  return total > 366 * DAY ? bad('it is longer than a year') : good(total);
}

/** The places where a kubeconfig is looked for, in the order in which they are to be. */
export function parseKubeconfigFrom(given: string): Parsed<readonly KubeconfigSource[]> {
  const words = given.split(/[\s,]+/).filter((word) => word !== '');
  if (words.length === 0) return bad('it names no place');
  const unknown = words.filter((word) => !KUBECONFIG_SOURCES.some((source) => source === word));
  if (unknown.length > 0) {
    const meant = nearest(unknown[0] ?? '', KUBECONFIG_SOURCES);
    return bad(
      `${unknown.map(quote).join(', ')} ${unknown.length === 1 ? 'is no such place' : 'are no such places'}${meant === undefined ? '' : `: did you mean ${meant}?`}`,
    );
  }
  return good(
    KUBECONFIG_SOURCES.filter((source) => words.includes(source)).sort(
      (a, b) => words.indexOf(a) - words.indexOf(b),
    ),
  );
}

export function parseText(given: string): Parsed<string> {
  const text = given.trim();
  // It would be repeated by whatever does not find it.
  if (looksSecret(text)) return bad('it looks like a credential');
  return /\p{Cc}/u.test(text) ? bad('it has a line break or another control character in it') : good(text);
}

/** A path or a glob. */
export function parsePath(given: string): Parsed<string> {
  if (/[^\r\n][\r\n]+[^\r\n]/.test(given.trim()))
    return bad(
      'it is one path, and has a line break in it: for several files give their folder, or a glob such as deploy/{web,api}.yaml',
    );
  return parseText(given);
}

/** Taken as it is: a kubeconfig's spaces and line ends matter. */
export function parseSecret(given: string): Parsed<string> {
  return good(given);
}
