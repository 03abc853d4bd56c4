/** What the Action's main step and its post step have in common: inputs, log, collaborators, report. */
import { createRedactor, type Redactor } from '../base/redactor.ts';
import { faultText } from '../base/errors.ts';
import type { Finding } from '../base/findings.ts';
import type { Json } from '../base/json.ts';
import { pullRequestOf } from '../github/event.ts';
import { INPUTS } from '../intent/inputs.ts';
import { nearest } from '../intent/nearest.ts';
import { MATCH_INPUTS } from '../intent/read-alternatives.ts';
import type { Words } from '../intent/types.ts';
import { secretsOf } from '../net/secrets.ts';
import { ALL_INPUTS } from '../operations/inputs.ts';
import type { Request } from '../operations/request.ts';
import type { Author, Collaborators } from '../ports/collaborators.ts';
import { probeSecrets } from '../probe/secrets.ts';
import { annotationsOf, annotationTitle } from '../report/annotations.ts';
import { diffOf, readableDiff } from '../report/diff.ts';
import { headlineOf } from '../report/headline.ts';
import { summaryOf, type SummaryOptions } from '../report/summary.ts';
import { colourDiff, pretty } from '../report/terminal.ts';
import { isReading } from '../report/text.ts';
import type { Outcome } from '../report/types.ts';
import { machineOf, pullRequestReader, storeOpener } from '../run/effects.ts';
import { HOME_USED } from './home-notice.ts';
import {
  handedOnNames,
  inputText,
  mask,
  runnerLog,
  setOutputs,
  writeSummary,
  type RunnerLog,
} from './runner.ts';
import { shownOutcome } from './shown-outcome.ts';
import { tellUncaught } from './streams.ts';
import { workflowOf } from './workflow.ts';

/** The runner's state in which the main step hands the path of what it keeps to the post step. */
export const STATE_PATH = 'istiops-kept';

export interface ActionStep {
  /** Every input, once. Secrets are masked before anything else sees them. */
  readonly readInputs: () => Words;
  /** @param signal absent: nothing cancels the run */
  readonly collaborators: (signal?: AbortSignal) => Collaborators;
  /** The outcome without the secrets that are known by now. */
  readonly shown: (outcome: Outcome) => Outcome;
  /** Sets the outputs; where the runner's file can't be written, the step fails, and false: nothing may be changed. */
  readonly canSetOutputs: (outputs: Readonly<Record<string, string>>) => boolean;
  /** Does one part of a report; a fault in it is a warning that names `what`. */
  readonly tellOf: (what: string, tell: () => Promise<void> | void) => Promise<void>;
  /** Log, annotations and job summary; a failure makes the step fail. */
  readonly report: (shown: Outcome) => Promise<void>;
  /** Annotations of what a step found that changed nothing, and so has no report. */
  readonly tellFindings: (findings: readonly Finding[]) => void;
}

/** Begins a step of the Action: from here on, faults that nobody catches are printed without secrets, too. */
export function openStep(): ActionStep {
  const secrets = createRedactor(mask);
  const log = runnerLog(secrets);
  tellUncaught(log.fail);
  return {
    readInputs: () => readInputs(secrets.learn),
    collaborators: (signal) => ({
      openStore: storeOpener({ env: process.env, secrets, log: log.info, signal }),
      ...machineOf(process.env),
      signal,
      log,
      author,
      openPullRequests: pullRequestReader((inputText(INPUTS.githubToken.name) ?? '').trim()),
    }),
    shown: (outcome) => shownOutcome(outcome, secrets),
    canSetOutputs: (outputs) => {
      try {
        setOutputs(outputs);
        return true;
      } catch (thrown) {
        const why = faultText(thrown);
        log.fail(
          `internal: The outputs of this step can't be written (${why}), so nothing was read or changed. GITHUB_OUTPUT names the file.`,
        );
        return false;
      }
    },
    tellOf: (what, tell) => tellOf(log, what, tell),
    report: (outcome) => report(log, outcome),
    tellFindings: (findings) => {
      for (const { severity, message } of findings) log[severity](message);
    },
  };
}

/**
 * Does the post step take the change back, where the step is cut short or a later one fails? Of a canary always; never
 * of manifests, because the files go with the job.
 */
export function isTakenBack({ intent, onFailure, place, dryRun }: Request): boolean {
  const isWanted = onFailure === 'rollback' || intent.operation === 'canary';
  return isWanted && place.kind === 'kubernetes' && !dryRun;
}

function readInputs(learn: Redactor['learn']): Words {
  const words = Object.fromEntries([...NAMES, ...mistyped()].map((name) => [name, inputText(name)]));
  const text = (name: string): string => words[name] ?? '';
  for (const { name } of ALL_INPUTS.filter(({ secret }) => secret)) {
    if (text(name).trim() === '') continue;
    const found = HEADERS.includes(name)
      ? probeSecrets(text(name), ...MATCH_INPUTS.map((one) => text(one.name)))
      : secretsOf(text(name));
    for (const secret of found) learn(secret.text, secret.kind);
  }
  return words;
}

const NAMES = ALL_INPUTS.map(({ name }) => name);

/**
 * Inputs that the workflow gives and that only almost have a name of the table: with `dry_run: true`, somebody means a
 * trial. The runner warns of any other input by itself, and starts the step all the same.
 */
function mistyped(): readonly string[] {
  return handedOnNames().filter((name) => !NAMES.includes(name) && nearest(name, NAMES) !== undefined);
}

/** Inputs whose names of headers are no secret, though their values are. */
const HEADERS: readonly string[] = [INPUTS.probeHeaders.name, INPUTS.metricsHeaders.name];

/** Who runs this workflow. */
function author(): Promise<Author> {
  const { actor, repository, run, event } = workflowOf(process.env);
  return Promise.resolve({
    ...(actor !== undefined && { actor }),
    ...(repository !== undefined && { repository, ...pullRequestIn(event, repository) }),
    ...(run !== null && { run }),
  });
}

function pullRequestIn(event: Json | undefined, repository: string): Pick<Author, 'pullRequest' | 'commit'> {
  const pull = pullRequestOf(event, repository);
  if (pull === undefined) return {};
  return { pullRequest: pull.number, ...(pull.commit !== null && { commit: pull.commit }) };
}

/**
 * Each part by itself: traffic has changed by now, so a fault in one of them fails neither the step nor the others.
 */
async function report(log: RunnerLog, outcome: Outcome): Promise<void> {
  // What was asked for is the answer itself: the log has it too, for whoever reads that alone.
  if (isReading(outcome) && (outcome.failure === null || outcome.explanations.length > 0)) {
    await tellOf(log, 'answer', () => {
      log.info(pretty({ ...outcome, findings: [] }, { colour: hasColour() }).trimEnd(), 'coloured');
    });
  }
  await tellOf(log, 'diff', () => {
    const diff = readableDiff(diffOf(outcome.texts)).trimEnd();
    if (diff === '') return;
    log.folded('Diff', colourDiff(diff, { colour: hasColour() }), 'coloured');
  });
  for (const { code, severity, message } of outcome.findings)
    if (severity === 'notice') (code === HOME_USED ? log.notice : log.info)(message);
  for (const { level, message, ...at } of annotationsOf(outcome)) log[level](message, at);
  // Without a file to write to (another runner, a shell) there is nobody to read it.
  if (process.env['GITHUB_STEP_SUMMARY'])
    await tellOf(log, 'job summary', () => writeSummary(summaryOf(outcome, usesOf(process.env))));
  if (outcome.failure !== null)
    log.fail(`${outcome.failure.reason}: ${outcome.failure.message}`, annotationTitle(outcome, 'failed'));
  else
    await tellOf(log, 'headline', () => {
      log.notice(headlineOf(outcome), annotationTitle(outcome, stateWord(outcome)));
    });
}

function stateWord(outcome: Outcome): string {
  if (isReading(outcome)) return 'done';
  if (!outcome.changed) return 'nothing to do';
  return outcome.dryRun ? 'dry run' : 'changed';
}

/** GitHub's log shows colours, though it is no terminal. */
function hasColour(): boolean {
  return !process.env['NO_COLOR'];
}

/** The action as this workflow names it; a local one (`./`) has no name. */
function usesOf({
  GITHUB_ACTION_REPOSITORY: repository,
  GITHUB_ACTION_REF: ref,
}: NodeJS.ProcessEnv): SummaryOptions {
  return repository && ref ? { uses: `${repository}@${ref}` } : {};
}

async function tellOf(log: RunnerLog, what: string, tell: () => Promise<void> | void): Promise<void> {
  try {
    await tell();
  } catch (thrown) {
    log.warning(`The ${what} could not be written: ${faultText(thrown)}`);
  }
}
