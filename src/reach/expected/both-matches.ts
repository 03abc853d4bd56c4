/** What the guard expects of a preview whose base route matches the same header already. */
import { sameJson } from '../../base/json.ts';
import { asksForPresence, meetsString } from '../../istio/requests/strings.ts';
import type { StringMatch } from '../../istio/types.ts';

/**
 * The match that a copy of the base route must have where it had `own` and `asked` is required as well.
 *
 * @returns undefined where the two can't be one match
 */
export function bothMatches(own: StringMatch | undefined, asked: StringMatch): StringMatch | undefined {
  if (own === undefined || sameJson(own, asked)) return asked;
  if ([own, asked].some((match) => Object.keys(match).length > 1)) return undefined;
  if (asksForPresence(own)) return asked;
  if (asksForPresence(asked)) return own;
  if (asked.exact !== undefined) return meetsString(own, asked.exact) === true ? asked : undefined;
  if (own.exact !== undefined) return meetsString(asked, own.exact) === true ? own : undefined;
  if (own.prefix === undefined || asked.prefix === undefined) return undefined;
  const [short, long] = own.prefix.length < asked.prefix.length ? [own, asked] : [asked, own];
  return meetsString(short, long.prefix ?? '') === true ? long : undefined;
}
