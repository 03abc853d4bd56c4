import { INPUTS } from '../../intent/inputs.ts';
import type { Reader } from '../../intent/reader.ts';
import { readRequiredSelection } from '../../intent/selection.ts';
import type { Selection } from '../../istio/selection.ts';
import type { ClearMode } from '../../intent/types.ts';

export interface ClearIntent extends Selection {
  readonly operation: 'clear';
  readonly mode: ClearMode;
}

export function readClear(reader: Reader): ClearIntent | undefined {
  const selection = readRequiredSelection(reader, 'clear');
  const mode = reader.read(INPUTS.mode);
  return selection && mode && { operation: 'clear', ...selection, mode };
}
