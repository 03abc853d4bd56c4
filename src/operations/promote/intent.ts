import { readShift } from '../../intent/read-shift.ts';
import type { Reader } from '../../intent/reader.ts';
import { readRequiredSelection } from '../../intent/selection.ts';
import type { ShiftIntent } from '../../intent/types.ts';

export interface PromoteIntent extends ShiftIntent {
  readonly operation: 'promote';
}

export function readPromote(reader: Reader): PromoteIntent | undefined {
  const shift = readShift(reader, readRequiredSelection(reader, 'promote'));
  return shift && { operation: 'promote', ...shift };
}
