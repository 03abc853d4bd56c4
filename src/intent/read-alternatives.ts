/** Which requests are meant, by their headers. */
import { withoutRepeats } from './headers.ts';
import { INPUTS } from './inputs.ts';
import type { Reader } from './reader.ts';
import type { HeaderMatch } from './types.ts';

/** The inputs that say which requests are meant. */
export const MATCH_INPUTS = [INPUTS.headers, INPUTS.cookies, INPUTS.baggage] as const;

/**
 * Headers, cookies and baggage together: every alternative of each with every alternative of the others.
 *
 * @returns undefined where none is given, or something is at fault
 */
export function readAlternatives(reader: Reader): readonly HeaderMatch[] | undefined {
  const before = reader.faults.length;
  const headers = reader.read(INPUTS.headers);
  const members = [
    { input: INPUTS.cookies, header: 'cookie', regexes: reader.read(INPUTS.cookies) },
    { input: INPUTS.baggage, header: 'baggage', regexes: reader.read(INPUTS.baggage) },
  ].flatMap(({ regexes, ...one }) => (regexes === undefined ? [] : [{ ...one, regexes }]));
  if (reader.faults.length > before) return undefined;
  for (const { input, header } of members) {
    if (headers?.some((match) => Object.hasOwn(match, header)) === true)
      reader.fault(INPUTS.headers, `the header "${header}" is matched by the input ${input.name} already`);
  }
  const given = [
    ...(headers === undefined ? [] : [headers]),
    ...members.map(({ header, regexes }) => regexes.map((regex): HeaderMatch => ({ [header]: { regex } }))),
  ];
  if (given.length === 0) return undefined;
  return withoutRepeats(
    given.reduce((all, more) => all.flatMap((one) => more.map((other) => ({ ...one, ...other })))),
  );
}

/** As `readAlternatives`, for an operation that can't do without. */
export function readRequiredAlternatives(
  reader: Reader,
  operation: string,
): readonly HeaderMatch[] | undefined {
  const before = reader.faults.length;
  const alternatives = readAlternatives(reader);
  if (alternatives === undefined && reader.faults.length === before)
    reader.fault(INPUTS.headers, `the operation ${operation} requires headers, cookies or baggage`);
  return alternatives;
}
