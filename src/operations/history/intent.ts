import { INPUTS } from '../../intent/inputs.ts';
import type { Reader } from '../../intent/reader.ts';
import type { HistoryIntent } from '../../intent/types.ts';

export function readHistory(reader: Reader): HistoryIntent | undefined {
  const selector = reader.read(INPUTS.labelSelector);
  return selector && { operation: 'history', selector };
}
