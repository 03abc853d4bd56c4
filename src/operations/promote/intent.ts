import { INPUTS } from '../../intent/inputs.ts';
import { readShift } from '../../intent/read-shift.ts';
import type { Reader } from '../../intent/reader.ts';
import type { PromoteIntent } from '../../intent/types.ts';

export function readPromote(reader: Reader): PromoteIntent | undefined {
  const shift = readShift(reader, reader.read(INPUTS.labelSelector));
  return shift && { operation: 'promote', ...shift };
}
