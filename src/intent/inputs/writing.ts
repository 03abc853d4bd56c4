import { input } from '../input.ts';
import { parseBoolean, parseConfirm, parseDryRun, parseDuration } from '../scalars.ts';

/** How a change is written, and when it counts as done. */
export const WRITING_INPUTS = {
  dryRun: input({
    name: 'dry-run',
    description: 'Plans, prints and lets the server rehearse every write, but writes nothing.',
    default: 'false',
    accepted: 'true or false',
    example: 'true',
    parse: parseDryRun,
  }),
  confirm: input({
    name: 'confirm',
    description:
      'Who says that the proxies have what was written, before the next phase: the proxies themselves and istiod, and `propagation-wait` where these may not be asked (auto); the proxies, or the operation is refused (proxies); `propagation-wait` alone (wait).',
    default: 'auto',
    accepted: 'auto, proxies, wait',
    example: 'proxies',
    parse: parseConfirm,
  }),
  confirmTimeout: input({
    name: 'confirm-timeout',
    description:
      'How long the proxies may take until they have what was written. New subsets that are not there by then are removed again; changed routes stay, and nothing is said to be safe to scale down.',
    default: '30s',
    accepted: 'a duration of at most 1h, in h, m, s and ms',
    example: '1m',
    parse: parseDuration,
  }),
  propagationWait: input({
    name: 'propagation-wait',
    description:
      "How long to wait between the phases of a write, so that every proxy can learn of it, where the proxies can't be asked.",
    default: '5s',
    accepted: 'a duration of at most 1h, in h, m, s and ms; 0s for none',
    example: '1m30s',
    parse: parseDuration,
  }),
  waitForPods: input({
    name: 'wait-for-pods',
    description: 'How long to wait for a ready pod of the build.',
    default: '0s',
    accepted: 'a duration of at most 1h, in h, m, s and ms; 0s to fail at once when there is none',
    example: '2m',
    parse: parseDuration,
  }),
  force: input({
    name: 'force',
    description: 'Turns refusals that you may overrule into warnings.',
    default: 'false',
    accepted: 'true or false',
    example: 'true',
    parse: parseBoolean,
  }),
};
