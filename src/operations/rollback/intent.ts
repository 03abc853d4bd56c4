import { INPUTS } from '../../intent/inputs.ts';
import type { Reader } from '../../intent/reader.ts';
import { readSelection } from '../../intent/selection.ts';
import type { Selection } from '../../istio/selection.ts';
import type { Labels } from '../../istio/types.ts';

/** Without a selection: every VirtualService and DestinationRule of the namespace that knows the target subset. */
export interface RollbackIntent extends Selection {
  readonly operation: 'rollback';
  readonly podLabels: Labels;
}

export function readRollback(reader: Reader): RollbackIntent | undefined {
  const selection = readSelection(reader);
  const podLabels = reader.read(INPUTS.podSelector);
  return podLabels && { operation: 'rollback', podLabels, ...selection };
}
