/** Door 1, the GitHub Action's post step: takes back what the main step did. */
import { toTrafficError } from '../base/errors.ts';
import type { Finding } from '../base/findings.ts';
import { parseWords } from '../operations/parse-words.ts';
import type { Request } from '../operations/request.ts';
import { failed, type Outcome } from '../report/types.ts';
import { untilSignalled } from '../run/effects.ts';
import { tellAftermathOf } from './github-teller.ts';
import { isTakenBack, openStep, STATE_PATH } from './step.ts';
import { savedState } from './runner.ts';
import { takeStepBack } from './take-step-back.ts';

/** Only called after a failure or a cancellation: `post-if` in action.yml. Never throws. */
export async function main(): Promise<void> {
  const step = openStep();
  const words = step.readInputs();
  let outcome: Outcome | undefined;
  let told: readonly Finding[] = [];
  try {
    const { request } = parseWords(words);
    if (isTakenBack(request)) {
      // Nothing comes after it that could mend what it leaves half done: signals are without effect.
      untilSignalled();
      outcome = await takeStepBack(savedState(STATE_PATH), request, step.collaborators());
    }
    told = await tellAftermathOf(request, words, {
      outcome: outcome && step.shown(outcome),
      change: isTaken(request, outcome) ? 'back' : 'kept',
    });
  } catch (thrown) {
    // Of bad inputs the main step has told already, and with them it has changed nothing.
    if (savedState(STATE_PATH) !== '') outcome = failed(toTrafficError(thrown));
  }
  if (outcome !== undefined)
    await step.report(step.shown({ ...outcome, findings: [...outcome.findings, ...told] }));
  else step.tellFindings(told);
}

/** Is all that the main step did taken back, as far as this step knows? */
function isTaken({ intent, onFailure }: Request, outcome: Outcome | undefined): boolean {
  // A canary that is done leaves nothing to take back, and its build has the requests.
  if (outcome === undefined) return onFailure === 'rollback' && intent.operation !== 'canary';
  return outcome.failure === null && outcome.findings.every(({ code }) => code !== 'not-taken-back');
}
