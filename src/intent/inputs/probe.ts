import { input } from '../input.ts';
import { parseProbeCount, parseProbeExpect, parseProbeHeaders, parseProbeUrl } from '../probe.ts';
import { parseDuration } from '../scalars.ts';

/** What is requested after a change, and what makes an answer good. */
export const PROBE_INPUTS = {
  probeUrl: input({
    name: 'probe-url',
    description:
      'An address that is requested after the change. Unless its answers are good, the change is undone and the step fails. Without it: no probe.',
    accepted: 'an https or http URL',
    example: 'https://api.domain.io/v1/health',
    parse: parseProbeUrl,
  }),
  probeHeaders: input({
    name: 'probe-headers',
    description: 'More headers for the probe. It sends those of the preview by itself.',
    accepted: 'name: value (or name=value), one on a line',
    example: 'authorization: Bearer ${{ secrets.TOKEN }}',
    secret: true,
    parse: parseProbeHeaders,
  }),
  probeExpect: input({
    name: 'probe-expect',
    description: 'What makes an answer good. Without a line about the status, the status must be 2xx.',
    accepted:
      'status, header NAME or body, then =exact, ^=prefix or ~=regex (RE2), one on a line; header NAME alone: it is there; all must hold',
    example: 'header x-build=10',
    parse: parseProbeExpect,
  }),
  probeCount: input({
    name: 'probe-count',
    description: 'How many good answers in a row are needed.',
    default: '3',
    accepted: 'a whole number from 1 to 1000',
    example: '20',
    parse: parseProbeCount,
  }),
  probeTimeout: input({
    name: 'probe-timeout',
    description: 'How long the probe may last in all.',
    default: '30s',
    accepted: 'a duration of at most 1h, in h, m, s and ms',
    example: '2m',
    parse: parseDuration,
  }),
};
