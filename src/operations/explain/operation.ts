import { INPUTS } from '../../intent/inputs.ts';
import { SELECTION_INPUTS } from '../../intent/selection.ts';
import { type ExplainIntent, readExplain } from './intent.ts';
import type { ReadOperation } from '../types.ts';
import { explained } from './words.ts';

export const explain: ReadOperation<ExplainIntent> = {
  kind: 'read',
  name: 'explain',
  reads: 'mesh-and-gateways',
  door: {
    summary: 'say where requests go, and why; test it',
    description:
      'Says which route a request gets, where that sends it, and why no earlier route matches. Tests a file of expectations.',
    example: '--label-selector app=api --request "GET https://shop.io/v2/cart" --headers x-cid=seu_madruga',
    inputs: {
      required: [],
      optional: [
        ...SELECTION_INPUTS,
        INPUTS.requests,
        INPUTS.expectations,
        INPUTS.headers,
        INPUTS.follow,
        INPUTS.propagate,
        INPUTS.port,
        INPUTS.gateway,
        INPUTS.sourceLabels,
        INPUTS.sourceNamespace,
      ],
    },
    read: readExplain,
  },
  shows: 'explanations',
  headline: ({ explanations }) => explained(explanations),
};
