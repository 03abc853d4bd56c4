import { INPUTS } from '../../intent/inputs.ts';
import type { Reader } from '../../intent/reader.ts';
import { readRequiredSelection } from '../../intent/selection.ts';
import type { ChangeChoice } from '../../undo/types.ts';

export interface UndoIntent extends ChangeChoice {
  readonly operation: 'undo';
}

export function readUndo(reader: Reader): UndoIntent | undefined {
  const selection = readRequiredSelection(reader, 'undo');
  const podLabels = reader.read(INPUTS.podSelector);
  const to = reader.read(INPUTS.to);
  if (podLabels !== undefined && to !== undefined)
    reader.fault(
      INPUTS.to,
      "it can't go together with `pod-selector`: a change is named by its number or by its build",
    );
  return (
    selection && {
      operation: 'undo',
      ...selection,
      ...(podLabels !== undefined && { podLabels }),
      ...(to !== undefined && { to }),
    }
  );
}
