/** Door 1, the GitHub Action: inputs → run → outputs, summary, annotations. */
import { setImmediate } from 'node:timers/promises';
import { toTrafficError } from '../base/errors.ts';
import { finding } from '../base/findings.ts';
import { AS_STEP_INPUTS } from '../intent/spelling.ts';
import type { Words } from '../intent/types.ts';
import { OPERATIONS } from '../operations/index.ts';
import { parseWords } from '../operations/parse-words.ts';
import { emptyOutputs, outputsOf, outputsOfPlan } from '../report/outputs.ts';
import { failed, type Outcome } from '../report/types.ts';
import { untilSignalled } from '../run/effects.ts';
import { run, type RunOptions } from '../run/run.ts';
import { previewLinkOf } from '../report/preview-link.ts';
import { tellerOf } from './github-teller.ts';
import { homeNotice } from './home-notice.ts';
import { saveState, setOutputs } from './runner.ts';
import { keep, statePath } from './step-state.ts';
import { isTakenBack, openStep, STATE_PATH, type ActionStep } from './step.ts';

/** The main step of the Action. */
export async function main(): Promise<void> {
  const step = openStep();
  // First, so that a later step finds a value whatever happens here.
  if (!step.canSetOutputs(emptyOutputs())) return;
  const outcome = step.shown(await runStep(step.readInputs(), step));
  await step.tellOf('outputs', () => {
    setOutputs(outputsOf(outcome));
  });
  await step.report(outcome);
}

async function runStep(words: Words, { collaborators, shown }: ActionStep): Promise<Outcome> {
  try {
    const { request, warnings } = parseWords(words, { spelling: AS_STEP_INPUTS });
    const teller = await tellerOf(request, words);
    const begun = (await teller?.begin()) ?? [];
    const outcome = await run(request, collaborators(untilSignalled()), {
      ...(isTakenBack(request) && undoPlanKeeper()),
      onPlanned: async (planned) => {
        // First the questions to the server have to be on their way.
        await setImmediate();
        setOutputs(outputsOfPlan(shown(planned())));
      },
      ...(teller !== undefined && {
        onStage: (stage) => {
          teller.live({ ...stage, outcome: shown(stage.outcome) });
        },
      }),
    });
    const told = (await teller?.end(shown(outcome), previewLinkOf(outcome)?.url ?? null)) ?? [];
    const unused = warnings.map((message) => finding('unused-input', 'warning', message));
    const notices = homeNotice(outcome, request);
    return { ...outcome, findings: [...unused, ...notices, ...outcome.findings, ...begun, ...told] };
  } catch (thrown) {
    const operation = OPERATIONS.find((one) => one === words['operation']?.trim().toLowerCase()) ?? null;
    return { ...failed(toTrafficError(thrown)), operation };
  }
}

/** Keeps what takes the change back in a file that the post step reads. */
function undoPlanKeeper(): Pick<RunOptions, 'onWriting'> {
  const path = statePath(process.env);
  saveState(STATE_PATH, path);
  return {
    onWriting: (undoPlan, { place }, namespace) => {
      keep(path, { step: undoPlan, place, namespace });
    },
  };
}
