/** Tells GitHub of a change, where that is asked for. GitHub's faults never change what became of the traffic. */
import type { Finding } from '../base/findings.ts';
import type { Outcome } from '../report/types.ts';
import { beginDeployment, endDeployments, type Deployment, type KeepMark } from './deployment/deployment.ts';
import { faultsOf, isRefused } from './faults.ts';
import { liveTelling, type LiveStage } from './live.ts';
import { commentsOf } from './note/comments.ts';
import { publishNote, updateNote } from './note/publish.ts';
import { rowsAfter, type NoteFacts } from './note/rows.ts';
import { deployable, NOTE, pullFor, pullOf, type Telling } from './telling.ts';

export interface Teller {
  /** Before the change. */
  readonly begin: () => Promise<readonly Finding[]>;
  /** Of a canary that goes on: returns at once, and tells GitHub now and then. */
  readonly live: (stage: LiveStage) => void;
  /** @param link the address that anyone can click; null: none */
  readonly end: (outcome: Outcome, link: string | null) => Promise<readonly Finding[]>;
}

export interface TellerOptions {
  /** The change takes builds back: a deployment ends, and none begins. */
  readonly isBack: boolean;
  /** Of this step: no other has it. */
  readonly key: string;
  readonly keep: KeepMark;
}

/** The three moments at which GitHub is told: none of them throws, and faults come back as warnings. */
export function githubTeller(telling: Telling, { isBack, key, keep }: TellerOptions): Teller {
  const { places, workflow, client, clock } = telling;
  const pull = pullOf(workflow);
  const facts = { run: workflow.run, environment: places.environment ?? '' };
  const now = (): NoteFacts => ({
    commit: pull?.commit ?? null,
    run: workflow.run,
    at: clock.now().toISOString(),
    link: null,
  });
  let deployment: Deployment | undefined;
  const live = liveTelling(clock, {
    comment: async ({ outcome, words }) => {
      if (!places.comment || pull === undefined) return;
      const row = { ...now(), progress: { words, step: key } };
      const comments = commentsOf(await client(), pull, NOTE);
      await updateNote(NOTE, (rows) => rowsAfter(rows, outcome, row), comments, clock);
    },
    deployment: async ({ words }) => deployment?.progress(words),
    isRefused,
  });
  return {
    live: live.tell,
    begin: () =>
      faultsOf(pull, 'deployment', async () => {
        if (places.environment === null || isBack) return;
        const { repository, ref } = deployable(workflow, pull);
        deployment = await beginDeployment(await client(), { ...facts, repository }, ref, { key, keep });
      }),
    end: async (outcome, link) => {
      await live.stop();
      const isGood = outcome.failure === null;
      const deployed = await faultsOf(pull, 'deployment', async () => {
        if (places.environment === null) return;
        if (!isBack) await deployment?.end(isGood ? 'success' : 'failure', link);
        else if (isGood)
          await endDeployments(await client(), {
            ...facts,
            repository: deployable(workflow, pull).repository,
          });
      });
      const noted = await faultsOf(pull, 'comment', async () => {
        if (!places.comment || !(isGood || wasLive(outcome))) return;
        const comments = commentsOf(await client(), pullFor(pull), NOTE);
        const row = { ...now(), link };
        await publishNote(NOTE, (rows) => rowsAfter(rows, outcome, row), comments, clock);
      });
      return [...deployed, ...noted];
    },
  };
}

/** A canary that failed after its row was written for the first time. */
function wasLive({ canary }: Outcome): boolean {
  return canary?.end === 'taken-back' || canary?.end === 'left';
}
