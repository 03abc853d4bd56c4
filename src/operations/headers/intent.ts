import { INPUTS } from '../../intent/inputs.ts';
import { alternativesOf, readMatches } from '../../intent/read-alternatives.ts';
import { readShift, readStable } from '../../intent/read-shift.ts';
import type { Reader } from '../../intent/reader.ts';
import { readRequiredSelection } from '../../intent/selection.ts';
import type { AddingIntent, HeaderMatch } from '../../intent/types.ts';
import { cookieOfLink, readBridge, readLink, type LinkIntent } from './entry-points.ts';

export interface HeadersIntent extends AddingIntent {
  readonly operation: 'headers';
  /** At least one; they are ORed. Cookies and baggage are in here already, as matches on their headers. */
  readonly alternatives: readonly HeaderMatch[];
  readonly link?: LinkIntent;
  /** `preview=pr-10`: what a gateway adds to the header `baggage` of the preview's requests. */
  readonly bridge?: string;
  /** Milliseconds after which nobody needs the preview; absent: nobody knows. */
  readonly expires?: number;
}

export function readHeaders(reader: Reader): HeadersIntent | undefined {
  const selection = readRequiredSelection(reader, 'headers');
  const before = reader.faults.length;
  const given = readMatches(reader);
  const isMatchRead = reader.faults.length === before;
  const shift = readShift(reader, selection);
  const stable = readStable(reader, shift);
  const link = readLink(reader, given ?? {}, shift?.podLabels);
  const bridge = readBridge(reader, given ?? {}, link);
  const cookies = given?.cookies ?? (link && cookieOfLink(link));
  const alternatives =
    given && alternativesOf({ ...given, ...(cookies !== undefined && { cookies }) }, bridge !== undefined);
  if (
    alternatives === undefined &&
    isMatchRead &&
    ['', 'false'].includes(reader.text(INPUTS.link)?.trim() ?? '')
  )
    reader.fault(INPUTS.headers, 'the operation headers requires `headers`, `cookies`, `baggage` or `link`');
  const expires = reader.read(INPUTS.expires);
  return (
    alternatives &&
    shift && {
      operation: 'headers',
      ...shift,
      ...stable,
      alternatives,
      ...(link !== undefined && { link }),
      ...(bridge !== undefined && { bridge }),
      ...(expires !== undefined && { expires }),
    }
  );
}
