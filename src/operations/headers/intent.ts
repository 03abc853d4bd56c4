import { INPUTS } from '../../intent/inputs.ts';
import { readShift, readStable } from '../../intent/read-shift.ts';
import { withoutRepeats } from '../../intent/headers.ts';
import type { Reader } from '../../intent/reader.ts';
import type { HeaderMatch, HeadersIntent } from '../../intent/types.ts';

export function readHeaders(reader: Reader): HeadersIntent | undefined {
  const selector = reader.read(INPUTS.labelSelector);
  const alternatives = readAlternatives(reader);
  const shift = readShift(reader, selector);
  const stable = readStable(reader, shift);
  return alternatives && shift && { operation: 'headers', ...shift, ...stable, alternatives };
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
    reader.fault(INPUTS.headers, 'the header "cookie" is matched by the input cookies already');
  }
  return withoutRepeats(headers.flatMap((header) => cookies.map((cookie) => ({ ...header, ...cookie }))));
}
