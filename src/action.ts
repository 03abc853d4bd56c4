/** Door 1, the GitHub Action: inputs → run → outputs, summary, annotations. As `post.js`, its post step. */
import { basename } from 'node:path';
import * as core from '@actions/core';
import type { Author, Collaborators, Log } from './collaborators.ts';
import { asker, clock, readText, storeOpener, untilSignalled } from './effects.ts';
import { toTrafficError } from './errors.ts';
import { ALL_INPUTS, INPUTS } from './intent/inputs.ts';
import { parseWords } from './intent/parse-words.ts';
import { OPERATIONS, type Request, type Words } from './intent/types.ts';
import { finding } from './plan/findings.ts';
import { probeSecrets } from './probe/secrets.ts';
import { headlineOf } from './report/headline.ts';
import { emptyOutputs, outputsOf } from './report/outputs.ts';
import { summaryOf } from './report/summary.ts';
import { diffOf } from './report/diff.ts';
import { failed, type Outcome } from './report/types.ts';
import { run, type RunOptions } from './run.ts';
import { secretsOf } from './stores/kubernetes/secrets.ts';

/** The state that holds where the main step has kept what it did. */
const KEPT = 'istiops-kept';

// By its name, not by a state of the main step: one that was killed early has left none, and must not be run again
// when the job is cancelled.
if (basename(process.argv[1] ?? '') === 'post.js') await post();
else await main();

async function main(): Promise<void> {
  // First, so that a later step finds a value whatever happens here.
  setOutputs(emptyOutputs());
  const outcome = await changeTraffic(readInputs());
  setOutputs(outputsOf(outcome));
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
    outcome = await takeStepBack(core.getState(KEPT), request, collaborators());
  } catch (thrown) {
    // Of bad inputs the main step has told already, and with them it has changed nothing.
    if (core.getState(KEPT) !== '') outcome = failed(toTrafficError(thrown));
  }
  if (outcome !== undefined) await report(outcome);
}

/** With manifests the files go with the job. */
function isTakenBack({ onFailure, place, dryRun }: Request): boolean {
  return onFailure === 'rollback' && place.kind === 'kubernetes' && !dryRun;
}

/** Every input, once. Secrets are masked before anything else sees them. */
function readInputs(): Words {
  return Object.fromEntries(
    ALL_INPUTS.map(({ name, secret }) => {
      const text = core.getInput(name, { trimWhitespace: false });
      if (secret && text.trim() !== '')
        for (const part of name === INPUTS.probeHeaders.name ? probeSecrets(text) : secretsOf(text))
          core.setSecret(part);
      return [name, text];
    }),
  );
}

async function changeTraffic(words: Words): Promise<Outcome> {
  try {
    const { request, warnings } = parseWords(words);
    const outcome = await run(request, collaborators(untilSignalled()), {
      ...(isTakenBack(request) && (await keeping())),
      onPlanned: (planned) => {
        const outputs = outputsOf(planned);
        const { subset, plan, diff, operation } = outputs;
        const previous = {
          'previous-subset': outputs['previous-subset'],
          'previous-pod-selector': outputs['previous-pod-selector'],
        };
        setOutputs({ subset, ...previous, plan, diff, operation });
      },
    });
    const unused = warnings.map((message) => finding('unused-input', 'warning', message));
    return { ...outcome, findings: [...unused, ...outcome.findings] };
  } catch (thrown) {
    const operation = OPERATIONS.find((one) => one === words['operation']?.trim()) ?? null;
    return { ...failed(toTrafficError(thrown)), operation };
  }
}

/** Keeps what takes the change back where the post step finds it. */
async function keeping(): Promise<Pick<RunOptions, 'onWriting'>> {
  const { keep, statePath } = await import('./step-state.ts');
  const path = statePath(process.env);
  core.saveState(KEPT, path);
  return {
    onWriting: (step, { place }, namespace) => {
      keep(path, { step, place, namespace });
    },
  };
}

function collaborators(signal?: AbortSignal): Collaborators {
  const log: Log = { info: core.info, group: core.group };
  return {
    openStore: storeOpener({ env: process.env, onSecret: core.setSecret, log: core.info, signal }),
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

function setOutputs(outputs: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(outputs)) core.setOutput(name, value);
}

async function report(outcome: Outcome): Promise<void> {
  // What was asked for is the answer itself: the log has it too, for whoever reads that alone.
  if ((outcome.operation === 'show' || outcome.operation === 'history') && outcome.failure === null) {
    const { pretty } = await import('./report/terminal.ts');
    core.info(pretty({ ...outcome, findings: [] }, { colour: false }).trimEnd());
  }
  const diff = diffOf(outcome.texts);
  if (diff !== '') {
    core.startGroup('Diff');
    core.info(diff.trimEnd());
    core.endGroup();
  }
  for (const { severity, message } of outcome.findings) {
    if (severity === 'warning') core.warning(message);
    if (severity === 'notice') core.info(message);
  }
  await summarise(outcome);
  if (outcome.failure === null) core.notice(headlineOf(outcome));
  else core.setFailed(`${outcome.failure.reason}: ${outcome.failure.message}`);
}

/** Without a file to write to (another runner, a shell) there is nobody to read it. */
async function summarise(outcome: Outcome): Promise<void> {
  if (!process.env['GITHUB_STEP_SUMMARY']) return;
  try {
    await core.summary.addRaw(summaryOf(outcome)).write();
  } catch (thrown) {
    // The traffic is shifted by now: a step that failed over its report would say otherwise.
    core.warning(`The job summary was not written: ${toTrafficError(thrown).message}`);
  }
}
