import { INPUTS } from '../../intent/inputs.ts';
import { MATCH_INPUTS } from '../../intent/read-alternatives.ts';
import { ADDING_INPUTS, SHIFT_INPUTS } from '../../intent/read-shift.ts';
import { type HeadersIntent, readHeaders } from './intent.ts';
import type { ChangeOperation } from '../types.ts';
import { alternativesBrief } from '../common/alternatives-brief.ts';
import { headersWords } from './words.ts';

export const headers: ChangeOperation<HeadersIntent> = {
  kind: 'change',
  name: 'headers',
  direction: 'forward',
  reads: 'mesh-and-servers',
  door: {
    summary: 'send requests with certain headers, cookies or baggage to a build',
    description:
      'Adds a copy of each base route directly above it. The copy also requires your headers, cookies or baggage and sends to the build only. Timeout, retries, rewrite, CORS and faults are copied.',
    example: '--label-selector app=api --pod-selector app=api,build=PR-10 --headers x-cid=seu_madruga',
    inputs: {
      required: SHIFT_INPUTS.required,
      optional: [
        ...SHIFT_INPUTS.optional,
        ...ADDING_INPUTS,
        INPUTS.services,
        ...MATCH_INPUTS,
        INPUTS.link,
        INPUTS.linkPath,
        INPUTS.linkHost,
        INPUTS.bridge,
        INPUTS.expires,
      ],
    },
    read: readHeaders,
  },
  brief: ({ alternatives }) => alternativesBrief(alternatives),
  words: headersWords,
  takesBack: { by: 'rollback', makes: ['previews'] },
};
