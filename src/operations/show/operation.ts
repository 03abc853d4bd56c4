import { INPUTS } from '../../intent/inputs.ts';
import { SELECTION_INPUTS } from '../../intent/selection.ts';
import { type ShowIntent, readShow } from './intent.ts';
import type { ReadOperation } from '../types.ts';
import { showHeadline } from './words.ts';

export const show: ReadOperation<ShowIntent> = {
  kind: 'read',
  name: 'show',
  reads: 'namespace',
  door: {
    summary: 'show the routes and who gets which share of the requests',
    description:
      'Lists the routes: what each matches, where it sends, what else it does (mirrors, timeouts), who made it, ready pods.',
    example: '--label-selector app=api',
    inputs: {
      required: [],
      optional: [...SELECTION_INPUTS, INPUTS.services, INPUTS.allNamespaces, INPUTS.proxies],
    },
    read: readShow,
    refusedForManifests: (intent) =>
      intent?.proxies === true
        ? { input: INPUTS.proxies, problem: 'in files there are no proxies to ask' }
        : undefined,
  },
  // Routes that a VirtualService leaves to another namespace are what its proxies have.
  readsFor: ({ allNamespaces, proxies }) =>
    allNamespaces === true || proxies === true ? 'mesh' : 'namespace',
  asksProxies: ({ proxies }) => proxies === true,
  shows: 'routes',
  headline: showHeadline,
};
