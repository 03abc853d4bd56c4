import { INPUTS } from '../../intent/inputs.ts';
import type { Reader } from '../../intent/reader.ts';
import type { LabelSelector } from '../../istio/labels.ts';
import type { Labels } from '../../istio/types.ts';

export interface RollbackIntent {
  readonly operation: 'rollback';
  /** Absent: every VirtualService and DestinationRule of the namespace that knows the target subset. */
  readonly selector?: LabelSelector;
  readonly podLabels: Labels;
}

export function readRollback(reader: Reader): RollbackIntent | undefined {
  const selector = reader.read(INPUTS.labelSelector);
  const podLabels = reader.read(INPUTS.podSelector);
  return podLabels && { operation: 'rollback', podLabels, ...(selector !== undefined && { selector }) };
}
