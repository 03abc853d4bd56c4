import { INPUTS } from '../../intent/inputs.ts';
import { MATCH_INPUTS } from '../../intent/read-alternatives.ts';
import { SELECTION_INPUTS } from '../../intent/selection.ts';
import { type RollbackIntent, readRollback } from './intent.ts';
import type { ChangeOperation } from '../types.ts';
import { rollbackBrief, rollbackWords } from './words.ts';

export const rollback: ChangeOperation<RollbackIntent> = {
  kind: 'change',
  name: 'rollback',
  direction: 'builds-back',
  reads: 'mesh',
  door: {
    summary: 'take back everything that was done for a build',
    description:
      'Removes everything of the build, even where others have written since, or fails and says what is left. Routes that nobody else has changed are exactly what they were.',
    example: '--label-selector app=api --pod-selector app=api,build=10',
    inputs: {
      required: [],
      optional: [...SELECTION_INPUTS, INPUTS.podSelector, INPUTS.services, ...MATCH_INPUTS, INPUTS.bridge],
    },
    read: readRollback,
  },
  brief: rollbackBrief,
  words: rollbackWords,
  takesBack: { by: 'undo' },
};
