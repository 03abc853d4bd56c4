import { INPUTS } from '../../intent/inputs.ts';
import type { Reader } from '../../intent/reader.ts';
import type { ClearIntent } from '../../intent/types.ts';

export function readClear(reader: Reader): ClearIntent | undefined {
  const selector = reader.read(INPUTS.labelSelector);
  const mode = reader.read(INPUTS.mode);
  return selector && mode && { operation: 'clear', selector, mode };
}
