/** What the Action tells GitHub of a change. Nothing here is loaded where no input asks for it. */
import { randomUUID } from 'node:crypto';
import type { Finding } from '../base/findings.ts';
import { markIn, markText } from '../github/deployment/mark.ts';
import type { Aftermath } from '../github/aftermath.ts';
import type { Teller } from '../github/tell.ts';
import type { Telling } from '../github/telling.ts';
import { INPUTS } from '../intent/inputs.ts';
import type { Words } from '../intent/types.ts';
import { changeOperationOf, isReadOnly } from '../operations/index.ts';
import type { Request } from '../operations/request.ts';
import { clock } from '../run/effects.ts';
import { savedState, saveState } from './runner.ts';
import { workflowOf } from './workflow.ts';

/** In which the main step hands its deployment to the post step, and its name in the comment. */
const DEPLOYMENT = 'istiops-deployment';
const STEP = 'istiops-step';

/** @returns undefined where GitHub is not to be called */
export async function tellerOf(request: Request, words: Words): Promise<Teller | undefined> {
  const telling = await tellingOf(request, words);
  if (telling === undefined || isReadOnly(request.intent)) return undefined;
  const { githubTeller } = await import('../github/tell.ts');
  const key = randomUUID();
  if (request.intent.operation === 'canary' && telling.places.comment) saveState(STEP, key);
  return githubTeller(telling, {
    isBack: changeOperationOf(request.intent).direction !== 'forward',
    key,
    keep: (mark) => {
      saveState(DEPLOYMENT, markText(mark));
    },
  });
}

/**
 * Tells, in the post step, what became of the change of the main step.
 *
 * @param outcome of the run that took it back; undefined: none did
 */
export async function tellAftermathOf(
  request: Request,
  words: Words,
  known: Pick<Aftermath, 'outcome' | 'change'>,
): Promise<readonly Finding[]> {
  const telling = await tellingOf(request, words);
  if (telling === undefined) return [];
  const [mark, step] = [markIn(savedState(DEPLOYMENT)), savedState(STEP)];
  const { tellAftermath } = await import('../github/aftermath.ts');
  return tellAftermath(telling, { mark, step, ...known });
}

async function tellingOf({ github }: Request, words: Words): Promise<Telling | undefined> {
  if (github === undefined) return undefined;
  const { githubClient } = await import('../github/client.ts');
  return {
    places: github,
    workflow: workflowOf(process.env),
    client: () => githubClient((words[INPUTS.githubToken.name] ?? '').trim(), clock),
    clock,
  };
}
