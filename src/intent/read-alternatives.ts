/** Which requests are meant, by their headers. */
import { withoutRepeats } from './headers.ts';
import type { Input } from './input.ts';
import { INPUTS } from './inputs.ts';
import type { Reader } from './reader.ts';
import type { HeaderMatch } from './types.ts';

/** The inputs that say which requests are meant. */
export const MATCH_INPUTS = [INPUTS.headers, INPUTS.cookies, INPUTS.baggage] as const;

/** What each of the inputs matches; absent: it is not given. */
export interface GivenMatches {
  readonly headers?: readonly HeaderMatch[];
  readonly cookies?: readonly HeaderMatch[];
  readonly baggage?: readonly HeaderMatch[];
}

/** @returns undefined where one of them is at fault */
export function readMatches(reader: Reader): GivenMatches | undefined {
  const before = reader.faults.length;
  const headers = reader.read(INPUTS.headers);
  const cookies = asMatches(reader.read(INPUTS.cookies), 'cookie');
  const baggage = asMatches(reader.read(INPUTS.baggage), 'baggage');
  faultOfTwice(reader, headers, cookies, INPUTS.cookies, 'cookie');
  faultOfTwice(reader, headers, baggage, INPUTS.baggage, 'baggage');
  if (reader.faults.length > before) return undefined;
  return {
    ...(headers !== undefined && { headers }),
    ...(cookies !== undefined && { cookies }),
    ...(baggage !== undefined && { baggage }),
  };
}

function asMatches(
  regexes: readonly string[] | undefined,
  header: string,
): readonly HeaderMatch[] | undefined {
  return regexes?.map((regex) => ({ [header]: { regex } }));
}

/** One match can't require both. */
function faultOfTwice(
  reader: Reader,
  headers: readonly HeaderMatch[] | undefined,
  members: readonly HeaderMatch[] | undefined,
  input: Input<unknown>,
  header: string,
): void {
  if (members === undefined || headers?.some((match) => Object.hasOwn(match, header)) !== true) return;
  reader.fault(INPUTS.headers, `the header "${header}" is matched by \`${input.name}\` already`);
}

/**
 * What a request must match to be one of the preview, as alternatives: headers, cookies and baggage together. With a
 * bridge it is one by what it has at the gateway, or by the baggage behind it.
 *
 * @returns undefined where none is given
 */
export function alternativesOf(
  { headers, cookies, baggage }: GivenMatches,
  hasBridge: boolean,
): readonly HeaderMatch[] | undefined {
  if (!hasBridge) return everyCombination(headers, cookies, baggage);
  const atGateway = everyCombination(headers, cookies);
  if (atGateway === undefined && baggage === undefined) return undefined;
  return withoutRepeats([...(atGateway ?? []), ...(baggage ?? [])]);
}

/** Every alternative of each with every alternative of the others; undefined where none is given. */
function everyCombination(
  ...given: readonly (readonly HeaderMatch[] | undefined)[]
): readonly HeaderMatch[] | undefined {
  const [first, ...others] = given.filter((one) => one !== undefined);
  return (
    first &&
    withoutRepeats(
      others.reduce((all, more) => all.flatMap((one) => more.map((other) => ({ ...one, ...other }))), first),
    )
  );
}
