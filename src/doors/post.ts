/** Door 1, the GitHub Action's post step: takes back what the main step did. */
import { toTrafficError } from '../base/errors.ts';
import { parseWords } from '../operations/parse-words.ts';
import { failed, type Outcome } from '../report/types.ts';
import { untilSignalled } from '../run/effects.ts';
import { tellerOf } from './github-teller.ts';
import { isTakenBack, openStep, STATE_PATH } from './step.ts';
import { savedState } from './runner.ts';
import { takeStepBack } from './take-step-back.ts';

/** Only called after a failure or a cancellation: `post-if` in action.yml. Never throws. */
export async function main(): Promise<void> {
  const step = openStep();
  const words = step.readInputs();
  let outcome: Outcome | undefined;
  try {
    const { request } = parseWords(words);
    if (!isTakenBack(request)) return;
    // Nothing comes after it that could mend what it leaves half done: signals are without effect.
    untilSignalled();
    outcome = await takeStepBack(savedState(STATE_PATH), request, step.collaborators());
    if (outcome !== undefined) {
      const teller = await tellerOf(request, words, { isBack: true });
      const told = (await teller?.end(step.shown(outcome), null)) ?? [];
      outcome = { ...outcome, findings: [...outcome.findings, ...told] };
    }
  } catch (thrown) {
    // Of bad inputs the main step has told already, and with them it has changed nothing.
    if (savedState(STATE_PATH) !== '') outcome = failed(toTrafficError(thrown));
  }
  if (outcome !== undefined) await step.report(step.shown(outcome));
}
