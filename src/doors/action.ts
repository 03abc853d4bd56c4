/** Door 1, the GitHub Action: inputs → run → outputs, summary, annotations. As `post.js`, its post step. */
import { basename } from 'node:path';
import { createRedactor } from '../base/redactor.ts';
import type { Author, Collaborators } from '../ports/collaborators.ts';
import { input, mask, runnerLog, savedState, saveState, setOutputs, writeSummary } from './runner.ts';
import { shownOutcome } from './shown-outcome.ts';
import { tellUncaught } from './streams.ts';
import { asker, clock, readText, storeOpener, untilSignalled } from '../run/effects.ts';
import { toTrafficError } from '../base/errors.ts';
import { INPUTS } from '../intent/inputs.ts';
import type { Words } from '../intent/types.ts';
import { OPERATIONS } from '../operations/index.ts';
import { ALL_INPUTS } from '../operations/inputs.ts';
import { parseWords } from '../operations/parse-words.ts';
import type { Request } from '../operations/request.ts';
import { finding, type Finding } from '../base/findings.ts';
import { probeSecrets } from '../probe/secrets.ts';
import { headlineOf } from '../report/headline.ts';
import { emptyOutputs, outputsOf } from '../report/outputs.ts';
import { summaryOf } from '../report/summary.ts';
import { diffOf } from '../report/diff.ts';
import { failed, type Outcome } from '../report/types.ts';
import { run, type RunOptions } from '../run/run.ts';
import { secretsOf } from '../net/secrets.ts';

/** The state that holds where the main step has kept what it did. */
const KEPT = 'istiops-kept';

const secrets = createRedactor(mask);
const log = runnerLog(secrets);
tellUncaught(log.fail);
/** The code of the finding that the runner's own kubeconfig was used. */
const HOME_USED = 'kubeconfig-of-home';

// By its name, not by a state of the main step: one that was killed early has left none, and must not be run again
// when the job is cancelled.
if (basename(process.argv[1] ?? '') === 'post.js') await post();
else await main();

async function main(): Promise<void> {
  // First, so that a later step finds a value whatever happens here.
  setOutputs(emptyOutputs());
  const outcome = shownOutcome(await changeTraffic(readInputs()), secrets);
  await tellOf('outputs', () => {
    setOutputs(outputsOf(outcome));
  });
  await report(outcome);
}

/** Only called after a failure or a cancellation: `post-if` in action.yml. */
async function post(): Promise<void> {
  const words = readInputs();
  let outcome: Outcome | undefined;
  try {
    const { request } = parseWords(words);
    if (!isTakenBack(request)) return;
    const { takeStepBack } = await import('./post.ts');
    // Nothing comes after it that could mend what it leaves half done: signals are without effect.
    untilSignalled();
    outcome = await takeStepBack(savedState(KEPT), request, collaborators());
  } catch (thrown) {
    // Of bad inputs the main step has told already, and with them it has changed nothing.
    if (savedState(KEPT) !== '') outcome = failed(toTrafficError(thrown));
  }
  if (outcome !== undefined) await report(shownOutcome(outcome, secrets));
}

/** With manifests the files go with the job. */
function isTakenBack({ onFailure, place, dryRun }: Request): boolean {
  return onFailure === 'rollback' && place.kind === 'kubernetes' && !dryRun;
}

/** Every input, once. Secrets are masked before anything else sees them. */
function readInputs(): Words {
  const words = Object.fromEntries(ALL_INPUTS.map(({ name }) => [name, input(name)]));
  const text = (name: string): string => words[name] ?? '';
  for (const { name } of ALL_INPUTS.filter(({ secret }) => secret)) {
    if (text(name).trim() === '') continue;
    const isProbe = name === INPUTS.probeHeaders.name;
    const found = isProbe
      ? probeSecrets(text(name), text(INPUTS.headers.name), text(INPUTS.cookies.name))
      : secretsOf(text(name));
    for (const secret of found) secrets.learn(secret.text, secret.kind);
  }
  return words;
}

async function changeTraffic(words: Words): Promise<Outcome> {
  try {
    const { request, warnings } = parseWords(words);
    const outcome = await run(request, collaborators(untilSignalled()), {
      ...(isTakenBack(request) && (await keeping())),
      onPlanned: (planned) => {
        const outputs = outputsOf(shownOutcome(planned, secrets));
        const { subset, plan, diff, operation, context, server } = outputs;
        const previous = {
          'previous-subset': outputs['previous-subset'],
          'previous-pod-selector': outputs['previous-pod-selector'],
        };
        setOutputs({ subset, ...previous, plan, diff, operation, context, server });
      },
    });
    const unused = warnings.map((message) => finding('unused-input', 'warning', message));
    return { ...outcome, findings: [...unused, ...homeNotice(outcome, request), ...outcome.findings] };
  } catch (thrown) {
    const operation = OPERATIONS.find((one) => one === words['operation']?.trim()) ?? null;
    return { ...failed(toTrafficError(thrown)), operation };
  }
}

/** What a kubeconfig of the runner itself may be: somebody's, or one that an image came with. */
function homeNotice({ access }: Outcome, { place }: Request): readonly Finding[] {
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

/** Keeps what takes the change back where the post step finds it. */
async function keeping(): Promise<Pick<RunOptions, 'onWriting'>> {
  const { keep, statePath } = await import('./step-state.ts');
  const path = statePath(process.env);
  saveState(KEPT, path);
  return {
    onWriting: (step, { place }, namespace) => {
      keep(path, { step, place, namespace });
    },
  };
}

function collaborators(signal?: AbortSignal): Collaborators {
  return {
    openStore: storeOpener({ env: process.env, secrets, log: log.info, signal }),
    clock,
    signal,
    ask: asker(process.env),
    log,
    author,
    readText,
  };
}

/** Who runs this workflow. */
async function author(): Promise<Author> {
  const { context } = await import('@actions/github');
  const { GITHUB_REPOSITORY: repository } = process.env;
  return {
    actor: context.actor,
    ...(repository !== undefined && {
      repository,
      run: `${context.serverUrl}/${repository}/actions/runs/${context.runId}`,
    }),
  };
}

/**
 * Each part by itself: traffic has changed by now, so a fault in one of them fails neither the step nor the others.
 */
async function report(outcome: Outcome): Promise<void> {
  // What was asked for is the answer itself: the log has it too, for whoever reads that alone.
  if ((outcome.operation === 'show' || outcome.operation === 'history') && outcome.failure === null) {
    const { pretty } = await import('../report/terminal.ts');
    await tellOf('routes', () => {
      log.info(pretty({ ...outcome, findings: [] }, { colour: false }).trimEnd());
    });
  }
  await tellOf('diff', () => {
    const diff = diffOf(outcome.texts);
    if (diff !== '') log.folded('Diff', diff.trimEnd());
  });
  for (const { code, severity, message } of outcome.findings) {
    if (severity === 'warning') log.warning(message);
    if (severity === 'notice') (code === HOME_USED ? log.notice : log.info)(message);
  }
  // Without a file to write to (another runner, a shell) there is nobody to read it.
  if (process.env['GITHUB_STEP_SUMMARY']) await tellOf('job summary', () => writeSummary(summaryOf(outcome)));
  if (outcome.failure !== null) log.fail(`${outcome.failure.reason}: ${outcome.failure.message}`);
  else
    await tellOf('headline', () => {
      log.notice(headlineOf(outcome));
    });
}

async function tellOf(what: string, tell: () => Promise<void> | void): Promise<void> {
  try {
    await tell();
  } catch (thrown) {
    log.warning(`The ${what} could not be written: ${toTrafficError(thrown).message}`);
  }
}
