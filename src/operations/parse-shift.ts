import { faultsError } from '../intent/faults.ts';
import { expandShift, faultsAsTyped } from '../intent/shift.ts';
import type { Words } from '../intent/types.ts';
import { ALL_INPUTS } from './inputs.ts';
import { tryParseWords, type ParseOptions } from './parse-words.ts';
import type { ParsedWords } from './request.ts';

/**
 * `parseWords` for `istiops traffic shift`.
 *
 * @throws TrafficError invalid-input: one for all faults, those of the alias included
 */
export function parseShift(given: Words, options: ParseOptions = {}): ParsedWords {
  const { words, warnings, faults } = expandShift(given);
  const { parsed, faults: more } = tryParseWords(words, options);
  // Where neither says which operation is meant, that `weight` lacks its weight says nothing more.
  const own = new Set(faults.map(({ name }) => name));
  const others = faultsAsTyped(more, given['destination']);
  const found = [...faults, ...others.filter(({ name }) => !own.has(name))];
  if (parsed === undefined || found.length > 0)
    throw faultsError(
      found,
      ALL_INPUTS.map(({ name }) => name),
      options.spelling,
    );
  return { request: parsed.request, warnings: [...warnings, ...parsed.warnings] };
}
