import { readRequiredAlternatives } from '../../intent/read-alternatives.ts';
import { readShift, readStable } from '../../intent/read-shift.ts';
import type { Reader } from '../../intent/reader.ts';
import { readRequiredSelection } from '../../intent/selection.ts';
import type { AddingIntent, HeaderMatch } from '../../intent/types.ts';

export interface HeadersIntent extends AddingIntent {
  readonly operation: 'headers';
  /** At least one; they are ORed. Cookies and baggage are in here already, as matches on their headers. */
  readonly alternatives: readonly HeaderMatch[];
}

export function readHeaders(reader: Reader): HeadersIntent | undefined {
  const selection = readRequiredSelection(reader, 'headers');
  const alternatives = readRequiredAlternatives(reader, 'headers');
  const shift = readShift(reader, selection);
  const stable = readStable(reader, shift);
  return alternatives && shift && { operation: 'headers', ...shift, ...stable, alternatives };
}
