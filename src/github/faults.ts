/** What goes wrong on GitHub is a finding: the traffic is what it is. */
import { TrafficError, toTrafficError } from '../base/errors.ts';
import { finding, type Finding } from '../base/findings.ts';
import type { PullRequest } from './event.ts';

/** Tells GitHub of one thing. */
export async function faultsOf(
  pull: PullRequest | undefined,
  what: 'comment' | 'deployment',
  tell: () => Promise<void>,
): Promise<readonly Finding[]> {
  try {
    await tell();
    return [];
  } catch (thrown) {
    const { reason, message } = toTrafficError(thrown);
    const why = message.replace(/\.$/, '');
    if (reason === 'forbidden' && pull?.isFromFork === true)
      return [
        finding(
          'github',
          'notice',
          `No ${what} on GitHub: the token of a pull request from a fork can only read. The change of traffic is not affected.`,
        ),
      ];
    // Nobody comments on a locked conversation but who may write in the repository, whatever the job's permissions are.
    const isLocked = /\block(?:ed)?\b/.test(why);
    const grant =
      !isLocked && (reason === 'forbidden' || reason === 'not-found')
        ? ` The job needs \`permissions: ${what === 'comment' ? 'pull-requests' : 'deployments'}: write\`.`
        : '';
    return [
      finding(
        'github',
        'warning',
        `No ${what} on GitHub: ${why}. The change of traffic is not affected.${grant}`,
      ),
    ];
  }
}

/** Trying it again would be refused again. */
export function isRefused(thrown: unknown): boolean {
  return thrown instanceof TrafficError && ['unauthorized', 'forbidden', 'not-found'].includes(thrown.reason);
}
