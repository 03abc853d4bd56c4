/** Tells GitHub of a change, where that is asked for. GitHub's faults never change what became of the traffic. */
import { TrafficError, toTrafficError } from '../base/errors.ts';
import { finding, type Finding } from '../base/findings.ts';
import type { Json } from '../base/json.ts';
import type { Told } from '../operations/request.ts';
import type { Clock } from '../ports/collaborators.ts';
import type { Outcome } from '../report/types.ts';
import type { GitHubClient } from './client.ts';
import { beginDeployment, endDeployments, type Deployment } from './deployment.ts';
import { pullRequestOf, type PullRequest } from './event.ts';
import { commentsOf } from './note/comments.ts';
import { publishNote } from './note/publish.ts';
import { rowsAfter } from './note/rows.ts';

/** What the runner says of the workflow. */
export interface Workflow {
  /** `octo-org/api` */
  readonly repository: string | undefined;
  /** The event's payload. */
  readonly event: Json | undefined;
  /** The address of the run. */
  readonly run: string | null;
  /** The commit that the workflow runs on. */
  readonly commit: string | undefined;
}

export interface Teller {
  /** Before the change. */
  readonly begin: () => Promise<readonly Finding[]>;
  /** @param link the address that anyone can click; null: none */
  readonly end: (outcome: Outcome, link: string | null) => Promise<readonly Finding[]>;
}

/** The note of a pull request: one, for all services. */
const NOTE = 'previews';

/**
 * @param told what was asked for
 * @param isBack the change takes builds back: a deployment ends, and none begins
 */
export function githubTeller(
  told: Told,
  isBack: boolean,
  workflow: Workflow,
  client: GitHubClient,
  clock: Clock,
): Teller {
  const pull =
    workflow.repository === undefined ? undefined : pullRequestOf(workflow.event, workflow.repository);
  const facts = { run: workflow.run, environment: told.environment ?? '' };
  let deployment: Deployment | undefined;
  return {
    begin: () =>
      gathered(pull, 'deployment', async () => {
        if (told.environment === null || isBack) return;
        const { repository, ref } = deployable(workflow, pull);
        deployment = await beginDeployment(client, { ...facts, repository }, ref);
      }),
    end: async (outcome, link) => {
      const isGood = outcome.failure === null;
      const deployed = await gathered(pull, 'deployment', async () => {
        if (told.environment === null) return;
        if (!isBack) await deployment?.end(isGood ? 'success' : 'failure', link);
        else if (isGood)
          await endDeployments(client, { ...facts, repository: deployable(workflow, pull).repository });
      });
      const noted = await gathered(pull, 'comment', async () => {
        if (!told.comment || !isGood) return;
        if (pull === undefined)
          throw new TrafficError(
            'invalid-input',
            'the event that started this workflow is about no pull request, so there is none to comment on',
          );
        const at = clock.now().toISOString();
        const row = { commit: pull.commit, run: workflow.run, at, link };
        await publishNote(
          NOTE,
          (rows) => rowsAfter(rows, outcome, row),
          commentsOf(client, pull, NOTE),
          clock,
        );
      });
      return [...deployed, ...noted];
    },
  };
}

/** @throws TrafficError invalid-input: nobody says what is deployed */
function deployable(
  { repository, commit }: Workflow,
  pull: PullRequest | undefined,
): { readonly repository: string; readonly ref: string } {
  const ref = pull?.commit ?? commit;
  if (repository === undefined || ref === undefined)
    throw new TrafficError(
      'invalid-input',
      'GITHUB_REPOSITORY and GITHUB_SHA are not set, so nobody knows what is deployed',
    );
  return { repository, ref };
}

/** What went wrong on GitHub, as a finding: the traffic is what it is. */
async function gathered(
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
    const grant =
      reason === 'forbidden' || reason === 'not-found'
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
