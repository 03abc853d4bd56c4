import type { Reader } from '../../intent/reader.ts';
import { readSelection } from '../../intent/selection.ts';
import type { Selection } from '../../istio/selection.ts';

export interface ShowIntent extends Selection {
  readonly operation: 'show';
}

export function readShow(reader: Reader): ShowIntent {
  return { operation: 'show', ...readSelection(reader) };
}
