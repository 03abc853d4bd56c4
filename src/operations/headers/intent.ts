import { INPUTS } from '../../intent/inputs.ts';
import { readShift, readStable } from '../../intent/read-shift.ts';
import { withoutRepeats } from '../../intent/headers.ts';
import type { Reader } from '../../intent/reader.ts';
import { readRequiredSelection } from '../../intent/selection.ts';
import type { AddingIntent, HeaderMatch } from '../../intent/types.ts';

export interface HeadersIntent extends AddingIntent {
  readonly operation: 'headers';
  /** At least one; they are ORed. Cookies are in here already, as a match on the `cookie` header. */
  readonly alternatives: readonly HeaderMatch[];
  /** Milliseconds after which nobody needs the preview; absent: nobody knows. */
  readonly expires?: number;
}

export function readHeaders(reader: Reader): HeadersIntent | undefined {
  const selection = readRequiredSelection(reader, 'headers');
  const alternatives = readAlternatives(reader);
  const shift = readShift(reader, selection);
  const stable = readStable(reader, shift);
  const expires = reader.read(INPUTS.expires);
  const lifetime = expires === undefined ? {} : { expires };
  return alternatives && shift && { operation: 'headers', ...shift, ...stable, alternatives, ...lifetime };
}

/** Headers and cookies together: every alternative of the one with every alternative of the other. */
function readAlternatives(reader: Reader): readonly HeaderMatch[] | undefined {
  const before = reader.faults.length;
  const headers = reader.read(INPUTS.headers);
  const cookies = reader.read(INPUTS.cookies)?.map((regex): HeaderMatch => ({ cookie: { regex } }));
  if (reader.faults.length > before) return undefined;
  if (headers === undefined && cookies === undefined) {
    reader.fault(INPUTS.headers, 'the operation headers requires headers or cookies');
    return undefined;
  }
  if (headers === undefined || cookies === undefined) return headers ?? cookies;
  if (headers.some((match) => Object.hasOwn(match, 'cookie'))) {
    reader.fault(INPUTS.headers, 'the header "cookie" is matched by `cookies` already');
  }
  return withoutRepeats(headers.flatMap((header) => cookies.map((cookie) => ({ ...header, ...cookie }))));
}
