import { INPUTS } from '../../intent/inputs.ts';
import type { Reader } from '../../intent/reader.ts';
import type { LabelSelector } from '../../istio/labels.ts';
import type { ClearMode } from '../../intent/types.ts';

export interface ClearIntent {
  readonly operation: 'clear';
  readonly selector: LabelSelector;
  readonly mode: ClearMode;
}

export function readClear(reader: Reader): ClearIntent | undefined {
  const selector = reader.read(INPUTS.labelSelector);
  const mode = reader.read(INPUTS.mode);
  return selector && mode && { operation: 'clear', selector, mode };
}
