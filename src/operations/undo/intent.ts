import { INPUTS } from '../../intent/inputs.ts';
import type { Reader } from '../../intent/reader.ts';
import type { UndoIntent } from '../../intent/types.ts';

export function readUndo(reader: Reader): UndoIntent | undefined {
  const selector = reader.read(INPUTS.labelSelector);
  const podLabels = reader.read(INPUTS.podSelector);
  const to = reader.read(INPUTS.to);
  if (podLabels !== undefined && to !== undefined)
    reader.fault(
      INPUTS.to,
      "it can't go together with pod-selector: a change is named by its number or by its build",
    );
  return (
    selector && {
      operation: 'undo',
      selector,
      ...(podLabels !== undefined && { podLabels }),
      ...(to !== undefined && { to }),
    }
  );
}
