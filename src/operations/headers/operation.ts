import { INPUTS } from '../../intent/inputs.ts';
import { MATCH_INPUTS } from '../../intent/read-alternatives.ts';
import { ADDING_INPUTS, SHIFT_INPUTS } from '../../intent/read-shift.ts';
import { type HeadersIntent, readHeaders } from './intent.ts';
import type { ChangeOperation } from '../types.ts';
import { alternativesBrief } from '../common/alternatives-brief.ts';
import { expectHeaders } from './expect.ts';
import { planHeaders } from './plan.ts';
import { headersWords } from './words.ts';

export const headers: ChangeOperation<HeadersIntent> = {
  kind: 'change',
  name: 'headers',
  direction: 'forward',
  reads: 'mesh-and-servers',
  door: {
    summary: 'send requests with certain headers or cookies to a build',
    example: '--label-selector app=api --pod-selector app=api,build=PR-10 --headers x-cid=seu_madruga',
    inputs: {
      required: SHIFT_INPUTS.required,
      optional: [
        ...SHIFT_INPUTS.optional,
        ...ADDING_INPUTS,
        ...MATCH_INPUTS,
        INPUTS.link,
        INPUTS.linkPath,
        INPUTS.linkHost,
        INPUTS.bridge,
      ],
    },
    read: readHeaders,
  },
  plan: planHeaders,
  expect: expectHeaders,
  brief: ({ alternatives }) => alternativesBrief(alternatives),
  words: headersWords,
  takesBack: { by: 'rollback', previews: true, fields: [] },
};
