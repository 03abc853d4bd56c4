import { INPUTS } from '../../intent/inputs.ts';
import { SELECTION_INPUTS } from '../../intent/selection.ts';
import type { ChangeOperation } from '../types.ts';
import { readPrune, type PruneIntent } from './intent.ts';
import { pruneWords } from './words.ts';

export const prune: ChangeOperation<PruneIntent> = {
  kind: 'change',
  name: 'prune',
  direction: 'builds-back',
  reads: 'mesh',
  door: {
    summary: 'remove previews and canaries that nobody needs any more',
    description:
      'Removes previews whose pull request is closed, that have expired, or that have no ready pod, and takes back canaries that nobody watches any more. What is not known stays.',
    example: '--label-selector app=api',
    inputs: { required: [], optional: [...SELECTION_INPUTS] },
    read: readPrune,
    refusedForManifests: () => ({
      input: INPUTS.manifests,
      problem: 'prune needs a cluster: manifests say neither whose a preview is nor which pods are ready',
    }),
  },
  brief: () => undefined,
  words: pruneWords,
  takesBack: { by: 'undo' },
};
