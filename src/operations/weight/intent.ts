import { INPUTS } from '../../intent/inputs.ts';
import { readShift, readStable } from '../../intent/read-shift.ts';
import type { Reader } from '../../intent/reader.ts';
import type { WeightIntent } from '../../intent/types.ts';

export function readWeight(reader: Reader): WeightIntent | undefined {
  const selector = reader.read(INPUTS.labelSelector);
  const weight = reader.read(INPUTS.weight);
  const shift = readShift(reader, selector);
  const stable = readStable(reader, shift);
  return weight === undefined ? undefined : shift && { operation: 'weight', ...shift, ...stable, weight };
}
