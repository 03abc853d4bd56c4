import type { Reader } from '../../intent/reader.ts';
import { readSelection } from '../../intent/selection.ts';
import type { Selection } from '../../istio/selection.ts';

/** The last changes of the selected VirtualServices. */
export interface HistoryIntent extends Selection {
  readonly operation: 'history';
}

export function readHistory(reader: Reader): HistoryIntent {
  return { operation: 'history', ...readSelection(reader) };
}
