import { INPUTS } from '../../intent/inputs.ts';
import type { Reader } from '../../intent/reader.ts';
import type { LabelSelector } from '../../istio/labels.ts';

/** The last changes of the selected VirtualServices. */
export interface HistoryIntent {
  readonly operation: 'history';
  readonly selector: LabelSelector;
}

export function readHistory(reader: Reader): HistoryIntent | undefined {
  const selector = reader.read(INPUTS.labelSelector);
  return selector && { operation: 'history', selector };
}
