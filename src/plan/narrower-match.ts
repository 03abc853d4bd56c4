import { sameJson } from '../base/json.ts';
import { asksForPresence, meetsString } from '../istio/requests/strings.ts';
import type { StringMatch } from '../istio/types.ts';

const MATCH_KINDS = ['exact', 'prefix', 'regex'] as const;

/**
 * The one match of a header that requires what two require: the narrower of them.
 *
 * @returns undefined where no value meets both, or where neither is known to lie within the other (a prefix and a regex,
 * two regexes): one match can't require both then
 * @example narrowerMatch({ prefix: 'pr-' }, { exact: 'pr-10' }) // { exact: 'pr-10' }
 */
export function narrowerMatch(one: StringMatch, other: StringMatch): StringMatch | undefined {
  if (sameJson(one, other)) return one;
  // A kind of match that nobody knows here says nothing of what lies within it.
  if (!isKnown(one) || !isKnown(other)) return undefined;
  if (isWithin(one, other)) return one;
  return isWithin(other, one) ? other : undefined;
}

/** May one value meet both, as far as that is known? */
export function mayMeetBoth(one: StringMatch, other: StringMatch): boolean {
  for (const [exact, match] of [
    [one.exact, other],
    [other.exact, one],
  ] as const) {
    if (exact !== undefined) return meetsString(match, exact) !== false;
  }
  const isByPrefix = one.prefix !== undefined && other.prefix !== undefined;
  return !isByPrefix || narrowerMatch(one, other) !== undefined;
}

function isWithin(narrow: StringMatch, wide: StringMatch): boolean {
  if (asksForPresence(wide)) return true;
  if (narrow.exact !== undefined) return meetsString(wide, narrow.exact) === true;
  return narrow.prefix !== undefined && wide.prefix !== undefined && narrow.prefix.startsWith(wide.prefix);
}

function isKnown(match: StringMatch): boolean {
  const fields = Object.keys(match);
  return fields.length <= 1 && fields.every((field) => MATCH_KINDS.some((kind) => kind === field));
}
