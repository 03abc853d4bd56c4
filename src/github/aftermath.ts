/** What the post step tells GitHub: what became of the change of its main step, which may have been killed. */
import { finding, type Finding } from '../base/findings.ts';
import type { Outcome } from '../report/types.ts';
import { closeDeployment, type ChangeState } from './deployment/close.ts';
import type { DeploymentMark } from './deployment/mark.ts';
import { faultsOf } from './faults.ts';
import { commentsOf } from './note/comments.ts';
import { publishNote } from './note/publish.ts';
import { rowsAfter, rowsOfEndedStep } from './note/rows.ts';
import { NOTE, pullOf, type Telling } from './telling.ts';

/** What the post step knows. */
export interface Aftermath {
  /** Of the deployment that the main step began; undefined: it began none. */
  readonly mark: DeploymentMark | undefined;
  /** The main step, as its rows name it; empty: it wrote none that goes on. */
  readonly step: string;
  /** Of the run that took the change back; undefined: none did. */
  readonly outcome: Outcome | undefined;
  readonly change: ChangeState;
}

/**
 * Closes the deployment, and writes into the comment what became of the change.
 *
 * @returns faults of GitHub and of its answers as warnings: never throws
 */
export async function tellAftermath(
  { places, workflow, client, clock }: Telling,
  { mark, step, outcome, change }: Aftermath,
): Promise<readonly Finding[]> {
  const pull = pullOf(workflow);
  const closed: Finding[] = [];
  const deployed = await faultsOf(pull, 'deployment', async () => {
    if (mark === undefined) return;
    if ((await closeDeployment(await client(), mark, workflow.run, change)) === 'closed' && change === 'kept')
      closed.push(leftOpen(mark));
  });
  const noted = await faultsOf(pull, 'comment', async () => {
    if (!places.comment || pull === undefined || (outcome === undefined && step === '')) return;
    const row = {
      commit: pull.commit,
      run: workflow.run,
      at: clock.now().toISOString(),
      link: null,
      isTakenBack: true,
    };
    await publishNote(
      NOTE,
      (rows) => {
        const known = outcome?.failure === null ? rowsAfter(rows, outcome, row) : rows;
        return step === '' ? known : rowsOfEndedStep(known, step, row, change === 'back');
      },
      commentsOf(await client(), pull, NOTE),
      clock,
    );
  });
  return [...closed, ...deployed, ...noted];
}

function leftOpen({ environment }: DeploymentMark): Finding {
  return finding(
    'github',
    'warning',
    `The job ended before the change was done, so the deployment to ${environment} is marked as an error. ` +
      'What the routes are now is not known here: `istiops traffic show` says it.',
  );
}
