import { INPUTS } from '../../intent/inputs.ts';
import { ADDING_INPUTS, SHIFT_INPUTS } from '../../intent/read-shift.ts';
import type { ChangeOperation } from '../types.ts';
import { type CanaryIntent, readCanary } from './intent.ts';
import { canaryBrief, canaryWords } from './words.ts';

export const canary: ChangeOperation<CanaryIntent> = {
  kind: 'change',
  name: 'canary',
  direction: 'forward',
  reads: 'mesh-and-servers',
  door: {
    summary: 'shift requests to a build in stages, watch it, and take it back where it is worse',
    description:
      'Shifts requests to the build in stages, watches it by its pods and by Prometheus, and promotes it in the end. A build that is worse than the stable one is taken back, and so is a run that is cancelled.',
    example: '--label-selector app=api --pod-selector app=api,build=10 --steps 10%:5m,100%:10m',
    inputs: {
      required: [...SHIFT_INPUTS.required, INPUTS.steps],
      optional: [
        ...SHIFT_INPUTS.optional,
        ...ADDING_INPUTS,
        INPUTS.interval,
        INPUTS.metrics,
        INPUTS.metricsHeaders,
        INPUTS.gates,
        INPUTS.finish,
        INPUTS.onUnclear,
        INPUTS.notice,
      ],
    },
    read: readCanary,
    refusedForManifests: () => ({
      input: INPUTS.manifests,
      problem:
        'a canary watches what its requests get, and files get none: make each stage a commit with the operation weight, as docs/canary.md shows for GitOps repositories',
    }),
  },
  brief: canaryBrief,
  words: canaryWords,
  takesBack: { by: 'rollback', makes: ['shares'] },
};
