import { INPUTS } from '../../intent/inputs.ts';
import { SHIFT_INPUTS } from '../../intent/read-shift.ts';
import { type PromoteIntent, readPromote } from './intent.ts';
import type { ChangeOperation } from '../types.ts';
import { promoteWords } from './words.ts';

export const promote: ChangeOperation<PromoteIntent> = {
  kind: 'change',
  name: 'promote',
  direction: 'forward',
  reads: 'mesh-and-servers',
  door: {
    summary: 'make a build the only destination',
    description:
      "Makes the build the only destination of the base routes. Removes its previews, the other builds' entries, and the subsets it added that nothing uses any more.",
    example: '--label-selector app=api --pod-selector app=api,build=10',
    inputs: { required: SHIFT_INPUTS.required, optional: [...SHIFT_INPUTS.optional, INPUTS.services] },
    read: readPromote,
  },
  brief: () => undefined,
  words: promoteWords,
  takesBack: { by: 'rollback', makes: ['shares'] },
};
