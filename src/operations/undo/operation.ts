import { INPUTS } from '../../intent/inputs.ts';
import { SELECTION_INPUTS } from '../../intent/selection.ts';
import { type UndoIntent, readUndo } from './intent.ts';
import type { ChangeOperation } from '../types.ts';
import { undoBrief, undoWords } from './words.ts';

export const undo: ChangeOperation<UndoIntent> = {
  kind: 'change',
  name: 'undo',
  direction: 'changes-back',
  reads: 'mesh',
  door: {
    summary: 'revert the last change, the last one of a build, or all since a change in the history',
    description:
      'Reverts the last change, the last change of a build, or everything back to a point in the history.',
    example: '--label-selector app=api --pod-selector app=api,build=10',
    inputs: { required: [], optional: [...SELECTION_INPUTS, INPUTS.podSelector, INPUTS.to] },
    read: readUndo,
    refusedForManifests: () => ({
      input: INPUTS.manifests,
      problem:
        'the operation undo needs a cluster: to undo a change of files, use the history of the repository (git revert)',
    }),
  },
  brief: undoBrief,
  words: undoWords,
  takesBack: { by: 'undo' },
};
