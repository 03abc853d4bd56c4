import { INPUTS } from '../../intent/inputs.ts';
import { SELECTION_INPUTS } from '../../intent/selection.ts';
import { type HistoryIntent, readHistory } from './intent.ts';
import type { ReadOperation } from '../types.ts';
import { historyHeadline } from './words.ts';

export const history: ReadOperation<HistoryIntent> = {
  kind: 'read',
  name: 'history',
  reads: 'namespace',
  door: {
    summary: 'list the last changes: what, which build, who, when, still there or not',
    description:
      'Lists the last changes: number, what, which build, who, when, which run, and whether the change is still there. Writes nothing.',
    example: '--label-selector app=api',
    inputs: { required: [], optional: SELECTION_INPUTS },
    read: readHistory,
    refusedForManifests: () => ({
      input: INPUTS.manifests,
      problem:
        'the operation history needs a cluster: the changes of files are in the history of the repository (git log)',
    }),
  },
  shows: 'history',
  headline: historyHeadline,
};
