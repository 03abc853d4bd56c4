import { INPUTS } from '../../intent/inputs.ts';
import { SELECTION_INPUTS } from '../../intent/selection.ts';
import { type ExplainIntent, readExplain } from './intent.ts';
import { setAsideFindings } from '../../plan/set-aside.ts';
import type { ReadOperation } from '../types.ts';
import { explainRequests as explainRequests } from './plan.ts';
import { explained } from './words.ts';
import { NOTHING_WRITTEN } from '../../plan/nothing-written.ts';

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
  /** Its routes are in the explanations, those that matter. */
  plan(snapshot, intent) {
    const { explanations, findings } = explainRequests(snapshot, intent);
    return {
      operation: 'explain',
      ...NOTHING_WRITTEN,
      explanations,
      findings: [...setAsideFindings(snapshot), ...findings],
    };
  },
  shows: 'explanations',
  headline: ({ explanations }) => explained(explanations),
};
