import { finding, type Finding } from '../base/findings.ts';
import type { Request } from '../operations/request.ts';
import type { Outcome } from '../report/types.ts';

/** The code of the finding that the runner's own kubeconfig was used. */
export const HOME_USED = 'kubeconfig-of-home';

/** What a kubeconfig of the runner itself may be: somebody's, or one that an image came with. */
export function homeNotice({ access }: Outcome, { place }: Request): readonly Finding[] {
  const from = place.kind === 'kubernetes' ? place.kubeconfigFrom : undefined;
  // Who names this place alone, or first, means it.
  if (access?.source !== 'home' || from?.[0] === 'home') return [];
  const message =
    `The step was given no kubeconfig, so ${access.origin} of the runner itself was used: ` +
    `context ${access.context}, ${access.server}. A secret that is not set reaches a step as an empty input, ` +
    'so this may be another cluster than the one that is meant. To refuse it, set `kubeconfig-from: input`; ' +
    'if it is meant, `kubeconfig-from: home`.';
  return [finding(HOME_USED, 'notice', message)];
}
