import type { Reader } from '../../intent/reader.ts';
import { readSelection } from '../../intent/selection.ts';
import type { Selection } from '../../istio/selection.ts';

export interface PruneIntent extends Selection {
  readonly operation: 'prune';
}

export function readPrune(reader: Reader): PruneIntent {
  return { operation: 'prune', ...readSelection(reader) };
}
