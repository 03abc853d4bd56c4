/** Door 1, the GitHub Action: inputs → run → outputs, summary, annotations. */
import * as core from '@actions/core';
import type { Author, Collaborators, Log } from './collaborators.ts';
import { clock, readText, storeOpener } from './effects.ts';
import { toTrafficError } from './errors.ts';
import { ALL_INPUTS } from './intent/inputs.ts';
import { parseWords } from './intent/parse-words.ts';
import type { Words } from './intent/types.ts';
import { finding } from './plan/findings.ts';
import { headlineOf } from './report/headline.ts';
import { emptyOutputs, outputsOf } from './report/outputs.ts';
import { summaryOf } from './report/summary.ts';
import { diffOf } from './report/diff.ts';
import { failed, type Outcome } from './report/types.ts';
import { run } from './run.ts';
import { secretsOf } from './stores/kubernetes/secrets.ts';

await main();

async function main(): Promise<void> {
  // First, so that a later step finds a value whatever happens here.
  setOutputs(emptyOutputs());
  const outcome = await changeTraffic(readInputs());
  setOutputs(outputsOf(outcome));
  await report(outcome);
}

/** Every input, once. Secrets are masked before anything else sees them. */
function readInputs(): Words {
  return Object.fromEntries(
    ALL_INPUTS.map(({ name, secret }) => {
      const text = core.getInput(name, { trimWhitespace: false });
      if (secret && text.trim() !== '') for (const part of secretsOf(text)) core.setSecret(part);
      return [name, text];
    }),
  );
}

async function changeTraffic(words: Words): Promise<Outcome> {
  try {
    const { request, warnings } = parseWords(words);
    const outcome = await run(request, collaborators(), {
      onPlanned: (planned) => {
        const { subset, plan, diff, operation } = outputsOf(planned);
        setOutputs({ subset, plan, diff, operation });
      },
    });
    const unused = warnings.map((message) => finding('unused-input', 'warning', message));
    return { ...outcome, findings: [...unused, ...outcome.findings] };
  } catch (thrown) {
    return failed(toTrafficError(thrown));
  }
}

function collaborators(): Collaborators {
  const log: Log = { info: core.info, group: core.group };
  return {
    openStore: storeOpener({ env: process.env, onSecret: core.setSecret, log: core.info }),
    clock,
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
