import { INPUTS } from '../../intent/inputs.ts';
import type { Reader } from '../../intent/reader.ts';
import type { RollbackIntent } from '../../intent/types.ts';

export function readRollback(reader: Reader): RollbackIntent | undefined {
  const selector = reader.read(INPUTS.labelSelector);
  const podLabels = reader.read(INPUTS.podSelector);
  return podLabels && { operation: 'rollback', podLabels, ...(selector !== undefined && { selector }) };
}
