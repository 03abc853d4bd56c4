import { INPUTS } from '../../intent/inputs.ts';
import { readShift, readStable } from '../../intent/read-shift.ts';
import type { Reader } from '../../intent/reader.ts';
import { readRequiredSelection } from '../../intent/selection.ts';
import type { AddingIntent } from '../../intent/types.ts';

export interface WeightIntent extends AddingIntent {
  readonly operation: 'weight';
  /** Percent, a whole number from 0 to 100. */
  readonly weight: number;
}

export function readWeight(reader: Reader): WeightIntent | undefined {
  const selection = readRequiredSelection(reader, 'weight');
  const weight = reader.read(INPUTS.weight);
  const shift = readShift(reader, selection);
  const stable = readStable(reader, shift);
  return weight === undefined ? undefined : shift && { operation: 'weight', ...shift, ...stable, weight };
}
