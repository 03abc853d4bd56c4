import { INPUTS } from '../../intent/inputs.ts';
import { ADDING_INPUTS, SHIFT_INPUTS } from '../../intent/read-shift.ts';
import { type WeightIntent, readWeight } from './intent.ts';
import type { ChangeOperation } from '../types.ts';
import { weightBrief, weightWords } from './words.ts';

export const weight: ChangeOperation<WeightIntent> = {
  kind: 'change',
  name: 'weight',
  direction: 'forward',
  reads: 'mesh-and-servers',
  door: {
    summary: 'send a share of all requests to a build',
    description:
      'Gives the build a share of each base route. The other builds share the rest in the proportions they have; at 100 they stay listed with 0. Works on `http`, `tcp` and `tls` routes.',
    example: '--label-selector app=api --pod-selector app=api,build=10 --weight 20',
    inputs: {
      required: [...SHIFT_INPUTS.required, INPUTS.weight],
      optional: [...SHIFT_INPUTS.optional, ...ADDING_INPUTS, INPUTS.services],
    },
    read: readWeight,
  },
  brief: weightBrief,
  words: weightWords,
  takesBack: { by: 'rollback', makes: ['shares'] },
};
