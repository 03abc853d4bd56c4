import { INPUTS } from '../../intent/inputs.ts';
import { SELECTION_INPUTS } from '../../intent/selection.ts';
import { type ClearIntent, readClear } from './intent.ts';
import type { ChangeOperation } from '../types.ts';
import { clearBrief, clearWords } from './words.ts';

export const clear: ChangeOperation<ClearIntent> = {
  kind: 'change',
  name: 'clear',
  direction: 'builds-back',
  reads: 'mesh',
  door: {
    summary: 'take back everything that was done for every build',
    description: 'Does the same for every build at once.',
    example: '--label-selector app=api',
    inputs: { required: [], optional: [...SELECTION_INPUTS, INPUTS.mode] },
    read: readClear,
    refusedForManifests: (intent) =>
      intent?.mode === 'stale'
        ? {
            input: INPUTS.mode,
            problem: 'this mode needs a cluster: manifests do not say which pods are ready',
          }
        : undefined,
  },
  brief: clearBrief,
  words: clearWords,
  takesBack: { by: 'undo' },
};
