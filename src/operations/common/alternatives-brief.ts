import { memberWords } from '../../intent/member-words.ts';
import type { HeaderMatch } from '../../intent/types.ts';
import type { StringMatch } from '../../istio/types.ts';

/**
 * Which requests are meant, in brief, for the history.
 *
 * @example 'x-cid=a or x-cid=b'
 */
export function alternativesBrief(alternatives: readonly HeaderMatch[]): string {
  return alternatives.map(headersText).join(' or ');
}

function headersText(match: HeaderMatch): string {
  return Object.entries(match)
    .map(([name, value]) => (value.regex && memberWords(name, value.regex)) ?? name + matchText(value))
    .join(',');
}

/** As the input `headers` writes it. */
function matchText({ exact, prefix, regex }: StringMatch): string {
  if (exact !== undefined) return `=${exact}`;
  if (prefix !== undefined) return `^=${prefix}`;
  return regex === undefined ? '' : `~=${regex}`;
}
